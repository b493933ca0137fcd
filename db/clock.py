"""The one place that asks what time it is, so that a test can say."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def now() -> datetime:
    """The instant, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The day in London: the day that law and volunteers count by."""
    return now().astimezone(LONDON).date()


def london_day(moment: datetime) -> date:
    """The London day an instant fell on."""
    return moment.astimezone(LONDON).date()
