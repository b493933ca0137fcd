"""What is emerging: silent without a rise, right where there is one. How often it errs: tests/bench/emerging.py."""

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.rules.emerging import BEFORE, LEAST, RECENT, Codes, Line, Looked, look, series_of

YEARLY = 1.0
ONE_IN_TEN = 10


def coded(weeks: Iterable[int], *codes: str, first: int = 0, each: int = 1) -> list[Line]:
    """One new doctor with these codes in each of these weeks, or several."""
    doctors = itertools.count(first)
    found = [(next(doctors), age) for age in weeks for _ in range(each)]
    return [Line(code, doctor, doctor, age) for doctor, age in found for code in codes]


def caseload(*, lately: int) -> list[Line]:
    """Ten doctors each week, all with A; one with B too, or lately so many more."""
    lines = coded(range(RECENT + BEFORE), "A", each=ONE_IN_TEN)
    by_age = {age: [line for line in lines if line.age == age] for age in range(RECENT + BEFORE)}
    chosen = [line for age, week in by_age.items() for line in week[: lately if age < RECENT else 1]]
    return lines + [line._replace(code="B") for line in chosen]


def told(lines: list[Line], known: dict[Codes, frozenset[int]] | None = None, budget: float = YEARLY) -> Looked:
    return look(lines, known or {}, budget)


def test_where_nothing_has_changed_it_is_silent() -> None:
    found = told(caseload(lately=1))
    assert found.rises == ()
    assert found.judged == 3


@pytest.mark.parametrize("lines", [[], coded([0], "A"), coded([RECENT + 3], "A"), coded(range(RECENT), "A")])
def test_where_there_is_little_or_no_year_before_it_is_silent(lines: list[Line]) -> None:
    assert told(lines).rises == ()


def test_a_code_of_three_times_as_many_doctors_rises_and_its_pairs_do_not_repeat_it() -> None:
    [rise] = told(caseload(lately=3)).rises
    assert (rise.codes, rise.weeks, rise.recent, rise.coded) == (("B",), 8, 24, 80)
    assert (rise.before, rise.coded_before) == (52, 520)
    assert rise.chance < 0.0001
    assert rise.blocks == (*[4] * 13, 12, 12)
    assert len(rise.cases) == 24


def test_a_burst_of_two_weeks_is_found_in_two_weeks() -> None:
    lines = caseload(lately=1)
    extra = [line for line in lines if line.age < 2 and line.code == "A"]
    [rise] = told([*lines, *(line._replace(code="B") for line in extra[5:])]).rises
    assert rise.weeks == 2


def test_a_pair_rises_where_neither_of_its_codes_does() -> None:
    apart = [*coded(range(60), "B", each=4), *coded(range(60), "C", each=4, first=1_000)]
    before, together = coded(range(8, 60), "B", "C", first=2_000), coded(range(8), "B", "C", each=4, first=3_000)
    fewer = [line for line in apart if line.age >= RECENT or line.doctor % 4 == 0]
    others = coded(range(60), "D", each=6, first=5_000)
    [rise] = told([*fewer, *others, *before, *together]).rises
    assert rise.codes == ("B", "C")


def test_a_growing_caseload_raises_nothing_by_itself() -> None:
    lines = caseload(lately=1)
    more = [line for line in lines if line.age < RECENT]
    twice = [line._replace(doctor=line.doctor + 10_000) for line in more]
    assert told([*lines, *twice]).rises == ()


def test_a_doctor_counts_once_a_code_when_it_was_first_coded() -> None:
    lines = caseload(lately=1)
    again = [Line("B", 7, 7, age) for age in (0, 0, 1, 1, 2, 3)]
    [series] = [one for one in series_of([*lines, *again], {}) if one.codes == ("B",)]
    assert list(series.ages).count(7) == 1
    assert told([*lines, *again]).rises == ()


def test_fewer_than_the_least_are_no_pattern() -> None:
    lines = coded(range(8, 60), "A", each=ONE_IN_TEN)
    assert told([*lines, *coded([0], "Z", each=LEAST - 1, first=9_000)], budget=12).rises == ()


def test_known_cases_are_left_out_until_others_come() -> None:
    lines = caseload(lately=3)
    [rise] = told(lines).rises
    known = {rise.codes: rise.cases}
    assert told(lines, known).rises == ()
    fresh = coded([0], "A", "B", each=12, first=9_000)
    [again] = told([*lines, *fresh], known).rises
    assert again.codes == ("B",)
    assert again.cases == {line.case for line in fresh}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ABCD"), st.integers(0, 90), st.integers(0, 59)), max_size=200))
def test_a_smaller_budget_never_raises_more(told_of: list[tuple[str, int, int]]) -> None:
    lines = [Line(code, doctor, doctor, age) for code, doctor, age in told_of]
    few, many = ({rise.codes for rise in told(lines, None, budget).rises} for budget in (0.5, 12.0))
    alone = {codes for codes in many if len(codes) == 1}
    # With more, a pair may be shown by one of its codes.
    assert all(codes in many or any((code,) in alone for code in codes) for codes in few)
