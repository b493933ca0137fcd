"""Chains of reviews: each brings the next, until what they review is lifted."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from db import clock
from db.choices import DeadlineKind, Stage, Whose
from db.commands.deadlines import add_deadline, change_deadline
from db.commands.processes import move_process
from db.commands.reviews import end_reviews, roll_reviews
from db.models import Case, CaseProcess, Deadline
from tests.db.helpers import (
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_recorded,
    at_once,
    refused,
    rows,
    run,
    the_case,
)
from tests.factories import Casework

TODAY = clock.today()
REVIEW = "MHPS-EXCL-FORMAL-4W"
FOUR_WEEKS = timedelta(weeks=4)


def exclude(casework: Casework, since: int, *, in_process: bool = True) -> Deadline:
    """A formal exclusion that began so many days ago, with its first review."""
    process = rows(casework.database, CaseProcess)[0].id
    with casework.database.write() as session:
        session.execute(update(CaseProcess).values(stage="EXCL-FORMAL"))
    run(
        casework,
        add_deadline,
        name="",
        due_on=None,
        kind=DeadlineKind.LOCAL,
        whose=Whose.OURS,
        rule=REVIEW,
        trigger_on=TODAY - timedelta(days=since),
        case_process_id=process if in_process else None,
    )
    return chain(casework)[0]


def chain(casework: Casework) -> list[Deadline]:
    return rows(casework.database, Deadline)


def dates(casework: Casework) -> list[date]:
    return [row.due_on for row in chain(casework)]


def roll(casework: Casework) -> int:
    with casework.database.write() as session:
        return roll_reviews(session)


def test_a_review_that_was_held_brings_the_next(casework: Casework) -> None:
    first = exclude(casework, 20)
    held = TODAY - timedelta(days=2)
    run(casework, change_deadline, deadline_id=first.id, met_on=held)
    first, following = chain(casework)
    assert (following.previous_id, following.trigger_on, following.due_on) == (first.id, held, held + FOUR_WEEKS)
    assert (following.whose, following.kind, following.rule) == (Whose.BODY, DeadlineKind.NATIONAL, REVIEW)
    assert the_case(casework).body_due_on == following.due_on


def test_reviews_missed_before_it_was_noted_are_all_there(casework: Casework) -> None:
    first = exclude(casework, 70)
    assert dates(casework) == [first.due_on, first.due_on + FOUR_WEEKS, first.due_on + 2 * FOUR_WEEKS]
    assert dates(casework)[-1] >= TODAY
    assert the_case(casework).body_due_on == first.due_on


def test_a_missed_review_stays_missed_and_the_night_makes_the_next_once(casework: Casework) -> None:
    first = exclude(casework, 20)
    assert roll(casework) == 0
    with casework.database.write() as session:
        session.execute(update(Deadline).values(due_on=TODAY - timedelta(days=1)))
    assert roll(casework) == 1
    assert roll(casework) == 0
    first, following = chain(casework)
    assert (first.met_on, first.lapsed_on) == (None, None)
    assert following.due_on == TODAY - timedelta(days=1) + FOUR_WEEKS
    # Held after all, late: the next is there already.
    run(casework, change_deadline, deadline_id=first.id, met_on=TODAY)
    assert len(chain(casework)) == 2


def test_lifted_ends_what_was_to_come_and_hides_nothing_missed(casework: Casework) -> None:
    missed = exclude(casework, 40)
    lifted = TODAY - timedelta(days=1)
    assert_recorded(casework, "end_reviews", end_reviews, deadline_id=missed.id, lifted_on=lifted)
    first, following = chain(casework)
    assert (first.lapsed_on, first.chain_ended_on) == (None, lifted)
    assert (following.lapsed_on, following.lapsed_reason) == (TODAY, f"Lifted on {lifted:%-d %B %Y}")
    assert the_case(casework).body_due_on == first.due_on
    run(casework, change_deadline, deadline_id=first.id, met_on=TODAY)
    assert roll(casework) == 0
    assert len(chain(casework)) == 2
    with refused(casework.database, "already been stopped"):
        run(casework, end_reviews, deadline_id=first.id, lifted_on=lifted)


def test_the_last_review_missed_before_the_lifting_brings_no_other(casework: Casework) -> None:
    only = exclude(casework, 20)
    with casework.database.write() as session:
        session.execute(update(Deadline).values(due_on=TODAY - timedelta(days=3)))
    run(casework, end_reviews, deadline_id=only.id, lifted_on=TODAY)
    assert roll(casework) == 0
    assert [row.lapsed_on for row in chain(casework)] == [None]


@pytest.mark.parametrize(
    ("stage", "ended", "keep", "goes_on"),
    [
        ("EXCL-PROLONGED", False, False, True),
        ("INVESTIGATION", False, True, True),
        ("INVESTIGATION", False, False, False),
        ("OUTCOME", True, False, False),
        ("OUTCOME", True, True, False),
    ],
)
def test_it_ends_with_the_exclusion_stages_or_the_process(
    casework: Casework, stage: str, ended: bool, keep: bool, goes_on: bool
) -> None:
    review = exclude(casework, 10)
    assert review.case_process_id is not None
    run(casework, move_process, case_process_id=review.case_process_id, stage=stage, ended=ended, keep_reviews=keep)
    (review,) = chain(casework)
    assert (review.lapsed_on is None) is goes_on
    assert (review.chain_ended_on is None) is goes_on


def test_moving_from_a_stage_of_no_exclusion_ends_nothing(casework: Casework) -> None:
    review = exclude(casework, 10)
    with casework.database.write() as session:
        session.execute(update(CaseProcess).values(stage="INVESTIGATION"))
    assert review.case_process_id is not None
    run(casework, move_process, case_process_id=review.case_process_id, stage="DECISION")
    assert chain(casework)[0].lapsed_on is None


def test_a_closed_case_makes_no_review(casework: Casework) -> None:
    exclude(casework, 20, in_process=False)
    with casework.database.write() as session:
        session.execute(update(Deadline).values(due_on=TODAY - timedelta(days=3)))
        session.execute(update(Case).values(is_open=False, stage=Stage.CLOSED))
    assert roll(casework) == 0


def test_only_a_review_can_be_ended_and_not_in_the_future(casework: Casework) -> None:
    review = exclude(casework, 10)
    with refused(casework.database, "today or an earlier day", field="lifted_on"):
        run(casework, end_reviews, deadline_id=review.id, lifted_on=TODAY + timedelta(days=1))
    run(casework, add_deadline, name="Reply", due_on=TODAY, kind=DeadlineKind.LOCAL, whose=Whose.OURS)
    for wrong in (chain(casework)[-1].id, 999_999):
        with refused(casework.database, ".+", field="deadline_id"):
            run(casework, end_reviews, deadline_id=wrong, lifted_on=TODAY)


def test_held_by_two_at_once_brings_one_next(casework: Casework) -> None:
    review = exclude(casework, 10)

    def hold(session: Any) -> None:
        change_deadline(
            session, actor_id=casework.lead, reference=casework.reference, deadline_id=review.id, met_on=TODAY
        )

    assert at_once(casework.database, hold, hold) is not None
    assert len(chain(casework)) == 2


def test_only_the_team_and_leads_end_reviews_and_all_or_nothing(
    casework: Casework, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = exclude(casework, 10)
    assert_for_the_team_only(casework, end_reviews, deadline_id=review.id, lifted_on=TODAY)
    assert_all_or_nothing(casework, monkeypatch, end_reviews, deadline_id=review.id, lifted_on=TODAY)
