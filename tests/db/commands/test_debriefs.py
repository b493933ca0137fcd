"""A debrief is owed after a hearing or a death, to everybody on the case, until it is recorded."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from db import clock
from db.access import viewer_of
from db.choices import DeadlineKind, Whose
from db.commands.deadlines import add_deadline, change_deadline
from db.commands.debriefs import record_debrief, was_heard
from db.commands.processes import add_process, move_process
from db.commands.recusals import recuse
from db.errors import NotFound
from db.models import Audit, Case, CaseProcess, Deadline, Debrief, Process
from db.queries.care import Care, care
from db.rules.allotting import DebriefKind, DebriefOutcome
from tests.db.helpers import last, refused, rows, run
from tests.factories import Casework, give_second

TODAY = clock.today()


def told(casework: Casework, who: int) -> Care:
    with casework.database.read() as session:
        return care(session, viewer_of(session, who), TODAY)


def tribunal(casework: Casework, stage: str, *, ended: bool = True) -> None:
    run(casework, add_process, process="ET", stage="ACT", organisation_id=None, started_on=TODAY - timedelta(days=9))
    case_process_id = last(casework.database, CaseProcess).id
    run(casework, move_process, case_process_id=case_process_id, stage=stage, ended=ended)


def test_a_tribunal_that_was_heard_owes_one_to_everybody_on_the_case(casework: Casework) -> None:
    with casework.database.write() as session:
        give_second(session, casework)
    tribunal(casework, "HEARING")
    found = rows(casework.database, Debrief)
    assert [(row.volunteer_id, row.kind, row.happened_on, row.outcome) for row in found] == [
        (person, DebriefKind.HEARING, TODAY, None) for person in (casework.on_case, casework.off_case)
    ]
    (own,) = told(casework, casework.on_case).own
    assert (own.reference, own.name) == (casework.reference, "Vik")
    assert {one.name for one in told(casework, casework.lead).others} == {"Vik", "Uma"}


@pytest.mark.parametrize(("stage", "ended"), [("CLAIM", True), ("HEARING", False)])
def test_one_settled_before_or_going_on_owes_none(casework: Casework, stage: str, ended: bool) -> None:
    tribunal(casework, stage, ended=ended)
    assert rows(casework.database, Debrief) == []


def test_a_hearing_that_took_place_owes_one_however_often_it_is_noted(casework: Casework) -> None:
    for _ in range(2):
        run(
            casework,
            add_deadline,
            name="Panel",
            due_on=TODAY,
            kind=DeadlineKind.LOCAL,
            whose=Whose.OURS,
            is_hearing=True,
        )
        run(casework, change_deadline, deadline_id=last(casework.database, Deadline).id, met_on=TODAY)
    assert len(rows(casework.database, Debrief)) == 1


def test_every_tribunal_has_a_first_hearing_among_its_stages(casework: Casework) -> None:
    with casework.database.read() as session:
        heard = session.execute(select(Process.code, Process.first_hearing).where(Process.first_hearing.is_not(None)))
        first = {code: str(stage) for code, stage in heard}
        assert {"MPTS", "ET", "IT", "INQ", "FAI", "POLICE"} == set(first)
        assert all(was_heard(session, process, stage) for process, stage in first.items())
        assert not was_heard(session, "MHPS", "INFORMAL")


def test_it_stands_until_they_or_a_lead_record_it(casework: Casework) -> None:
    tribunal(casework, "HEARING")
    due = last(casework.database, Debrief).id
    for who in (casework.off_case, casework.in_conflict, casework.observer):
        with refused(casework.database, "no longer on the list", error=NotFound):
            run_debrief(casework, who, due)
    run_debrief(casework, casework.lead, due)
    row = last(casework.database, Debrief)
    assert (row.outcome, row.recorded_by_id, row.ready) == (DebriefOutcome.DECLINED, casework.lead, False)
    assert told(casework, casework.on_case).own == ()
    assert last(casework.database, Audit, action="record_debrief").details["volunteer_id"] == casework.on_case
    with refused(casework.database, "just been recorded"):
        run_debrief(casework, casework.on_case, due)


def run_debrief(casework: Casework, who: int, due: int) -> None:
    with casework.database.write() as session:
        record_debrief(session, actor_id=who, debrief_id=due, outcome=DebriefOutcome.DECLINED)


def test_it_outlives_the_case_and_names_none_behind_a_wall(casework: Casework) -> None:
    tribunal(casework, "HEARING")
    run(casework, recuse, volunteer_id=casework.on_case, reason="Kin")
    (own,) = told(casework, casework.on_case).own
    assert own.reference is None
    run_debrief(casework, casework.on_case, own.id)


def test_a_lead_in_conflict_hears_of_none(casework: Casework) -> None:
    tribunal(casework, "HEARING")
    assert told(casework, casework.in_conflict).others == ()
    assert told(casework, casework.observer) == Care((), (), (), ())


def test_a_death_owes_one(casework: Casework) -> None:
    from db.choices import Attributable, Stage
    from db.commands.stages import move_stage

    values: dict[str, Any] = {
        "outcome": "died",
        "attributable": Attributable.UNKNOWN,
        "doctor_view": "x",
        "safe_ending": TODAY,
        "papers": "x",
    }
    with casework.database.write() as session:
        session.execute(update(Case).values(stage=Stage.ACTIVE))
    with casework.database.write() as session:
        case = session.query(Case).one()
        lead = viewer_of(session, casework.lead)
        move_stage(session, viewer=lead, case=case, to=Stage.CLOSING, values=values, reason="It ended")
    assert last(casework.database, Debrief).kind is DebriefKind.DEATH
