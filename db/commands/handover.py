"""Passing a place on: ended for one person with a handover note, and offered to the next, in one step."""

from sqlalchemy.orm import Session

from db.choices import AssignmentRole
from db.commands.assignments import end_assignment, offer_case


def hand_over(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    assignment_id: int,
    handover: str,
    role: AssignmentRole,
    to_id: int | None = None,
) -> None:
    """Ends a place and, where `to_id` says to whom, offers the same place on with the note as the reason.

    Refuses as `end_assignment` and `offer_case` do; then neither happens.
    """
    end_assignment(session, actor_id=actor_id, reference=reference, assignment_id=assignment_id, handover=handover)
    if to_id is not None:
        offer_case(session, actor_id=actor_id, reference=reference, volunteer_id=to_id, role=role, reason=handover)
