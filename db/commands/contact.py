"""The interim contact: the person the doctor can reach until a case lead accepts."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.access import read_case, require_lead, viewer_of
from db.card import refresh_card
from db.choices import AssignmentRole, AssignmentStatus
from db.commands.conflicts import say_no_conflict, step_aside
from db.commands.interim_places import add_contact
from db.commands.record import touch
from db.declared import Patterns, command
from db.errors import CommandRefused
from db.models import Assignment, Case, Volunteer


@command(says=None, patterns=Patterns.WITH_A_CONFLICT)
def be_contact(
    session: Session, *, actor_id: int, reference: str, no_conflict: bool = False, has_conflict: bool = False
) -> None:
    """A lead becomes the interim contact, at once, until a case lead accepts. With a conflict, having seen the names of
    the case's organisations, they step back instead.

    Refuses: not found, not a lead, a case that has a case lead or is not open, no answer about a conflict, names they
    have not seen, and a case that already has an interim contact.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    require_lead(viewer)
    if not case.is_open or case.lead_id is not None:
        raise CommandRefused("Only an open case without a case lead has an interim contact.")
    if has_conflict:
        step_aside(session, viewer, case)
        return
    say_no_conflict(session, viewer, case, no_conflict=no_conflict)
    # If two leads press at once, the second waits here and then sees the first.
    session.scalars(select(Case.id).where(Case.id == case.id).with_for_update()).one()
    if contact := _contact_of(session, case):
        raise CommandRefused(f"{contact} is already the interim contact.")
    add_contact(session, viewer, case, viewer.id, no_conflict=True)
    touch(case, viewer)
    refresh_card(session, case.id)


def _contact_of(session: Session, case: Case) -> str | None:
    return session.scalar(
        select(Volunteer.name)
        .join(Assignment, Assignment.volunteer_id == Volunteer.id)
        .where(
            Assignment.case_id == case.id,
            Assignment.role == AssignmentRole.INTERIM,
            Assignment.status == AssignmentStatus.ACCEPTED,
        )
        .order_by(Assignment.id)
        .limit(1)
    )
