"""Check-ins: an owned action within one working day of what is hard on a doctor, never two for one event."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from db import clock
from db.choices import ConsentPurpose, Contact, DeadlineKind, EntryKind, Stage, Wellbeing, Whose
from db.commands.actions import finish_action
from db.commands.check_ins import set_check_in
from db.commands.consents import record_consent
from db.commands.deadlines import add_deadline
from db.commands.entries import add_entry
from db.commands.flags import raise_flag
from db.commands.leave import add_leave
from db.commands.pathways import add_process_stage
from db.commands.processes import add_process, move_process
from db.commands.update_status import update_status
from db.errors import NotAllowed
from db.models import (
    Action,
    Assignment,
    Audit,
    Case,
    CaseProcess,
    CheckIn,
    CheckInRule,
    CodedTerm,
    FindingCode,
    OutcomeTerm,
    ProcessStage,
    TimeRule,
)
from db.rules.clock import working_days_between
from db.rules.safety import CheckInAt
from tests.db.helpers import assert_all_or_nothing, at_once, count, last, plain_update, refused, rows, run, the_case
from tests.factories import Casework, give_second

TODAY = clock.today()
LETTER: dict[str, Any] = {"process": "GMC", "stage": "RULE-7", "organisation_id": None, "started_on": TODAY}
PRESS: dict[str, Any] = {"code": "MEDIA", "why": "A paper rang", "review_on": TODAY}
RULE: dict[str, Any] = {"name": "", "due_on": None, "kind": DeadlineKind.LOCAL, "whose": Whose.OURS}


@pytest.fixture(autouse=True)
def _may_speak_to_the_press(casework: Casework) -> None:
    run(casework, record_consent, purpose=ConsentPurpose.MEDIA, given=True, expires_on=TODAY + timedelta(days=365))


def made(work: Casework) -> list[str]:
    with work.database.read() as session:
        query = select(Action.text).join(CheckIn, CheckIn.action_id == Action.id).order_by(CheckIn.id)
        return [text.removeprefix("Check in with the doctor ") for text in session.scalars(query)]


def do_it(work: Casework) -> None:
    run(work, finish_action, action_id=last(work.database, CheckIn).action_id, outcome="We talked")


def test_every_row_names_what_there_is(casework: Casework) -> None:
    with casework.database.read() as session:

        def codes(listed: str) -> set[str]:
            return set(session.scalars(select(CodedTerm.code).where(CodedTerm.list == listed)))

        stages = set(map(tuple, session.execute(select(ProcessStage.process, ProcessStage.code))))
        known = {
            CheckInAt.OUTCOME: codes("outcome") | set(session.scalars(select(OutcomeTerm.code))),
            CheckInAt.FLAG: codes("flag"),
            CheckInAt.ADVOCACY: codes("advocacy"),
            CheckInAt.RULE: set(session.scalars(select(TimeRule.code))),
            CheckInAt.FINDING: set(session.scalars(select(FindingCode.code))),
            CheckInAt.END: {process for process, _ in stages},
        }
        kinds = codes("check_in")
        found = session.scalars(select(CheckInRule)).all()
        for rule in found:
            assert rule.kind in kinds
            if rule.place is CheckInAt.STAGE:
                assert (rule.process, rule.value) in stages, rule.code
            else:
                assert rule.value in known[rule.place], rule.code
        assert {rule.kind for rule in found} == kinds
        places = [(rule.place, rule.process, rule.value) for rule in found]
        assert len(set(places)) == len(places)


def test_a_letter_from_the_gmc_asks_for_a_call_within_one_working_day(casework: Casework) -> None:
    run(casework, add_process, casework.lead, **LETTER, since=TODAY)
    action = last(casework.database, Action)
    assert (action.text, action.owner_id) == ("Check in with the doctor after a letter from the GMC", casework.on_case)
    assert working_days_between(TODAY, action.due_on, nation="england") == 1
    assert last(casework.database, Audit, action="next_action").details["owner_id"] == casework.on_case


def test_one_event_recorded_three_ways_is_one_check_in(casework: Casework) -> None:
    run(casework, add_process, **LETTER, since=TODAY)
    run(casework, add_deadline, **RULE, rule="GMC-RULE-7-28D", trigger_on=TODAY - timedelta(days=3))
    do_it(casework)
    run(casework, add_deadline, **RULE, rule="GMC-RULE-7-28D", trigger_on=TODAY - timedelta(days=3))
    run(casework, raise_flag, **PRESS)
    assert made(casework) == ["after a letter from the GMC"]


def test_another_event_after_the_call_is_another_check_in(casework: Casework) -> None:
    run(casework, add_deadline, **RULE, rule="GMC-RULE-7-28D", trigger_on=TODAY - timedelta(days=9))
    run(casework, raise_flag, **PRESS)
    assert made(casework) == ["after a letter from the GMC"], "one call is still to be made"
    do_it(casework)
    run(casework, add_entry, kind=EntryKind.ADVOCACY, text="Interview", code="media")
    assert made(casework) == ["after a letter from the GMC", "about the press coverage"]


def test_stages_ends_and_earlier_stages_ask_too_unless_they_are_history(casework: Casework) -> None:
    mhps: dict[str, Any] = {"case_process_id": last(casework.database, CaseProcess).id}
    run(casework, add_process_stage, **mhps, stage="DECISION", since=TODAY - timedelta(days=40))
    assert made(casework) == []
    run(casework, move_process, **mhps, stage="OUTCOME", since=TODAY)
    assert made(casework) == ["after the outcome"]
    do_it(casework)
    with casework.database.write() as session:
        session.execute(update(CheckIn).values(happened_on=TODAY - timedelta(days=20)))
    run(casework, move_process, **mhps, stage="OUTCOME", ended=True)
    assert made(casework) == ["after the outcome"] * 2


def test_an_outcome_is_not_ended_by_the_update_that_records_it(casework: Casework) -> None:
    with casework.database.write() as session:
        session.execute(update(Case).values(stage=Stage.ACTIVE))
    values = {"attributable": "partly", "doctor_view": "Shocked", "safe_ending": TODAY, "papers": "Here"}
    run(
        casework,
        update_status,
        seen_version=the_case(casework).version,
        what_changed="Dismissed",
        contact=Contact.REACHED,
        wellbeing=Wellbeing.NOT_ASKED,
        next_action="Ask the union",
        action_owner_id=casework.on_case,
        action_due_on=TODAY + timedelta(days=9),
        move_to=Stage.CLOSING,
        move_values=values | {"outcome": "dismissed"},
    )
    assert made(casework) == ["after the dismissal"]
    assert last(casework.database, Action).done_at is None


def test_a_later_update_leaves_the_check_in_standing(casework: Casework) -> None:
    run(casework, raise_flag, **PRESS)
    asked = last(casework.database, CheckIn).action_id
    for text in ("Ask the union", "Check in with the doctor about the press coverage"):
        run(casework, update_status, **plain_update(casework, next_action=text, action_due_on=TODAY))
        open_ones = {row.id: row.text for row in rows(casework.database, Action) if row.done_at is None}
        assert asked in open_ones
        assert len(open_ones) == len(set(open_ones.values()))


def test_who_is_away_does_not_own_it(casework: Casework) -> None:
    with casework.database.write() as session:
        give_second(session, casework)
        away: dict[str, Any] = {"volunteer_id": casework.on_case, "starts_on": TODAY, "ends_on": TODAY}
        add_leave(session, actor_id=casework.on_case, **away, cover_id=None)
    run(casework, raise_flag, casework.lead, **PRESS)
    assert last(casework.database, Action).owner_id == casework.off_case
    with casework.database.write() as session:
        session.execute(delete(CheckIn))
        session.execute(update(Assignment).values(status="ended", ended_at=clock.now()))
    run(casework, add_entry, casework.lead, kind=EntryKind.ADVOCACY, text="Interview", code="media")
    assert last(casework.database, Action).owner_id == casework.lead


def test_a_lead_turns_a_kind_off_and_on_with_an_audit_row(casework: Casework) -> None:
    with pytest.raises(NotAllowed), casework.database.write() as session:
        set_check_in(session, actor_id=casework.on_case, kind="press", is_on=False)
    with casework.database.write() as session:
        set_check_in(session, actor_id=casework.lead, kind="press", is_on=False)
    assert last(casework.database, Audit).details == {"kind": "press", "label": "Press coverage", "is_on": False}
    run(casework, raise_flag, **PRESS)
    assert made(casework) == []
    with refused(casework.database, "just turned this off"), casework.database.write() as session:
        set_check_in(session, actor_id=casework.lead, kind="press", is_on=False)
    with casework.database.write() as session:
        set_check_in(session, actor_id=casework.lead, kind="press", is_on=True)
    run(casework, add_entry, kind=EntryKind.ADVOCACY, text="Interview", code="media")
    assert made(casework) == ["about the press coverage"]


def test_two_at_once_make_one(casework: Casework) -> None:
    def go(session: Any) -> None:
        on: dict[str, Any] = {"reference": casework.reference, "kind": EntryKind.ADVOCACY, "code": "media"}
        add_entry(session, actor_id=casework.lead, **on, text="Interview")

    at_once(casework.database, go, go)
    assert count(casework.database, CheckIn) == 1


def test_a_failure_half_way_leaves_nothing(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_all_or_nothing(casework, monkeypatch, raise_flag, **PRESS)


def test_nothing_else_asks(casework: Casework) -> None:
    run(casework, add_process, process="GMC", stage="TRIAGE", organisation_id=None, started_on=TODAY)
    run(casework, raise_flag, code="VISA", why="Sponsor wrote", review_on=TODAY)
    run(casework, add_entry, kind=EntryKind.NOTE, text="Some words")
    with casework.database.read() as session:
        assert session.scalar(select(func.count()).select_from(CheckIn)) == 0
    assert rows(casework.database, CheckIn) == []
