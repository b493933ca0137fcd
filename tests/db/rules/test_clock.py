from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.rules.clock import (
    Unit,
    due_date,
    is_working_day,
    working_days_between,
)

NATIONS = ("england", "wales", "scotland", "northern_ireland")
dates = st.dates(date(2015, 1, 1), date(2035, 12, 31))
nations = st.sampled_from(NATIONS)
units = st.sampled_from(list(Unit))


@pytest.mark.parametrize(
    ("trigger", "amount", "unit", "due"),
    [
        ("2026-11-02", 28, "calendar_days", "2026-11-30"),
        ("2024-02-28", 1, "calendar_days", "2024-02-29"),
        ("2026-11-02", 1, "weeks", "2026-11-09"),
        ("2026-12-21", 12, "weeks", "2027-03-15"),
        ("2026-01-31", 1, "months", "2026-02-28"),
        ("2024-01-31", 1, "months", "2024-02-29"),
        ("2026-01-30", 1, "months", "2026-02-28"),
        ("2026-03-31", 1, "months", "2026-04-30"),
        ("2026-02-28", 1, "months", "2026-03-28"),
        ("2026-11-15", 2, "months", "2027-01-15"),
        ("2026-12-31", 12, "months", "2027-12-31"),
        ("2026-06-10", 3, "months_less_a_day", "2026-09-09"),
        ("2026-06-01", 3, "months_less_a_day", "2026-08-31"),
        ("2026-11-30", 3, "months_less_a_day", "2027-02-27"),
        ("2027-11-30", 3, "months_less_a_day", "2028-02-28"),
        ("2026-10-01", 6, "months_less_a_day", "2027-03-31"),
        ("2024-02-29", 1, "years", "2025-02-28"),
        ("2024-02-29", 4, "years", "2028-02-29"),
        ("2021-11-22", 5, "years", "2026-11-22"),
    ],
)
def test_the_last_day_is_as_worked_out_by_hand(trigger: str, amount: int, unit: str, due: str) -> None:
    start = date.fromisoformat(trigger)
    assert due_date(start, amount, Unit(unit), nation="england") == date.fromisoformat(due)


@pytest.mark.parametrize(
    ("trigger", "days", "nation", "due"),
    [
        # Christmas 2026 falls on a Friday, so Boxing Day moves to Monday 28 December.
        ("2026-12-23", 1, "england", "2026-12-24"),
        ("2026-12-24", 1, "england", "2026-12-29"),
        ("2026-12-24", 4, "england", "2027-01-04"),
        ("2026-12-24", 4, "wales", "2027-01-04"),
        # 2 January 2027 is a Saturday: Scotland has Monday 4 January instead.
        ("2026-12-24", 4, "scotland", "2027-01-05"),
        ("2025-12-31", 1, "england", "2026-01-02"),
        ("2025-12-31", 1, "scotland", "2026-01-05"),
        ("2026-11-27", 1, "england", "2026-11-30"),
        ("2026-11-27", 1, "scotland", "2026-12-01"),
        # Good Friday is 3 April 2026; Scotland does not keep Easter Monday.
        ("2026-04-02", 1, "england", "2026-04-07"),
        ("2026-04-02", 1, "scotland", "2026-04-06"),
        ("2026-07-10", 1, "northern_ireland", "2026-07-14"),
        ("2026-07-10", 1, "england", "2026-07-13"),
        ("2026-03-16", 1, "northern_ireland", "2026-03-18"),
        # Started on a Saturday, a Sunday and the Friday before: the same Monday is day one.
        ("2026-11-20", 10, "england", "2026-12-04"),
        ("2026-11-21", 10, "england", "2026-12-04"),
        ("2026-11-22", 10, "england", "2026-12-04"),
    ],
)
def test_working_days_leave_out_weekends_and_the_bank_holidays_of_the_nation(
    trigger: str, days: int, nation: str, due: str
) -> None:
    start, end = date.fromisoformat(trigger), date.fromisoformat(due)
    assert due_date(start, days, Unit.WORKING_DAYS, nation=nation) == end
    assert working_days_between(start, end, nation=nation) == days


@pytest.mark.parametrize("nation", ["", "uk", "England", "not stated"])
def test_an_unknown_nation_is_taken_as_england(nation: str) -> None:
    friday = date(2026, 11, 27)
    assert due_date(friday, 1, Unit.WORKING_DAYS, nation=nation) == date(2026, 11, 30)


@pytest.mark.parametrize("amount", [0, -1])
def test_a_limit_below_one_is_refused(amount: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        due_date(date(2026, 11, 22), amount, Unit.WEEKS, nation="england")


def test_units_carry_their_code_and_label() -> None:
    assert {str(unit): unit.label for unit in Unit} == {
        "calendar_days": "calendar days",
        "working_days": "working days",
        "weeks": "weeks",
        "months": "months",
        "months_less_a_day": "months less a day",
        "years": "years",
        "uk_working_days": "working days anywhere in the UK",
    }
    assert Unit("months_less_a_day") is Unit.MONTHS_LESS_A_DAY


@given(dates, st.integers(1, 60), units, nations)
def test_a_due_date_is_after_its_trigger(trigger: date, amount: int, unit: Unit, nation: str) -> None:
    assert due_date(trigger, amount, unit, nation=nation) > trigger


@given(dates, st.integers(1, 59), units, nations)
def test_a_longer_limit_never_ends_sooner(trigger: date, amount: int, unit: Unit, nation: str) -> None:
    shorter = due_date(trigger, amount, unit, nation=nation)
    assert due_date(trigger, amount + 1, unit, nation=nation) > shorter


@given(dates, st.integers(1, 60), units, nations)
def test_a_later_trigger_never_ends_sooner(trigger: date, amount: int, unit: Unit, nation: str) -> None:
    next_day = trigger + timedelta(days=1)
    earlier = due_date(trigger, amount, unit, nation=nation)
    assert due_date(next_day, amount, unit, nation=nation) >= earlier


@given(dates, st.integers(1, 60), nations)
def test_a_limit_in_working_days_ends_on_a_working_day(trigger: date, amount: int, nation: str) -> None:
    due = due_date(trigger, amount, Unit.WORKING_DAYS, nation=nation)
    assert due.weekday() < 5
    assert is_working_day(due, nation=nation)


@given(dates, st.integers(1, 120), nations)
def test_counting_working_days_undoes_adding_them(trigger: date, amount: int, nation: str) -> None:
    due = due_date(trigger, amount, Unit.WORKING_DAYS, nation=nation)
    assert working_days_between(trigger, due, nation=nation) == amount
    assert working_days_between(due, trigger, nation=nation) == -amount


@given(dates, st.integers(0, 200), st.integers(0, 200), nations)
def test_working_days_of_two_spans_add_up(start: date, one: int, two: int, nation: str) -> None:
    middle = start + timedelta(days=one)
    end = middle + timedelta(days=two)
    halves = (
        working_days_between(start, middle, nation=nation),
        working_days_between(middle, end, nation=nation),
    )
    assert working_days_between(start, end, nation=nation) == sum(halves)
