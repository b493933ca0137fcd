"""Months and quarters, and what each is compared with."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.rules.periods import month_around, period_of, quarter_around

DAYS = st.dates(date(1991, 1, 1), date(2099, 12, 31))


def test_a_quarter_and_a_month_have_their_days_and_words() -> None:
    quarter, month = quarter_around(date(2026, 11, 29)), month_around(date(2028, 2, 3))
    assert (quarter.code, quarter.first, quarter.last) == ("2026Q4", date(2026, 10, 1), date(2026, 12, 31))
    assert quarter.words == "October to December 2026"
    assert (month.code, month.first, month.last) == ("2028-02", date(2028, 2, 1), date(2028, 2, 29))
    assert month.words == "February 2028"
    assert (quarter.short, month.short) == ("Oct–Dec 2026", "Feb 2028")


def test_each_is_compared_with_the_one_before_and_the_same_a_year_before() -> None:
    first = quarter_around(date(2026, 1, 1))
    assert (first.before.code, first.year_before.code) == ("2025Q4", "2025Q1")
    march = month_around(date(2028, 3, 31))
    assert (march.before.last, march.year_before.code) == (date(2028, 2, 29), "2027-03")


@given(DAYS)
def test_each_holds_its_day_and_follows_the_one_before_without_a_gap(day: date) -> None:
    for around in (month_around, quarter_around):
        period = around(day)
        assert period.first <= day <= period.last
        assert period.before.last + timedelta(days=1) == period.first
        assert period_of(period.code) == period
        assert period.is_month == (around is month_around)


@pytest.mark.parametrize(
    "text",
    ["", "2026", "2026Q5", "2026-13", "2026-00", "0000Q1", "1989-12", "2100Q1", "２０２６-11", "2026-1١", "x" * 9999],
)
def test_other_text_is_no_period(text: str) -> None:
    assert period_of(text) is None
