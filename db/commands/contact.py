"""The interim contact: somebody the doctor can reach while a case has no case lead."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, is_barred, read_case, require_lead, viewer_of
from db.card import refresh_card
from db.choices import AssignmentRole, AssignmentStatus, EntryKind, Role
from db.commands.record import add_line, audit, touch
from db.declared import Patterns, change, command
from db.errors import CommandRefused
from db.models import Assignment, Case, Leave, Volunteer

TAKEN = "Until a case lead accepts"
LED = "A case lead accepted"
LIVE = (AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED)


change("interim_contact", says="made {about} the interim contact", moves_access=True)


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
    # Imported here: whoever steps aside leaves a case, which must keep a contact.
    from db.commands.conflicts import say_no_conflict, step_aside

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


def add_contact(
    session: Session, viewer: Viewer | None, case: Case, volunteer_id: int, *, no_conflict: bool = False
) -> None:
    """Makes somebody the interim contact at once, with its line and audit row."""
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
    """After `left` left an open case: where nobody is on it any more, whoever did it becomes the interim contact if
    they are another lead, else a lead who is here and may see it. They are not asked first: it is theirs to pass on.
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
    """As a case lead accepts: every interim place and offer of one ends by itself."""
    for row in session.scalars(
        select(Assignment).where(
            Assignment.case_id == case.id, Assignment.role == AssignmentRole.INTERIM, Assignment.status.in_(LIVE)
        )
    ):
        row.status, row.ended_at, row.ended_reason = AssignmentStatus.ENDED, clock.now(), LED


def free_lead(session: Session, case: Case, *, besides: int | None = None) -> int | None:
    """A lead who may see the case, one who is here before one who is away."""
    leads = session.scalars(
        select(Volunteer.id)
        .where(Volunteer.role == Role.LEAD, Volunteer.active)
        .order_by(Volunteer.id.in_(away_today()), Volunteer.says_full, Volunteer.id)
    )
    return next((lead for lead in leads if lead != besides and not is_barred(session, lead, case.id)), None)


def away_today() -> Select[int]:
    """Ids of the people on leave today."""
    today = clock.today()
    return select(Leave.volunteer_id).where(Leave.starts_on <= today, Leave.ends_on >= today)


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
