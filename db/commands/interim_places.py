"""The interim contact: added, kept while an open case has nobody else, and ended when a case lead accepts."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, is_barred
from db.away import away_today
from db.choices import AssignmentRole, AssignmentStatus, EntryKind, Role
from db.commands.record import add_line, audit
from db.declared import change
from db.models import Assignment, Case, Volunteer

TAKEN = "Until a case lead accepts"
LED = "A case lead accepted"
LIVE = (AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED)

change("interim_contact", says="made {about} the interim contact", moves_access=True)


def add_contact(
    session: Session, viewer: Viewer | None, case: Case, volunteer_id: int, *, no_conflict: bool = False
) -> None:
    """Makes somebody the interim contact, with timeline entry and audit row."""
    person = session.get_one(Volunteer, volunteer_id)
    moment = clock.now()
    session.add(
        Assignment(
            case_id=case.id,
            volunteer_id=volunteer_id,
            role=AssignmentRole.INTERIM,
            status=AssignmentStatus.ACCEPTED,
            offered_by_id=viewer.id if viewer else None,
            offered_at=moment,
            answered_at=moment,
            reason=TAKEN,
            no_conflict=no_conflict,
        )
    )
    session.flush()
    add_line(session, viewer, case, EntryKind.SYSTEM, f"Interim contact: {person.name}.")
    audit(session, viewer, "interim_contact", case=case, volunteer_id=volunteer_id)


def keep_a_contact(session: Session, viewer: Viewer | None, case: Case, *, left: int) -> None:
    """After `left` has left an open case: if nobody is on it any more, the person acting becomes the interim contact if
    they are another lead; else a lead who may see it does, if possible one who is not away. They are not asked first,
    but can hand it over.
    """
    session.flush()
    on_it = select(Assignment.id).where(Assignment.case_id == case.id, Assignment.status == AssignmentStatus.ACCEPTED)
    if not case.is_open or session.scalar(on_it.limit(1)) is not None:
        return
    may = viewer and viewer.is_lead and viewer.id != left and not is_barred(session, viewer.id, case.id)
    someone = viewer.id if viewer and may else free_lead(session, case, besides=left)
    if someone is not None:
        add_contact(session, viewer, case, someone)


def end_contacts(session: Session, case: Case) -> None:
    """When a case lead accepts: ends every interim contact's place, and offers of one."""
    for row in session.scalars(
        select(Assignment).where(
            Assignment.case_id == case.id, Assignment.role == AssignmentRole.INTERIM, Assignment.status.in_(LIVE)
        )
    ):
        row.status, row.ended_at, row.ended_reason = AssignmentStatus.ENDED, clock.now(), LED


def free_lead(session: Session, case: Case, *, besides: int | None = None) -> int | None:
    """A lead who may see the case, if possible one who is not away or at capacity."""
    leads = ready_leads(session)
    return next((lead for lead in leads if lead != besides and not is_barred(session, lead, case.id)), None)


def ready_leads(session: Session) -> Sequence[int]:
    """Every active lead, last those who are away or at capacity."""
    return session.scalars(
        select(Volunteer.id)
        .where(Volunteer.role == Role.LEAD, Volunteer.active)
        .order_by(Volunteer.id.in_(away_today()), Volunteer.says_full, Volunteer.id)
    ).all()
