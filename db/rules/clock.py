"""Deadline arithmetic: whole dates only, never times.

Source: the kinds of limit in docs/domain.md §1. A working date is a prompt to confirm with somebody who has authority,
never the answer (docs/domain.md §0, item 2). Bank holidays come from the `holidays` package: one announced after its
release is missing until the package is upgraded.
"""

from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache

import holidays

from db.choices import Choice

DEFAULT_NATION = "england"
_SUBDIVISIONS = {
    "england": "ENG",
    "wales": "WLS",
    "scotland": "SCT",
    "northern_ireland": "NIR",
}
_ONE_DAY = timedelta(days=1)
_SATURDAY = 5


class Unit(Choice):
    """What a limit is counted in."""

    CALENDAR_DAYS = "calendar_days", "calendar days"
    WORKING_DAYS = "working_days", "working days"
    WEEKS = "weeks", "weeks"
    MONTHS = "months", "months"
    MONTHS_LESS_A_DAY = "months_less_a_day", "months less a day"
    YEARS = "years", "years"
    UK_WORKING_DAYS = "uk_working_days", "working days anywhere in the UK"


def due_date(trigger: date, amount: int, unit: Unit, *, nation: str) -> date:
    """The last day on which something is in time.

    Day one is the day after the trigger, and the last day is still in time, so 7 calendar days or 1 week from a Monday
    end on the next Monday. Months and years end on the day with the same number, or on the last day of a shorter month.
    A last day on a weekend or bank holiday stays there, as the earlier and safer date. Working days leave out weekends
    and the bank holidays of `nation` (england, wales, scotland, northern_ireland; anything else counts as england).
    UK_WORKING_DAYS leave out those of every nation, as for freedom of information.

    For MONTHS_LESS_A_DAY the trigger itself is day one, as in the tribunal limit (docs/domain.md §1.4, row 2), so the
    limit ends one day before the same number of months would.

    Raises ValueError for an amount below 1.
    """
    if amount < 1:
        raise ValueError("A time limit is at least 1.")
    match unit:
        case Unit.CALENDAR_DAYS:
            return trigger + timedelta(days=amount)
        case Unit.WEEKS:
            return trigger + timedelta(weeks=amount)
        case Unit.MONTHS:
            return _add_months(trigger, amount)
        case Unit.MONTHS_LESS_A_DAY:
            return _add_months(trigger, amount) - _ONE_DAY
        case Unit.YEARS:
            return _add_months(trigger, 12 * amount)
        case Unit.WORKING_DAYS:
            return _add_working_days(trigger, amount, (nation,))
        case Unit.UK_WORKING_DAYS:
            return _add_working_days(trigger, amount, tuple(_SUBDIVISIONS))


def notice_date(hearing: date, amount: int, unit: Unit = Unit.WORKING_DAYS, *, nation: str) -> date:
    """The last day on which a full `amount` of (working or calendar) days' notice of a hearing can be given."""
    if unit is Unit.CALENDAR_DAYS:
        return hearing - timedelta(days=amount)
    day = hearing
    while amount:
        day -= _ONE_DAY
        amount -= is_working_day(day, nation=nation)
    return day


def next_working_day(day: date, *, nation: str) -> date:
    """The day itself if it is a working day, else the first after it."""
    while not is_working_day(day, nation=nation):
        day += _ONE_DAY
    return day


def working_days_between(start: date, end: date, *, nation: str) -> int:
    """Working days after `start` up to and including `end`; negative when `end` is earlier.

    The inverse of `due_date` in working days."""
    if end < start:
        return -working_days_between(end, start, nation=nation)
    days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(is_working_day(day, nation=nation) for day in days)


def is_working_day(day: date, *, nation: str) -> bool:
    """Neither a weekend nor a bank holiday in `nation`."""
    return day.weekday() < _SATURDAY and day not in _bank_holidays(_known(nation), day.year)


def _known(nation: str) -> str:
    # Before the cache, so that unknown values cannot fill it.
    return nation if nation in _SUBDIVISIONS else DEFAULT_NATION


@lru_cache(maxsize=512)
def _bank_holidays(nation: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv=_SUBDIVISIONS[nation], years=year))


def _add_months(start: date, months: int) -> date:
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def _add_working_days(trigger: date, amount: int, nations: tuple[str, ...]) -> date:
    day = trigger
    while amount:
        day += _ONE_DAY
        amount -= all(is_working_day(day, nation=nation) for nation in nations)
    return day
