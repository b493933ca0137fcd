"""The interim contact: somebody the doctor can reach while a case has no case lead."""

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
    """A lead takes the place of interim contact themselves, at once, until a case lead accepts. One who has a conflict,
    with the names of its bodies in view, is recused instead.

    Refuses: not found, not a lead, a case with a case lead or that is over, no answer about a conflict, bodies that
    were not in view, a contact already.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    require_lead(viewer)
    if not case.is_open or case.lead_id is not None:
        raise CommandRefused("An interim contact is for an open case without a case lead.")
    if has_conflict:
        step_aside(session, viewer, case)
        return
    say_no_conflict(session, viewer, case, no_conflict=no_conflict)
    # Of two leads who press at once, the second waits here and then sees the first.
    session.scalars(select(Case.id).where(Case.id == case.id).with_for_update()).one()
    if contact := _contact_of(session, case):
        raise CommandRefused(f"{contact} is the interim contact already.")
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
