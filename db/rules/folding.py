"""One way to see past how a text is written: accents, case, letters of other alphabets, invisible signs."""

import unicodedata

APOSTROPHES = "'’‘ʼʻ`´′＇ʹ"
# A hyphen, a hyphen that does not break, dashes of every length, a minus, and a wide hyphen.
DASHES = "\\-‐‑‒–—−－"
# Letters that no accent can be taken from.
PLAIN = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ı": "i",
        "ħ": "h",
        "ŧ": "t",
        "ŋ": "n",
        "ĸ": "k",
        "ə": "e",
        "ſ": "s",
    }
)


def folded(text: str) -> str:
    """The letters and digits of a text, without case, accents, marks, signs and spaces."""
    plain = unicodedata.normalize("NFKD", text).casefold().translate(PLAIN)
    # Some letters come apart only when their case is folded.
    return "".join(c for c in unicodedata.normalize("NFKD", plain) if c.isalnum())
