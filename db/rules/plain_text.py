"""Free text as it is stored, and as a reader sees it: checks must look at what is kept."""

import unicodedata

# Invisible, but they join emoji and set the direction of a line.
MARKS = "\u200c\u200d\u200e\u200f"


def as_stored(value: str | None) -> str:
    """The trimmed text, without control and invisible characters and lone surrogates; empty if only marks are left."""
    raw = (value or "").encode("utf-8", "replace").decode().replace("\r\n", "\n")
    # Pasted text has other kinds of spaces: dropping them would run words together.
    plain = (" " if c.isspace() and c not in "\n\t" else c for c in raw)
    text = "".join(c for c in plain if c in "\n\t" or c.isprintable() or c in MARKS).strip()
    return text if text.strip(MARKS + " \n\t") else ""


def as_seen(text: str) -> tuple[str, list[int]]:
    """The text as it looks, with plain digits and dashes and no marks, and the position of each character in the
    original."""
    shown: list[str] = []
    places: list[int] = []
    for place, c in enumerate(text):
        if ord(c) < 128:
            shown.append(c)
        elif c in MARKS or unicodedata.category(c) == "Cf":
            continue
        elif (digit := unicodedata.digit(c, None)) is not None:
            shown.append(str(digit))
        elif unicodedata.category(c) == "Pd" or c == "−":
            shown.append("-")
        else:
            shown.append(" " if c.isspace() else c)
        places.append(place)
    return "".join(shown), places
