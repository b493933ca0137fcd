"""Debriefs: to be arranged with everybody on a case after a hearing or a death, unless they want none."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, is_barred, viewer_of
from db.choices import AssignmentRole, AssignmentStatus
from db.commands.record import audit
from db.declared import Patterns, change, command
from db.errors import CommandRefused, NotFound
from db.models import Assignment, Case, Debrief, Process, ProcessStage
from db.rules.allotting import DebriefKind, DebriefOutcome

change("owe_debrief", says="asked for a debrief for {about}", moves_access=False)


def owe_debriefs(session: Session, viewer: Viewer, case: Case, kind: DebriefKind, happened_on: date) -> None:
    """One for the case lead and each second volunteer; only once, however often the event is recorded."""
    people = session.scalars(
        select(Assignment.volunteer_id).where(
            Assignment.case_id == case.id,
            Assignment.status == AssignmentStatus.ACCEPTED,
            Assignment.role != AssignmentRole.INTERIM,
        )
    ).all()
    same = (Debrief.case_id == case.id, Debrief.kind == kind, Debrief.happened_on == happened_on)
    known = set(session.scalars(select(Debrief.volunteer_id).where(*same)))
    for volunteer_id in sorted(set(people) - known):
        session.add(Debrief(case_id=case.id, volunteer_id=volunteer_id, kind=kind, happened_on=happened_on))
        audit(session, viewer, "owe_debrief", case=case, volunteer_id=volunteer_id, kind=kind)


def was_heard(session: Session, process: str, stage: str) -> bool:
    """Whether a process that ends at this stage has had its tribunal, court or inquest hearing."""
    first = session.get_one(Process, process).first_hearing
    places = {
        row.code: row.position for row in session.scalars(select(ProcessStage).where(ProcessStage.process == process))
    }
    return first in places and stage in places and places[stage] >= places[first]


@command(says="recorded the debrief of {about}", patterns=Patterns.NEVER, moves_access=False)
def record_debrief(
    session: Session, *, actor_id: int, debrief_id: int, outcome: DebriefOutcome, ready: bool = False
) -> None:
    """Records that somebody has talked, or wants no debrief: for oneself, or by a lead for others.

    `ready` ends their time without demanding cases early; only they can say so. Refuses: somebody else's debrief, a
    case they are barred from and one already recorded (all as no longer on the list), and a lead who says `ready` for
    somebody else.
    """
    viewer = viewer_of(session, actor_id)
    row = session.get(Debrief, debrief_id)
    own = row is not None and row.volunteer_id == viewer.id
    # Somebody barred since then may still record their own: it tells them nothing of the case.
    if row is None or not (own or (viewer.is_lead and not is_barred(session, viewer.id, row.case_id))):
        raise NotFound("That debrief is no longer on the list.")
    if row.outcome is not None:
        raise CommandRefused("That debrief has just been recorded.")
    if ready and not own:
        raise CommandRefused("Only they can say that they are ready.", field="ready")
    row.outcome, row.ready, row.recorded_by_id, row.recorded_at = outcome, ready, viewer.id, clock.now()
    case = session.get_one(Case, row.case_id)
    audit(session, viewer, "record_debrief", case=case, volunteer_id=row.volunteer_id, outcome=outcome)
