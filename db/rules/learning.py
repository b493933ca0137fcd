"""What may be written down as learning: words that identify nobody (docs/domain.md §6.2)."""

import re
from collections.abc import Iterable

from db.rules.search_words import words_of

MOST_TEXT = 2_000
# All the codes that there are, with a space between, fit.
MOST_CODES_LENGTH = 400
REFERENCE = re.compile(r"\bLNB-[0-9A-Z]{6}\b", re.IGNORECASE)


def identifies(text: str, organisations: Iterable[str]) -> str | None:
    """What in the words names the case, as it follows “includes”; None if nothing is found. A person looks as well."""
    if REFERENCE.search(text):
        return "a case reference"
    words = _spaced(text)
    named = (name for name in organisations if _spaced(name).strip() and _spaced(name) in words)
    return next((f"the name of an organisation: {name}" for name in named), None)


def _spaced(text: str) -> str:
    return f" {' '.join(words_of(text))} "
