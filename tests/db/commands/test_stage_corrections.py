"""A mistaken stage move is taken back by a lead, in the open; what ended only with the case comes back with it."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from db import clock
from db.choices import Contact, DeadlineKind, EntryKind, Stage, Wellbeing, Whose
from db.commands.deadlines import add_deadline, change_deadline
from db.commands.flags import clear_flag, raise_flag
from db.commands.stage_corrections import take_back_move
from db.commands.update_status import update_status
from db.errors import CommandRefused, NotAllowed, NotFound, Stale
from db.models import Audit, Case, Deadline, Entry, Flag, StageEvent, TimeRule
from db.rules.stages import TOLD
from tests.db.helpers import Clock, last, refused, rows, run, snapshot, the_case
from tests.factories import Casework

TODAY = clock.today()
TRIAGE = {"representation": "union", "limit_dates": "None known", "scope": "Ours"}
REVIEW = {"first_contact": TODAY, "documents": "Two letters"}
DECLINED = {"decline_reason": "out_of_scope", "sent_to": "BMA", "told_on": TODAY, TOLD.name: "To appeal"}


def go(work: Casework, to: Stage, values: dict[str, Any], next_on: date = TODAY) -> None:
    run(
        work,
        update_status,
        work.lead,
        seen_version=the_case(work).version,
        what_changed="Moved",
        contact=Contact.NONE,
        wellbeing=Wellbeing.NOT_ASKED,
        next_action="Go on",
        action_owner_id=work.lead,
        action_due_on=next_on,
        move_to=to,
        move_values=values,
    )


def take_back(work: Casework, seen: Stage, actor: int | None = None, reason: str = "The wrong button") -> None:
    run(work, take_back_move, actor or work.lead, seen_stage=seen, reason=reason)


def lines(work: Casework) -> list[str]:
    return [row.text for row in rows(work.database, Entry, kind=EntryKind.SYSTEM)]


# Taking a move back -----------------------------------------------------------------------------------------


def test_the_case_stands_where_it_stood_since_the_day_it_came_there(casework: Casework) -> None:
    go(casework, Stage.TRIAGE, TRIAGE)
    since = the_case(casework).stage_since
    go(casework, Stage.REVIEW, REVIEW)
    take_back(casework, Stage.REVIEW)
    case, event = the_case(casework), last(casework.database, StageEvent)
    assert (case.stage, case.is_open, case.stage_since) == (Stage.TRIAGE, True, since)
    assert (event.from_stage, event.to_stage, event.reason) == (
        Stage.REVIEW,
        Stage.TRIAGE,
        "Taken back: The wrong button",
    )
    # Both moves stand on the record.
    assert [row.to_stage for row in rows(casework.database, StageEvent)] == ["new", "triage", "review", "triage"]
    assert "Stage: Review → Triage." in lines(casework)
    assert last(casework.database, Audit, action="take_back_move").actor_id == casework.lead


def test_the_move_before_can_be_taken_back_too_and_then_there_is_none(casework: Casework) -> None:
    go(casework, Stage.TRIAGE, TRIAGE)
    go(casework, Stage.REVIEW, REVIEW)
    take_back(casework, Stage.REVIEW)
    take_back(casework, Stage.TRIAGE)
    assert the_case(casework).stage is Stage.NEW
    with refused(casework.database, "There is no move to take back"):
        take_back(casework, Stage.NEW)
    go(casework, Stage.TRIAGE, TRIAGE)
    assert the_case(casework).stage is Stage.TRIAGE


def test_a_double_click_takes_back_one_move(casework: Casework) -> None:
    go(casework, Stage.TRIAGE, TRIAGE)
    go(casework, Stage.REVIEW, REVIEW)
    take_back(casework, Stage.REVIEW)
    with refused(casework.database, "changed this case", error=Stale):
        take_back(casework, Stage.REVIEW)


def test_only_a_lead_takes_back_and_says_why(casework: Casework) -> None:
    go(casework, Stage.TRIAGE, TRIAGE)
    with refused(casework.database, "lead", error=NotAllowed):
        take_back(casework, Stage.TRIAGE, casework.on_case)
    with refused(casework.database, "Not found", error=NotFound):
        take_back(casework, Stage.TRIAGE, casework.in_conflict)
    with refused(casework.database, "Reason", field="reason"):
        take_back(casework, Stage.TRIAGE, reason=" ")


def test_a_case_that_has_ended_is_reopened_instead(casework: Casework) -> None:
    go(casework, Stage.TRIAGE, TRIAGE)
    go(casework, Stage.DECLINED, DECLINED)
    with refused(casework.database, "Reopen it instead"):
        take_back(casework, Stage.DECLINED)
    go(casework, Stage.TRIAGE, {"cause": "Declined by mistake"})
    # Nor is a reopening taken back: that would end the case without what its end must record.
    with refused(casework.database, "There is no move to take back"):
        take_back(casework, Stage.TRIAGE)


# What ends only with the case -------------------------------------------------------------------------------


@pytest.fixture
def ended(casework: Casework) -> Casework:
    """Declined, with deadlines of every kind on it and a flag."""
    kinds: dict[str, Any] = {"kind": DeadlineKind.STATUTORY, "whose": Whose.OURS}
    for name, days in (("Appeal", 2), ("Long past", -3), ("Today", 0), ("Settled", 9), ("Dropped", 9)):
        run(casework, add_deadline, name=name, due_on=TODAY + timedelta(days=days), **kinds)
    found = {row.name: row.id for row in rows(casework.database, Deadline)}
    run(casework, change_deadline, deadline_id=found["Settled"], met_on=TODAY)
    run(casework, change_deadline, deadline_id=found["Dropped"], lapsed_reason="Withdrawn")
    run(casework, raise_flag, code="EXCL", why="Excluded", review_on=TODAY)
    run(casework, raise_flag, code="VISA", why="Job at risk", review_on=TODAY)
    run(casework, clear_flag, code="VISA", why="Settled")
    go(casework, Stage.TRIAGE, TRIAGE)
    go(casework, Stage.DECLINED, DECLINED)
    return casework


def lapsed(work: Casework) -> dict[str, str | None]:
    return {row.name: row.lapsed_reason for row in rows(work.database, Deadline)}


def test_nothing_lapses_in_silence(ended: Casework) -> None:
    why = "Case: Declined"
    assert lapsed(ended) == {"Appeal": why, "Long past": why, "Today": why, "Settled": None, "Dropped": "Withdrawn"}
    due = TODAY + timedelta(days=2)
    assert f"Deadline Appeal: lapsed with the case (Declined), was due {due:%-d %B %Y}." in lines(ended)
    assert "Flag cleared with the case (Declined): Excluded or suspended." in lines(ended)


def test_reopening_brings_back_what_the_end_alone_lapsed(ended: Casework) -> None:
    go(ended, Stage.TRIAGE, {"cause": "Back again"})
    assert lapsed(ended) == {
        "Appeal": None,
        "Today": None,
        "Long past": "Case: Declined",
        "Settled": None,
        "Dropped": "Withdrawn",
    }
    case = the_case(ended)
    assert (case.unplanned_due_on, case.flags) == (TODAY, "EXCL")
    flags = [(flag.code, flag.why, flag.cleared_at is None) for flag in rows(ended.database, Flag)]
    assert flags == [("EXCL", "Excluded", False), ("VISA", "Job at risk", False), ("EXCL", "Excluded", True)]
    said = lines(ended)
    assert f"Deadline Appeal: runs again, due {TODAY + timedelta(days=2):%-d %B %Y}." in said
    past = TODAY - timedelta(days=3)
    assert f"Deadline Long past: its day, {past:%-d %B %Y}, passed while the case was over. Check it." in said
    assert said.count("Flag raised: Excluded or suspended.") == 2


def test_what_came_back_once_does_not_come_back_after_it_was_settled(ended: Casework) -> None:
    go(ended, Stage.TRIAGE, {"cause": "Back again"})
    appeal = next(row for row in rows(ended.database, Deadline) if row.name == "Appeal")
    run(ended, change_deadline, ended.lead, deadline_id=appeal.id, lapsed_reason="Not appealing")
    run(ended, clear_flag, ended.lead, code="EXCL", why="Back at work")
    go(ended, Stage.DECLINED, DECLINED)
    go(ended, Stage.TRIAGE, {"cause": "Again"})
    assert lapsed(ended)["Appeal"] == "Not appealing"
    assert the_case(ended).flags == ""


def test_a_flag_raised_again_meanwhile_is_not_raised_twice(ended: Casework) -> None:
    run(ended, raise_flag, ended.lead, code="EXCL", why="Still", review_on=TODAY)
    go(ended, Stage.TRIAGE, {"cause": "Back again"})
    live = [flag.why for flag in rows(ended.database, Flag) if flag.cleared_at is None]
    assert live == ["Still"]


def test_a_rule_that_changed_meanwhile_is_asked_about(casework: Casework) -> None:
    of: dict[str, Any] = {"name": "", "due_on": None, "kind": DeadlineKind.LOCAL, "whose": Whose.OURS}
    run(casework, add_deadline, rule="GMC-RULE-7-28D", trigger_on=TODAY, **of)
    go(casework, Stage.TRIAGE, TRIAGE)
    go(casework, Stage.DECLINED, DECLINED)
    with casework.database.write() as session:
        session.execute(update(TimeRule).where(TimeRule.code == "GMC-RULE-7-28D").values(amount=21))
    go(casework, Stage.TRIAGE, {"cause": "Back again"})
    row = last(casework.database, Deadline)
    assert (row.due_on, row.asks_on) == (TODAY + timedelta(days=28), TODAY + timedelta(days=21))


def test_repeated_reviews_go_on_after_a_case_was_over(casework: Casework, time: Clock) -> None:
    of: dict[str, Any] = {"name": "", "due_on": None, "kind": DeadlineKind.LOCAL, "whose": Whose.OURS}
    run(casework, add_deadline, rule="MHPS-EXCL-FORMAL-4W", trigger_on=TODAY, **of)
    go(casework, Stage.TRIAGE, TRIAGE)
    go(casework, Stage.DECLINED, DECLINED)
    time.on(days=65)
    go(casework, Stage.TRIAGE, {"cause": "Back again"}, TODAY + timedelta(days=65))
    # 28, 56 and 84 days on: nobody knows of the second, so only the third is made.
    assert [((row.due_on - TODAY).days, row.lapsed_on is None) for row in rows(casework.database, Deadline)] == [
        (28, False),
        (84, True),
    ]


def test_a_refused_reopening_brings_nothing_back(ended: Casework) -> None:
    before = snapshot(ended.database)
    with pytest.raises(CommandRefused):
        go(ended, Stage.TRIAGE, {"cause": ""})
    assert snapshot(ended.database) == before


# A local date that must not be missed -----------------------------------------------------------------------


def test_a_local_date_that_must_not_be_missed_is_at_risk(casework: Casework) -> None:
    local: dict[str, Any] = {"kind": DeadlineKind.LOCAL, "whose": Whose.OURS, "due_on": TODAY + timedelta(days=5)}
    run(casework, add_deadline, name="Comments", **local)
    assert the_case(casework).unplanned_due_on is None
    run(casework, add_deadline, name="Conduct appeal", must_not_miss=True, **local)
    assert the_case(casework).unplanned_due_on == TODAY + timedelta(days=5)
    appeal = last(casework.database, Deadline)
    run(casework, change_deadline, deadline_id=appeal.id, must_not_miss=False)
    assert the_case(casework).unplanned_due_on is None
    assert "Deadline Conduct appeal: no longer one that must not be missed." in lines(casework)
    run(casework, change_deadline, deadline_id=appeal.id, must_not_miss=True)
    with refused(casework.database, "which is a hard limit", field="due_on"):
        put_off(casework, TODAY + timedelta(days=6))


def put_off(work: Casework, to: Any) -> None:
    from db.commands.actions import snooze_action
    from db.models import Action

    action = last(work.database, Action)
    run(
        work,
        snooze_action,
        action_id=action.id,
        seen_due_on=action.due_on,
        due_on=to,
        reason="Later",
    )


def test_whose_it_is_still_counts(casework: Casework) -> None:
    theirs: dict[str, Any] = {"kind": DeadlineKind.LOCAL, "whose": Whose.BODY, "due_on": TODAY}
    run(casework, add_deadline, name="Their answer", must_not_miss=True, **theirs)
    assert the_case(casework).unplanned_due_on is None
    with casework.database.read() as session:
        assert session.query(Case).one().body_due_on == TODAY
