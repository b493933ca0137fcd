"""The clock against a second source: bank holidays typed from the Act and the proclamations, numpy's business days,
pandas' months, and the tribunal's pause counted day by day."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.rules.clock import Unit, due_date, is_working_day, next_working_day, notice_date
from db.rules.time_rules import Pause, rule_date, work_out
from tests.db.rules.test_time_rules import RULES

GOV_UK = Path(__file__).parents[3].parent / "shared" / "data" / "bank-holidays.json"
DIVISIONS = {"england": "england-and-wales", "wales": "england-and-wales", "scotland": "scotland"}
DIVISIONS["northern_ireland"] = "northern-ireland"
# Banking and Financial Dealings Act 1971, Sch. 1, with the days proclaimed in 2022 (2 and 3 June, 19 September), 2023
# (8 May) and for Scotland 2026 (15 June), and those proclaimed in place of a Saturday or Sunday.
ENGLAND = """
2022: 3 Jan, 15 Apr, 18 Apr, 2 May, 2 Jun, 3 Jun, 29 Aug, 19 Sep, 26 Dec, 27 Dec
2023: 2 Jan, 7 Apr, 10 Apr, 1 May, 8 May, 29 May, 28 Aug, 25 Dec, 26 Dec
2024: 1 Jan, 29 Mar, 1 Apr, 6 May, 27 May, 26 Aug, 25 Dec, 26 Dec
2025: 1 Jan, 18 Apr, 21 Apr, 5 May, 26 May, 25 Aug, 25 Dec, 26 Dec
2026: 1 Jan, 3 Apr, 6 Apr, 4 May, 25 May, 31 Aug, 25 Dec, 28 Dec
2027: 1 Jan, 26 Mar, 29 Mar, 3 May, 31 May, 30 Aug, 27 Dec, 28 Dec
2028: 3 Jan, 14 Apr, 17 Apr, 1 May, 29 May, 28 Aug, 25 Dec, 26 Dec
"""
SCOTLAND = """
2022: 3 Jan, 4 Jan, 15 Apr, 2 May, 2 Jun, 3 Jun, 1 Aug, 19 Sep, 30 Nov, 26 Dec, 27 Dec
2023: 2 Jan, 3 Jan, 7 Apr, 1 May, 8 May, 29 May, 7 Aug, 30 Nov, 25 Dec, 26 Dec
2024: 1 Jan, 2 Jan, 29 Mar, 6 May, 27 May, 5 Aug, 2 Dec, 25 Dec, 26 Dec
2025: 1 Jan, 2 Jan, 18 Apr, 5 May, 26 May, 4 Aug, 1 Dec, 25 Dec, 26 Dec
2026: 1 Jan, 2 Jan, 3 Apr, 4 May, 25 May, 15 Jun, 3 Aug, 30 Nov, 25 Dec, 28 Dec
2027: 1 Jan, 4 Jan, 26 Mar, 3 May, 31 May, 2 Aug, 30 Nov, 27 Dec, 28 Dec
2028: 3 Jan, 4 Jan, 14 Apr, 1 May, 29 May, 7 Aug, 30 Nov, 25 Dec, 26 Dec
"""
ONLY_NORTHERN_IRELAND = """
2022: 17 Mar, 12 Jul
2023: 17 Mar, 12 Jul
2024: 18 Mar, 12 Jul
2025: 17 Mar, 14 Jul
2026: 17 Mar, 13 Jul
2027: 17 Mar, 12 Jul
2028: 17 Mar, 12 Jul
"""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def typed(table: str) -> Iterator[date]:
    for line in table.strip().splitlines():
        year, days = line.split(": ")
        for told in days.split(", "):
            number, month = told.split()
            yield date(int(year), MONTHS.index(month) + 1, int(number))


ENGLISH = frozenset(typed(ENGLAND))
HOLIDAYS = {
    "england": ENGLISH,
    "wales": ENGLISH,
    "scotland": frozenset(typed(SCOTLAND)),
    "northern_ireland": ENGLISH | frozenset(typed(ONLY_NORTHERN_IRELAND)),
}
FIRST, LAST = date(2022, 1, 1), date(2028, 12, 31)
within = st.dates(FIRST + timedelta(days=120), LAST - timedelta(days=120))
nations = st.sampled_from(sorted(HOLIDAYS))


def later(day: date, *, months: int = 0, years: int = 0) -> date:
    moved: date = (pd.Timestamp(day) + pd.DateOffset(months=months, years=years)).date()
    return moved


def every_day() -> Iterator[date]:
    return (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1))


@pytest.mark.parametrize("nation", sorted(HOLIDAYS))
def test_bank_holidays_are_those_of_the_act(nation: str) -> None:
    off = {day for day in every_day() if day.weekday() < 5 and not is_working_day(day, nation=nation)}
    assert off == HOLIDAYS[nation]


@pytest.mark.parametrize("nation", sorted(HOLIDAYS))
def test_bank_holidays_are_those_the_government_publishes(nation: str) -> None:
    if not GOV_UK.exists():
        pytest.skip(f"GOV.UK’s list of bank holidays is not at {GOV_UK}.")
    events = json.loads(GOV_UK.read_text(encoding="utf-8"))[DIVISIONS[nation]]["events"]
    published = {date.fromisoformat(event["date"]) for event in events}
    years = {day.year for day in published}
    days = (date(min(years), 1, 1) + timedelta(days=n) for n in range(366 * len(years)))
    off = {day for day in days if day.year in years and day.weekday() < 5 and not is_working_day(day, nation=nation)}
    assert off == {day for day in published if day.weekday() < 5}


@given(within, st.integers(1, 40), nations)
def test_working_days_are_numpys_business_days(trigger: date, amount: int, nation: str) -> None:
    off = [np.datetime64(day) for day in sorted(HOLIDAYS[nation])]
    # From the last business day on or before the trigger, as day one is the next one.
    wanted = np.busday_offset(np.datetime64(trigger), amount, roll="backward", holidays=off)
    assert due_date(trigger, amount, Unit.WORKING_DAYS, nation=nation) == wanted.astype(date)
    before = np.busday_offset(np.datetime64(trigger), -amount, roll="forward", holidays=off)
    assert notice_date(trigger, amount, nation=nation) == before.astype(date)
    rolled = np.busday_offset(np.datetime64(trigger), 0, roll="forward", holidays=off)
    assert next_working_day(trigger, nation=nation) == rolled.astype(date)


@given(within, st.integers(1, 40))
def test_freedom_of_information_leaves_out_the_days_off_of_every_nation(trigger: date, amount: int) -> None:
    off = [np.datetime64(day) for day in sorted(frozenset().union(*HOLIDAYS.values()))]
    wanted = np.busday_offset(np.datetime64(trigger), amount, roll="backward", holidays=off)
    for nation in HOLIDAYS:
        assert due_date(trigger, amount, Unit.UK_WORKING_DAYS, nation=nation) == wanted.astype(date)


@given(st.dates(date(1950, 1, 1), date(2060, 12, 31)), st.integers(1, 36), nations)
def test_months_and_years_are_pandas(trigger: date, amount: int, nation: str) -> None:
    months = later(trigger, months=amount)
    assert due_date(trigger, amount, Unit.MONTHS, nation=nation) == months
    assert due_date(trigger, amount, Unit.MONTHS_LESS_A_DAY, nation=nation) == months - timedelta(days=1)
    assert due_date(trigger, amount, Unit.YEARS, nation=nation) == later(trigger, years=amount)


@pytest.mark.parametrize(
    ("trigger", "amount", "unit", "end"),
    [
        # Month ends, and 29 February in both directions.
        ("2024-01-31", 1, Unit.MONTHS, "2024-02-29"),
        ("2023-01-31", 1, Unit.MONTHS, "2023-02-28"),
        ("2024-02-29", 1, Unit.MONTHS, "2024-03-29"),
        ("2024-02-29", 12, Unit.MONTHS, "2025-02-28"),
        ("2023-11-29", 3, Unit.MONTHS_LESS_A_DAY, "2024-02-28"),
        ("2023-11-30", 3, Unit.MONTHS_LESS_A_DAY, "2024-02-28"),
        ("2023-12-01", 3, Unit.MONTHS_LESS_A_DAY, "2024-02-29"),
        ("2028-02-29", 5, Unit.YEARS, "2033-02-28"),
        ("2028-02-01", 28, Unit.CALENDAR_DAYS, "2028-02-29"),
        ("2026-08-31", 6, Unit.MONTHS, "2027-02-28"),
    ],
)
def test_month_ends_and_29_february(trigger: str, amount: int, unit: Unit, end: str) -> None:
    assert due_date(date.fromisoformat(trigger), amount, unit, nation="england") == date.fromisoformat(end)


def by_the_day(trigger: date, begun: date, ended: date, months: int) -> date:
    """The limit by section 207B of the Employment Rights Act 1996, counted one day at a time."""
    last = later(trigger, months=months) - timedelta(days=1)
    if begun > last or ended < max(trigger, begun):
        return last
    left, day = (last - trigger).days, trigger
    while left:
        day += timedelta(days=1)
        left -= not begun < day <= ended
    month_on = later(ended, months=1)
    return max(day, month_on)


@given(st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.integers(-30, 120), st.integers(0, 120))
def test_conciliation_pauses_as_counted_day_by_day_in_both_regimes(trigger: date, after: int, length: int) -> None:
    begun = trigger + timedelta(days=after)
    longest = begun + timedelta(weeks=12 if begun >= date(2025, 12, 1) else 6)
    ended = begun + timedelta(days=length)
    counted = min(ended, longest)
    for code, months in (("ET-PRIMARY-3M", 3), ("ET-CONTRACT-3M", 3), ("ET-EQUAL-PAY-6M", 6)):
        out = work_out(RULES, code, trigger, nation="england", pause=Pause(begun, ended))
        assert out is not None
        assert out.due_on == by_the_day(trigger, begun, counted, months)
        if code == "ET-PRIMARY-3M":
            assert out.may_apply is not None
            assert out.may_apply[1] == by_the_day(trigger, begun, counted, 6)


@given(within, nations)
def test_a_rolled_limit_never_ends_on_a_day_off_and_is_never_early(trigger: date, nation: str) -> None:
    for code in ("SAR-RESPONSE-1M", "SAR-EXTENDED-3M"):
        rule = RULES[code]
        end = rule_date(rule, trigger, nation=nation)
        plain = later(trigger, months=rule.amount)
        assert is_working_day(end, nation=nation)
        assert plain <= end <= plain + timedelta(days=5)
