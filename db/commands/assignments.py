"""Places on a case: offered with a reason, accepted or declined, ended with a handover note."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, is_barred, read_case, require_lead, viewer_of
from db.card import refresh_card
from db.choices import AssignmentRole, AssignmentStatus, EntryKind, Role
from db.commands.record import add_line, audit, clean_text, touch
from db.errors import CommandRefused, NotFound
from db.models import Assignment, Case, Leave, Volunteer


def offer_case(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    volunteer_id: int,
    role: AssignmentRole,
    reason: str,
) -> None:
    """A lead offers a place. Refuses: not a lead, not found, a closed case, somebody barred, away, full in
    their own words or without casework, and a second case lead while there is one.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    require_lead(viewer)
    if not case.is_open:
        raise CommandRefused("This case is not open.")
    words = clean_text(reason, field="reason", label="Reason")
    person = session.get(Volunteer, volunteer_id)
    # One sentence for every reason a person cannot be told: a barred person must not be pointed at.
    unfit = person is None or not person.active or person.role is Role.OBSERVER
    if person is None or unfit or is_barred(session, volunteer_id, case.id):
        raise CommandRefused("Volunteer: choose one of those offered.", field="volunteer_id")
    if person.says_full:
        raise CommandRefused(f"{person.name} says they are full: their word counts.", field="volunteer_id")
    if _on_leave(session, volunteer_id):
        raise CommandRefused(f"{person.name} is on leave today.", field="volunteer_id")
    if role is AssignmentRole.LEAD and case.lead_id is not None:
        raise CommandRefused("This case has a case lead: end that place first.", field="role")
    session.add(
        Assignment(
            case_id=case.id,
            volunteer_id=volunteer_id,
            role=role,
            status=AssignmentStatus.OFFERED,
            offered_by_id=viewer.id,
            offered_at=clock.now(),
            reason=words,
        )
    )
    session.flush()
    _record(session, viewer, case, f"{role.label} offered to {person.name}.", "offer_case", volunteer_id)


def answer_offer(
    session: Session,
    *,
    actor_id: int,
    assignment_id: int,
    accept: bool,
    no_conflict: bool = False,
    reason: str = "",
) -> str:
    """The person offered a place accepts it, declaring no conflict, or declines it with a reason.

    Returns the case's reference. Refuses: another's offer or none ("not found"), answered already, no
    declaration, no reason for declining, and accepting the lead a moment after somebody else.
    """
    viewer = viewer_of(session, actor_id)
    row, case = _own_row(session, viewer, assignment_id, AssignmentStatus.OFFERED)
    if accept:
        if not no_conflict:
            raise CommandRefused("Declare that you know of no conflict of interest first.", field="no_conflict")
        if row.role is AssignmentRole.LEAD and case.lead_id is not None:
            raise CommandRefused("Somebody else became case lead a moment ago. Refresh to see who.")
        row.status, row.no_conflict = AssignmentStatus.ACCEPTED, True
        words = f"{row.role.label} accepted."
    else:
        row.ended_reason = clean_text(reason, field="reason", label="Reason")
        row.status = AssignmentStatus.DECLINED
        words = f"{row.role.label} declined."
    row.answered_at = clock.now()
    session.flush()
    _record(session, viewer, case, words, "answer_offer", viewer.id, accepted=accept)
    return case.reference


def end_assignment(session: Session, *, actor_id: int, reference: str, assignment_id: int, handover: str) -> None:
    """Ends a place, or takes back an offer: one's own, or any for a lead, with a handover note."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = session.get(Assignment, assignment_id)
    live = (AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED)
    if row is None or row.case_id != case.id or row.status not in live:
        raise CommandRefused("That place has already ended.", field="assignment_id")
    if row.volunteer_id != viewer.id:
        require_lead(viewer)
    note = clean_text(handover, field="handover", label="Handover note")
    person = session.get_one(Volunteer, row.volunteer_id)
    row.status, row.ended_at, row.ended_reason = AssignmentStatus.ENDED, clock.now(), note
    words = f"{row.role.label} ended for {person.name}. Handover: {note}"
    _record(session, viewer, case, words, "end_assignment", row.volunteer_id)


def mark_left_behind(session: Session, viewer: Viewer, person: Volunteer) -> None:
    """For somebody who leaves: takes back the offers they have not answered, and notes on each open case where they
    hold a place that it is to be handed over.
    """
    live = (AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED)
    rows = session.execute(
        select(Assignment, Case)
        .join(Case, Case.id == Assignment.case_id)
        .where(Assignment.volunteer_id == person.id, Assignment.status.in_(live), Case.is_open)
        .order_by(Assignment.id)
    ).all()
    for row, case in rows:
        if row.status is AssignmentStatus.OFFERED:
            row.status, row.ended_at, row.ended_reason = AssignmentStatus.ENDED, clock.now(), "Has left"
            words, action = f"Offer taken back: {person.name} has left.", "end_assignment"
        else:
            words, action = f"{person.name}, {row.role.label.lower()}, has left: to be handed over.", "left_behind"
        _record(session, viewer, case, words, action, person.id)


def _own_row(session: Session, viewer: Viewer, assignment_id: int, status: AssignmentStatus) -> tuple[Assignment, Case]:
    row = session.get(Assignment, assignment_id)
    if row is None or row.volunteer_id != viewer.id or is_barred(session, viewer.id, row.case_id):
        raise NotFound("That offer is no longer open.")
    if row.status is not status:
        raise CommandRefused("That offer has already been answered.")
    return row, session.get_one(Case, row.case_id)


def _on_leave(session: Session, volunteer_id: int) -> bool:
    today = clock.today()
    away = select(func.count()).where(
        Leave.volunteer_id == volunteer_id, Leave.starts_on <= today, Leave.ends_on >= today
    )
    return bool(session.scalar(away))


def _record(
    session: Session, viewer: Viewer, case: Case, words: str, action: str, volunteer_id: int, **details: bool
) -> None:
    add_line(session, viewer, case, EntryKind.SYSTEM, words)
    touch(case, viewer)
    audit(session, viewer, action, case=case, volunteer_id=volunteer_id, **details)
    refresh_card(session, case.id)
