"""Comparing texts whatever their accents, case, unusual letters and invisible characters."""

import unicodedata

APOSTROPHES = "'’‘ʼʻ`´′＇ʹ"
# Hyphens, a non-breaking hyphen, dashes of every length, a minus sign and a full-width hyphen.
DASHES = "\\-‐‑‒–—−－"
# Letters without a separable accent.
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
    """The letters and digits of a text, without case, accents, punctuation and spaces."""
    plain = unicodedata.normalize("NFKD", text).casefold().translate(PLAIN)
    # Some letters separate from their accents only after case folding.
    return "".join(c for c in unicodedata.normalize("NFKD", plain) if c.isalnum())
