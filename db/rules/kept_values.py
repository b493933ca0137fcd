"""What was typed or chosen in a field, as a draft keeps it: words as they are, any other value with its kind.

Whatever comes back is looked for among what is offered now. `Gone` says that it is offered no more.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, time
from enum import Enum
from typing import TypeVar

from db.rules.words import day as day_in_words

T = TypeVar("T")
# Words; a tick; or the kind of a value and what it is.
Kept = str | bool | list[str]
NOTHING: Kept = ["nothing"]


class Gone(Exception):
    """What was chosen can be chosen no more. `words`: what it was."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


def code_of(option: object) -> str:
    """What tells an option from the others, whatever its words: its code or id."""
    return str(option.value) if isinstance(option, Enum) else str(option)


def text_in(kept: Kept) -> str:
    return kept if isinstance(kept, str) else ""


def tick_in(kept: Kept) -> bool:
    return kept is True


def a_day(value: date | None) -> Kept:
    return NOTHING if value is None else ["day", value.isoformat()]


def day_in(kept: Kept, least: date, most: date) -> date | None:
    """Raises Gone for a day outside what can be chosen now."""
    told = _told(kept, "day")
    if told is None:
        return None
    value = date.fromisoformat(told[0])
    if not least <= value <= most:
        raise Gone(day_in_words(value))
    return value


def a_time(value: time | None) -> Kept:
    return NOTHING if value is None else ["time", value.isoformat("minutes")]


def time_in(kept: Kept) -> time | None:
    told = _told(kept, "time")
    return time.fromisoformat(told[0]) if told else None


def a_number(value: float | None) -> Kept:
    return NOTHING if value is None else ["number", str(value)]


def number_in(kept: Kept, least: float, most: float) -> float | None:
    """Raises Gone for a number outside what can be given now."""
    told = _told(kept, "number")
    if told is None:
        return None
    value = float(told[0])
    if not least <= value <= most:
        raise Gone(f"{value:g}")
    return value


def a_choice(option: T | None, words: Callable[[T], str]) -> Kept:
    """With its words, to say which one it was once it is offered no more."""
    return NOTHING if option is None else ["choice", code_of(option), words(option)]


def choice_in(kept: Kept, options: Iterable[T]) -> T | None:
    """Raises Gone for an option that is not among these."""
    told = _told(kept, "choice")
    return _offered(told, options) if told else None


def some_choices(chosen: Iterable[T], words: Callable[[T], str]) -> Kept:
    return ["choices", *(part for option in chosen for part in (code_of(option), words(option)))]


def choices_in(kept: Kept, options: Sequence[T]) -> tuple[list[T], list[str]]:
    """Those that are still offered, and the words of those that are not."""
    told, found, gone = _told(kept, "choices") or [], [], []
    for at in range(0, len(told) - 1, 2):
        try:
            found.append(_offered(told[at : at + 2], options))
        except Gone as one:
            gone.append(one.words)
    return found, gone


def _offered(told: Sequence[str], options: Iterable[T]) -> T:
    code, words = told
    for option in options:
        if code_of(option) == code:
            return option
    raise Gone(words)


def _told(kept: Kept, kind: str) -> list[str] | None:
    return kept[1:] if isinstance(kept, list) and kept[:1] == [kind] else None
