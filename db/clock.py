"""The only place that asks what time it is, so that tests and the demonstration can set it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
_SET: ContextVar[datetime | None] = ContextVar("set", default=None)


def now() -> datetime:
    """The time now, in UTC."""
    return _SET.get() or datetime.now(UTC)


@contextmanager
def as_of(moment: datetime) -> Iterator[None]:
    """What is done within was done at that moment: for telling what happened before."""
    token = _SET.set(moment)
    try:
        yield
    finally:
        _SET.reset(token)


def today() -> date:
    """Today's date in London: what the law and volunteers go by."""
    return now().astimezone(LONDON).date()


def london_day(moment: datetime) -> date:
    """The date in London at that moment."""
    return moment.astimezone(LONDON).date()


def midnight(day: date) -> datetime:
    """The moment a London day starts."""
    return datetime.combine(day, time(), tzinfo=LONDON)
