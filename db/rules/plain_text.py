"""Free text as it is stored, and as a reader sees it: what is checked must be what is kept."""

import unicodedata

# Invisible, but they hold emoji together and say which way a line runs.
MARKS = "\u200c\u200d\u200e\u200f"


def as_stored(value: str | None) -> str:
    """Trimmed text without control characters, lone surrogates and invisible signs; empty where only marks are left."""
    raw = (value or "").encode("utf-8", "replace").decode().replace("\r\n", "\n")
    # Pasted text is full of spaces of other kinds: dropped, they would run words together.
    plain = (" " if c.isspace() and c not in "\n\t" else c for c in raw)
    text = "".join(c for c in plain if c in "\n\t" or c.isprintable() or c in MARKS).strip()
    return text if text.strip(MARKS + " \n\t") else ""


def as_seen(text: str) -> tuple[str, list[int]]:
    """The text as it looks, with digits and dashes of one kind and no marks, and where each of its characters stands
    in the text itself."""
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
