"""Handing over a place: ended and offered to somebody else, or kept until they accept."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.access import read_case, require_lead, viewer_of
from db.card import refresh_card
from db.choices import AssignmentRole, AssignmentStatus, EntryKind
from db.commands.assignments import add_offer, end_assignment, offer_case, said_unchecked
from db.commands.record import add_line, audit, clean_text, touch
from db.declared import Patterns, command
from db.errors import CommandRefused
from db.models import Assignment, Handover


@command(says=None, patterns=Patterns.ALWAYS)
def hand_over(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    assignment_id: int,
    handover: str,
    role: AssignmentRole,
    to_id: int | None = None,
    unchecked: bool = False,
) -> None:
    """Ends a place and, if `to_id` is given, offers it to that person with the note as the reason.

    Refuses whatever `end_assignment` or `offer_case` refuses; then neither happens.
    """
    end_assignment(session, actor_id=actor_id, reference=reference, assignment_id=assignment_id, handover=handover)
    if to_id is not None:
        offer_case(
            session,
            actor_id=actor_id,
            reference=reference,
            volunteer_id=to_id,
            role=role,
            reason=handover,
            unchecked=unchecked,
        )


@command(says="offered to hand over to {about}; the case lead stays until they accept", patterns=Patterns.NEVER)
def offer_handover(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    volunteer_id: int,
    reason: str,
    handover: str,
    unchecked: bool = False,
) -> None:
    """A lead offers to hand a case over while its case lead stays: their place ends, with the note, when the other
    person accepts.

    Refuses whatever `offer_case` refuses, and: no case lead, no note, a handover that is waiting for an answer.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    require_lead(viewer)
    mine = select(Assignment).where(Assignment.case_id == case.id, Assignment.role == AssignmentRole.LEAD)
    held = session.scalar(mine.where(Assignment.status == AssignmentStatus.ACCEPTED))
    if held is None:
        raise CommandRefused("This case has no case lead. Offer the case instead.")
    waits = mine.join(Handover, Handover.offer_id == Assignment.id)
    if session.scalar(waits.where(Assignment.status == AssignmentStatus.OFFERED)) is not None:
        raise CommandRefused("A handover of this case is waiting for an answer. Take that offer back first.")
    note = clean_text(handover, field="handover", label="Handover note")
    person, offer = add_offer(session, viewer, case, volunteer_id, AssignmentRole.LEAD, reason, unchecked=unchecked)
    session.add(Handover(case_id=case.id, offer_id=offer.id, replaces_id=held.id, note=note))
    words = f"Handover of the case offered to {person.name}; the case lead stays until they accept."
    words += said_unchecked(case)
    add_line(session, viewer, case, EntryKind.SYSTEM, words)
    touch(case, viewer)
    audit(session, viewer, "offer_handover", case=case, volunteer_id=volunteer_id)
    refresh_card(session, case.id)
