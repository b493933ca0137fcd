"""Workload points: each row of the proposal in docs/domain.md §4.4."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.choices import AssignmentRole, Stage
from db.rules.limits import Limits
from db.rules.points import CAP, STAGE_POINTS, Load, capacity, case_points, room, share

TODAY = date(2026, 11, 22)
SIX_WEEKS = Limits().hearing_points_days


def points(stage: Stage = Stage.REVIEW, **more: object) -> int:
    return case_points(Load(stage=stage, **more), TODAY, hearing_days=SIX_WEEKS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stage", "worth"),
    [(Stage.REVIEW, 3), (Stage.ACTIVE, 2), (Stage.CLOSING, 1), (Stage.NEW, 1), (Stage.TRIAGE, 1), (Stage.LEARNING, 1)],
)
def test_a_stage_is_worth_its_points(stage: Stage, worth: int) -> None:
    assert points(stage) == worth


def test_every_open_stage_weighs_and_no_other_does() -> None:
    assert set(STAGE_POINTS) == {stage for stage in Stage if stage.is_open}
    for stage in Stage:
        assert (points(stage, extra=2) > 0) == stage.is_open


@pytest.mark.parametrize(("days", "worth"), [(-1, 3), (0, 5), (42, 5), (43, 3)])
def test_a_hearing_within_six_weeks_is_worth_five(days: int, worth: int) -> None:
    assert points(hearing_on=TODAY + timedelta(days=days)) == worth


@pytest.mark.parametrize(("days", "worth"), [(-1, 3), (0, 1), (30, 1)])
def test_awaiting_others_is_worth_one_until_the_chase_date_passes(days: int, worth: int) -> None:
    assert points(chase_on=TODAY + timedelta(days=days)) == worth


def test_a_near_hearing_outweighs_awaiting_others() -> None:
    assert points(hearing_on=TODAY, chase_on=TODAY) == 5


def test_each_extra_adds_one_up_to_the_cap() -> None:
    assert [points(extra=n) for n in range(9)] == [3, 4, 5, 6, 7, 8, 9, 10, 10]
    assert points(extra=6, hearing_on=TODAY) == CAP


@pytest.mark.parametrize("override", [0, 4, 10])
def test_a_leads_own_figure_overrides_the_sum(override: int) -> None:
    assert points(Stage.ACTIVE, extra=6, hearing_on=TODAY, override=override) == override


@settings(deadline=None)
@given(
    st.sampled_from(Stage),
    st.integers(0, 6),
    st.none() | st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.none() | st.dates(date(2026, 1, 1), date(2027, 12, 31)),
)
def test_points_are_never_outside_nought_to_ten(
    stage: Stage, extra: int, hearing: date | None, chase: date | None
) -> None:
    assert 0 <= points(stage, extra=extra, hearing_on=hearing, chase_on=chase) <= CAP


@pytest.mark.parametrize(("points_of_case", "lead", "second"), [(0, 0, 0), (1, 1, 1), (3, 3, 2), (10, 10, 5)])
def test_a_second_carries_half_rounded_up(points_of_case: int, lead: int, second: int) -> None:
    assert share(points_of_case, AssignmentRole.LEAD) == lead
    assert share(points_of_case, AssignmentRole.SECOND) == second
    assert share(points_of_case, AssignmentRole.INTERIM) == second


def test_capacity_is_two_points_for_each_pledged_hour() -> None:
    assert capacity(4, date(2020, 1, 1), TODAY) == 8
    assert capacity(0, date(2020, 1, 1), TODAY) == 0


@pytest.mark.parametrize(("days", "worth"), [(0, 6.0), (89, 6.0), (90, 8.0), (-5, 6.0)])
def test_capacity_is_a_quarter_less_while_new(days: int, worth: float) -> None:
    assert capacity(4, TODAY - timedelta(days=days), TODAY) == worth


@pytest.mark.parametrize(
    ("carried", "limit", "light"),
    [(0, 8, "green"), (6, 8, "green"), (64, 80, "green"), (65, 80, "amber"), (8, 8, "amber"), (9, 8, "red")],
)
def test_room_is_green_to_eighty_per_cent_amber_to_a_hundred_then_red(carried: int, limit: float, light: str) -> None:
    assert room(carried, limit, says_full=False) == light


def test_somebody_without_hours_has_no_room() -> None:
    assert room(0, 0, says_full=False) == "none"
    assert room(1, 0, says_full=False) == "red"


@settings(deadline=None)
@given(st.integers(0, 40), st.floats(0, 120))
def test_their_own_word_overrides_the_points(carried: int, limit: float) -> None:
    assert room(carried, limit, says_full=True) == "full"
