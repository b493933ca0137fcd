"""Words for the options of a list, no two of them alike.

A browser sends back the words that were clicked, and if two options have the same words Streamlit takes the last one.
So the words alone must say which option was chosen, to Streamlit and to the reader. What tells two options apart
belongs to the option itself and never to its position: the list may have changed since it was drawn.
"""

import base64
import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from dashboard.settings import settings
from db.rules.apart import seen_as

T = TypeVar("T")
Words = Callable[[T], str]


def told_apart(options: Iterable[T], words: Words[T], more: Words[T] | None = None) -> Words[T]:
    """The words of each option. Where two are alike, `more` is added, such as a date; where that is alike too, a short
    mark that always stays the same for that option and gives no row number away."""
    listed = list(options)
    shared = _shared(listed, words)

    def fuller(option: T) -> str:
        said = words(option)
        return f"{said} ({more(option)})" if more and seen_as(said) in shared else said

    alike = _shared(listed, fuller)

    def apart(option: T) -> str:
        said = fuller(option)
        return f"{said} · {_mark(option)}" if seen_as(said) in alike else said

    return apart


def at_once(options: Collection[object]) -> int | None:
    """The index of what is chosen beforehand: the only option, or none. With several, a first one chosen beforehand
    could be saved in place of the one meant, which somebody else had just ended."""
    return 0 if len(options) == 1 else None


def sole(options: Collection[object]) -> str:
    """Part of the name of a form whose only option is chosen beforehand: another option makes it another form."""
    return _mark(next(iter(options))) if len(options) == 1 else ""


def _shared(options: list[T], words: Words[T]) -> set[str]:
    return {said for said, many in Counter(seen_as(words(option)) for option in options).items() if many > 1}


def _mark(option: object) -> str:
    made = hmac.new(settings().cookie_key.encode(), f"option {option!r}".encode(), hashlib.sha256).digest()
    return base64.b32encode(made)[:6].decode().lower()
