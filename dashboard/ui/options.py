"""Words for the options of a list, no two of them alike.

A browser sends back the words that were clicked, and of two options with the same words Streamlit takes the last. So
what was chosen must follow from the words alone, and a person must see which is which. What tells two apart belongs to
the option itself, never to its place: the list may have changed since it was drawn.
"""

import base64
import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import Any

from dashboard.settings import settings
from db.rules.apart import seen_as

Words = Callable[[Any], str]


def told_apart(options: Iterable[Any], words: Words, more: Words | None = None) -> Words:
    """The words of each option; where two have the same, with `more` of each, such as its date; where that is the same
    too, with a short mark that stays the option's own and gives no number away."""
    listed = list(options)
    shared = _shared(listed, words)

    def fuller(option: Any) -> str:
        said = words(option)
        return f"{said} ({more(option)})" if more and seen_as(said) in shared else said

    alike = _shared(listed, fuller)

    def apart(option: Any) -> str:
        said = fuller(option)
        return f"{said} · {_mark(option)}" if seen_as(said) in alike else said

    return apart


def at_once(options: Collection[Any]) -> int | None:
    """The place of what is chosen beforehand: the one option there is, or none. Of several the first would be taken
    for a chosen one that somebody else has just ended."""
    return 0 if len(options) == 1 else None


def sole(options: Collection[Any]) -> str:
    """For the name of a form with one option chosen beforehand: once another stands there, it is another form."""
    return _mark(next(iter(options))) if len(options) == 1 else ""


def _shared(options: list[Any], words: Words) -> set[str]:
    return {said for said, many in Counter(seen_as(words(option)) for option in options).items() if many > 1}


def _mark(option: Any) -> str:
    made = hmac.new(settings().cookie_key.encode(), f"option {option!r}".encode(), hashlib.sha256).digest()
    return base64.b32encode(made)[:6].decode().lower()
