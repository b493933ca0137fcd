"""The only place that asks what time it is, so that tests can set it."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def now() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Today's date in London: what the law and volunteers go by."""
    return now().astimezone(LONDON).date()


def london_day(moment: datetime) -> date:
    """The date in London at that moment."""
    return moment.astimezone(LONDON).date()


def midnight(day: date) -> datetime:
    """The moment a London day starts."""
    return datetime.combine(day, time(), tzinfo=LONDON)
