"""Moving a case on: each move with what it must record, and nothing left live on a case that is over."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from db import clock
from db.choices import (
    AssignmentStatus,
    Attributable,
    ConsentPurpose,
    Contact,
    DeadlineKind,
    DoctorView,
    EntryKind,
    Evidence,
    Representation,
    Stage,
    Wellbeing,
    Whose,
    YesNo,
)
from db.commands.consents import record_consent
from db.commands.deadlines import add_deadline
from db.commands.drafts import keep_draft
from db.commands.findings import add_finding
from db.commands.flags import raise_flag
from db.commands.update_status import update_status
from db.commands.waiting import begin_waiting
from db.errors import CommandRefused, Invalid
from db.models import Action, Assignment, Audit, Case, Draft, Entry, Finding, StageEvent, Volunteer, Waiting
from db.rules.stages import MOVES, Move
from tests.db.helpers import HOSTILE, assert_hostile_text_is_plain, count, last, refused, rows, run, the_case
from tests.factories import Casework, give_second

TODAY = clock.today()
NEXT: dict[str, Any] = {"next_action": "Go on", "action_due_on": TODAY}


def values_of(casework: Casework, move: Move) -> dict[str, Any]:
    """What each field of a move may be filled with."""
    filled: dict[str, Any] = {
        "representation": Representation.UNION,
        "limit_dates": "None known",
        "scope": "Ours",
        "cause": "Back again",
        "plan": "Letter",
        "authority": "None yet",
        "decline_reason": "out_of_scope",
        "sent_to": "BMA",
        "told_on": TODAY,
        "outcome": "informal_resolution",
        "attributable": Attributable.PARTLY,
        "doctor_view": "Relieved",
        "safe_ending": TODAY,
        "papers": "Returned",
        "closure_reason": "purpose_met",
        "retain_until": TODAY + timedelta(days=2190),
        "reviewer": casework.off_case,
        "first_contact": TODAY,
        "documents": "Two letters",
        "second_coder": casework.off_case,
        "shown": YesNo.YES,
        "redaction_checked_by": casework.off_case,
    }
    return {field.name: filled[field.name] for field in move.fields}


def make_ready(casework: Casework, stage: Stage, move: Move) -> None:
    """Puts the case at a stage, with all that the move asks already true."""
    with casework.database.write() as session:
        on: dict[str, Any] = {"actor_id": casework.lead, "reference": casework.reference}
        if move.needs_finding:
            add_finding(
                session, **on, code="P04", evidence=Evidence.REPORTED, case_process_id=None, quarter="2025Q4", note=""
            )
        if move.needs_flag:
            raise_flag(session, **on, code="EXCL", why="Excluded", review_on=TODAY)
        if move.needs_learning_consent:
            record_consent(session, **on, purpose=ConsentPurpose.LEARNING, given=True)
        session.execute(update(Case).values(stage=stage, is_open=stage.is_open))


def go(casework: Casework, move: Move, values: dict[str, Any], actor: int | None = None, **changes: Any) -> None:
    sent: dict[str, Any] = {
        "seen_version": the_case(casework).version,
        "what_changed": "Moved",
        "contact": Contact.NONE,
        "wellbeing": Wellbeing.NOT_ASKED,
        "action_owner_id": casework.lead,
        "move_to": move.to,
        "move_values": values,
    }
    run(casework, update_status, actor or casework.lead, **(sent | NEXT | changes))


@pytest.mark.parametrize("why", ["crisis", "limit"])
@pytest.mark.parametrize("to", [Stage.DECLINED, Stage.REFERRED])
def test_no_case_ends_over_a_crisis_or_a_limit_before_the_doctor_is_told(
    casework: Casework, why: str, to: Stage
) -> None:
    move = next(move for move in MOVES[Stage.TRIAGE] if move.to is to)
    make_ready(casework, Stage.TRIAGE, move)
    about: dict[str, Any] = {"name": "Claim", "due_on": TODAY + timedelta(days=9)}
    if why == "crisis":
        run(casework, raise_flag, code="CRISIS", why="Said so", review_on=TODAY)
    else:
        run(casework, add_deadline, **about, kind=DeadlineKind.STATUTORY, whose=Whose.OURS)
    values = values_of(casework, move)
    for nothing in ({}, {"doctor_told": " \u200b"}):
        with refused(casework.database, "What the doctor was told", error=CommandRefused):
            go(casework, move, values | nothing)
    go(casework, move, values | {"doctor_told": "Rang her; the BMA has the date"})
    assert last(casework.database, StageEvent).details["doctor_told"] == "Rang her; the BMA has the date"
    assert not the_case(casework).is_open


def test_what_nobody_must_be_told_of_holds_no_case_up(casework: Casework) -> None:
    move = next(move for move in MOVES[Stage.TRIAGE] if move.to is Stage.DECLINED)
    make_ready(casework, Stage.TRIAGE, move)
    about: dict[str, Any] = {"name": "Theirs", "due_on": TODAY + timedelta(days=9)}
    run(casework, add_deadline, **about, kind=DeadlineKind.STATUTORY, whose=Whose.BODY)
    run(casework, add_deadline, **about, kind=DeadlineKind.LOCAL, whose=Whose.OURS)
    run(casework, raise_flag, code="MEDIA", why="A paper rang", review_on=TODAY)
    go(casework, move, values_of(casework, move))
    assert "doctor_told" not in last(casework.database, StageEvent).details


def test_a_crisis_raised_in_the_same_save_holds_the_case_up(casework: Casework) -> None:
    move = next(move for move in MOVES[Stage.TRIAGE] if move.to is Stage.DECLINED)
    make_ready(casework, Stage.TRIAGE, move)
    worse: dict[str, Any] = {"wellbeing": Wellbeing.WORSE, "danger": YesNo.YES}
    with refused(casework.database, "What the doctor was told", error=CommandRefused):
        go(casework, move, values_of(casework, move), **worse)
    go(casework, move, values_of(casework, move) | {"doctor_told": "With her family"}, **worse)


ALL_MOVES = [(stage, move) for stage, moves in MOVES.items() for move in moves]
IDS = [f"{stage.value}-{move.to.value}" for stage, move in ALL_MOVES]


@pytest.mark.parametrize(("stage", "move"), ALL_MOVES, ids=IDS)
def test_each_move_works_with_its_fields_and_is_refused_without(casework: Casework, stage: Stage, move: Move) -> None:
    make_ready(casework, stage, move)
    full = values_of(casework, move)
    for field in move.fields:
        if field.required:
            for nothing in (None, "", "\u200b"):
                with refused(casework.database, field.label, error=CommandRefused):
                    go(casework, move, full | {field.name: nothing})

    go(casework, move, full)

    case, event = the_case(casework), last(casework.database, StageEvent)
    assert (case.stage, case.is_open) == (move.to, move.to.is_open)
    assert (event.from_stage, event.to_stage, event.by_id) == (stage, move.to, casework.lead)
    assert set(event.details) == {field.name for field in move.fields}
    assert case.stage_since == event.at
    assert case.closed_on == (None if move.to.is_open else TODAY)
    assert last(casework.database, Audit, action="stage").details == {"came_from": stage, "to": move.to}
    lines = [row.text for row in rows(casework.database, Entry, kind=EntryKind.SYSTEM)]
    assert f"Stage: {stage.label} → {move.to.label}." in lines


@pytest.mark.parametrize(
    ("stage", "move"),
    [pair for pair in ALL_MOVES if pair[1].lead_only],
    ids=[name for name, pair in zip(IDS, ALL_MOVES, strict=True) if pair[1].lead_only],
)
def test_what_only_a_lead_may_do_is_refused_to_a_volunteer(casework: Casework, stage: Stage, move: Move) -> None:
    make_ready(casework, stage, move)
    with refused(casework.database, "Only a lead", field="move_to"):
        go(casework, move, values_of(casework, move), casework.on_case, action_owner_id=casework.on_case)


def test_no_move_outside_the_table(casework: Casework) -> None:
    for target in set(Stage) - {move.to for move in MOVES[Stage.NEW]}:
        with refused(casework.database, f"A case can’t move from New to {target.label}", field="move_to"):
            go(casework, Move(target, ""), {})


def test_preconditions_are_read_from_the_rows(casework: Casework) -> None:
    asks = {
        (Stage.REVIEW, Stage.FINDINGS): "needs a finding",
        (Stage.REVIEW, Stage.ACTIVE): "needs a flag",
        (Stage.CLOSING, Stage.LEARNING): "consent to learning",
    }
    for stage, move in ALL_MOVES:
        if words := asks.get((stage, move.to)):
            with casework.database.write() as session:
                session.execute(update(Case).values(stage=stage))
            with refused(casework.database, words, field="move_to"):
                go(casework, move, values_of(casework, move))
    with casework.database.write() as session:
        session.execute(delete(Assignment))
        session.execute(update(Case).values(stage=Stage.TRIAGE, lead_id=None))
    with refused(casework.database, "needs a case lead", field="move_to"):
        go(casework, MOVES[Stage.TRIAGE][0], values_of(casework, MOVES[Stage.TRIAGE][0]))


def test_learning_consent_counts_only_while_it_lasts(casework: Casework) -> None:
    learning, closed = MOVES[Stage.CLOSING]
    make_ready(casework, Stage.CLOSING, learning)
    with refused(casework.database, "Record learning first"):
        go(casework, closed, values_of(casework, closed))
    run(casework, record_consent, purpose=ConsentPurpose.LEARNING, given=False)
    with refused(casework.database, "consent to learning"):
        go(casework, learning, values_of(casework, learning))
    go(casework, closed, values_of(casework, closed))


def test_a_second_person_is_another_active_caseworker_outside_the_wall(casework: Casework) -> None:
    move = MOVES[Stage.LEARNING][0]
    make_ready(casework, Stage.LEARNING, move)
    with casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == casework.on_case).values(active=False))
    for person in (casework.lead, casework.on_case, casework.in_conflict, casework.observer, 999_999):
        with refused(casework.database, "Reviewed by", error=Invalid) as caught:
            go(casework, move, values_of(casework, move) | {"reviewer": person})
        assert set(caught().problems) == {"reviewer"}


def test_unknown_terms_are_refused_by_name(casework: Casework) -> None:
    move = next(move for move in MOVES[Stage.TRIAGE] if move.to is Stage.DECLINED)
    make_ready(casework, Stage.TRIAGE, move)
    for code in ("no_such_reason", "informal_resolution", HOSTILE["control characters"], HOSTILE["lone surrogates"]):
        with refused(casework.database, ".+"):
            go(casework, move, values_of(casework, move) | {"decline_reason": code})


def test_hostile_words_in_a_move_are_plain_text(casework: Casework) -> None:
    def attempt(words: str) -> None:
        go(casework, move, values_of(casework, move) | {"plan": words})
        make_ready(casework, Stage.FINDINGS, move)

    move = MOVES[Stage.FINDINGS][0]
    make_ready(casework, Stage.FINDINGS, move)
    assert_hostile_text_is_plain(
        casework,
        attempt,
        lambda: str(last(casework.database, StageEvent, to_stage=move.to).details["plan"]),
    )


def test_triage_takes_over_what_was_learnt_of_representation(casework: Casework) -> None:
    move = MOVES[Stage.NEW][0]
    go(casework, move, values_of(casework, move) | {"representation": Representation.NONE})
    case = the_case(casework)
    assert (case.representation, case.extra_points) == (Representation.NONE, 1)


def test_agreeing_findings_names_the_second_coder_and_must_say_whether_they_were_shown(casework: Casework) -> None:
    move = MOVES[Stage.REVIEW][0]
    make_ready(casework, Stage.REVIEW, move)
    with refused(casework.database, "choose yes or no", error=Invalid):
        go(casework, move, values_of(casework, move) | {"shown": YesNo.NOT_ASKED})
    go(casework, move, values_of(casework, move))
    finding = last(casework.database, Finding)
    assert (finding.second_coder_id, finding.doctor_view) == (casework.off_case, DoctorView.NOT_SHOWN)


@pytest.mark.parametrize("end", [Stage.CLOSED, Stage.DECLINED, Stage.REFERRED])
def test_ending_a_case_winds_everything_up(casework: Casework, end: Stage) -> None:
    stage, move = next((stage, move) for stage, move in ALL_MOVES if move.to is end)
    with casework.database.write() as session:
        give_second(session, casework)
        begin_waiting(session, actor_id=casework.lead, reference=casework.reference, on_whom="HR", chase_on=TODAY)
        keep_draft(
            session, actor_id=casework.on_case, reference=casework.reference, form="quick", typed={"what_changed": "x"}
        )
    make_ready(casework, stage, move)
    go(casework, move, values_of(casework, move))

    assert count(casework.database, Draft) == 0
    assert all(row.done_at for row in rows(casework.database, Action))
    assert all(row.ended_on for row in rows(casework.database, Waiting))
    assert {row.status for row in rows(casework.database, Assignment)} == {AssignmentStatus.ENDED}
    case = the_case(casework)
    assert (case.lead_id, case.unallocated_since, case.next_action_id, case.chase_on) == (None, None, None, None)


def test_closing_keeps_the_retention_date(casework: Casework) -> None:
    move = MOVES[Stage.LEARNING][0]
    make_ready(casework, Stage.LEARNING, move)
    go(casework, move, values_of(casework, move))
    assert the_case(casework).retain_until == TODAY + timedelta(days=2190)


def test_reopening_keeps_every_earlier_closure_and_starts_unallocated(casework: Casework) -> None:
    closing, reopening = MOVES[Stage.LEARNING][0], MOVES[Stage.CLOSED][0]
    for _ in range(2):
        make_ready(casework, Stage.LEARNING, closing)
        go(casework, closing, values_of(casework, closing))
        go(casework, reopening, values_of(casework, reopening))
    events = rows(casework.database, StageEvent)
    assert [row.to_stage for row in events] == [Stage.NEW, *[Stage.CLOSED, Stage.TRIAGE] * 2]
    assert all(row.details["closure_reason"] == "purpose_met" for row in events if row.to_stage is Stage.CLOSED)
    case = the_case(casework)
    assert (case.stage, case.is_open, case.closed_on, case.lead_id) == (Stage.TRIAGE, True, None, None)
    assert case.stage_since == events[-1].at
    assert case.unallocated_since == events[-1].at
    open_actions = [row for row in rows(casework.database, Action) if row.done_at is None]
    assert [row.text for row in open_actions] == ["Go on"]


def test_the_stage_is_always_that_of_the_last_event(casework: Casework) -> None:
    for stage, move in ((Stage.NEW, 0), (Stage.TRIAGE, 0), (Stage.REVIEW, 1), (Stage.ACTIVE, 0), (Stage.CLOSING, 1)):
        chosen = MOVES[stage][move]
        if chosen.needs_flag:
            run(casework, raise_flag, code="WB", why="Threat", review_on=TODAY)
        go(casework, chosen, values_of(casework, chosen))
        with casework.database.read() as session:
            newest = session.scalars(select(StageEvent).order_by(StageEvent.at.desc(), StageEvent.id.desc())).first()
        case = the_case(casework)
        assert newest is not None
        assert (case.stage, case.stage_since) == (newest.to_stage, newest.at)
        came = [row.from_stage for row in rows(casework.database, StageEvent)][1:]
        assert came == [row.to_stage for row in rows(casework.database, StageEvent)][:-1]
