"""What stage moves recorded is read back in words."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from dashboard.case import recorded, steps
from db.choices import Stage
from db.queries.case_detail import CaseDetail
from db.queries.case_parts import StageMove
from db.queries.reference import Reference

TERMS = cast(Reference, SimpleNamespace(terms={"outcome": {"apology": "Apology"}}))


def move(to: Stage, day: int, came_from: Stage | None = None, **told: str) -> StageMove:
    return StageMove(came_from, to, datetime(2026, 6, day, 12, tzinfo=UTC), "Ann", "", told)


def case(*moves: StageMove, days: int = 3) -> CaseDetail:
    found: Any = SimpleNamespace(moves=moves, stage=moves[-1].to_stage, days_in_stage=days)
    return cast(CaseDetail, found)


def test_the_last_plan_holds_and_one_from_before_a_reopening_does_not() -> None:
    first = (move(Stage.NEW, 1), move(Stage.ACTIVE, 2, Stage.REVIEW, plan="Wait"), move(Stage.CLOSED, 3, Stage.ACTIVE))
    assert recorded.latest(case(*first))["plan"] == "Wait"
    again = (*first, move(Stage.TRIAGE, 4, Stage.CLOSED, cause="New facts"))
    assert recorded.latest(case(*again)) == {"cause": "New facts"}


def test_terms_choices_and_days_are_read_in_words_and_typed_words_as_typed() -> None:
    told = {"outcome": "apology", "attributable": "partly", "safe_ending": "2026-06-02", "doctor_view": "**Glad**"}
    lines = recorded.lines(told, told, TERMS)
    assert lines == [
        ":gray[Outcome:] Apology",
        ":gray[Attributable to our help:] Partly",
        ":gray[Final check-in with the doctor:] 2 Jun 2026",
        ":gray[The doctor’s own view of it:] \\*\\*Glad\\*\\*",
    ]


def test_a_field_that_was_left_empty_or_is_no_longer_asked_breaks_nothing() -> None:
    assert recorded.lines({"outcome": "", "gone": "old words"}, ("outcome", "gone"), TERMS) == [
        ":gray[gone:] old words"
    ]
    assert recorded.lines({"outcome": "ended_term"}, ("outcome",), TERMS) == [":gray[Outcome:] ended\\_term"]


def test_days_at_a_stage_are_those_of_every_time_there() -> None:
    found = case(
        move(Stage.NEW, 1),
        move(Stage.TRIAGE, 2, Stage.NEW),
        move(Stage.CLOSED, 5, Stage.TRIAGE),
        move(Stage.TRIAGE, 10, Stage.CLOSED),
        move(Stage.REVIEW, 11, Stage.TRIAGE),
    )
    assert steps.days_by_stage(found) == {Stage.NEW: 1, Stage.TRIAGE: 4, Stage.CLOSED: 5}
    told = steps.steps(found)
    assert "Triage, 4 days" in told
    assert ":blue-badge[Now: Review] 3 days" in told
    assert told.count("\n") == len(steps.USUAL) - 1


def test_a_case_turned_away_has_no_steps_that_it_will_never_take() -> None:
    told = steps.steps(
        case(move(Stage.NEW, 1), move(Stage.TRIAGE, 2, Stage.NEW), move(Stage.DECLINED, 3, Stage.TRIAGE))
    )
    assert "Now: Declined" in told
    assert "Closing" not in told
