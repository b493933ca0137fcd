"""(volunteer, case) pairs that must not be: for offers, for moves, for cover."""

from collections.abc import Sequence

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from db.access import barred_pairs
from db.choices import AssignmentRole, AssignmentStatus
from db.models import Assignment, ConflictCheck

Pair = tuple[int, int]


def barred(session: Session, case_ids: Sequence[int]) -> set[Pair]:
    """(volunteer, case) for each wall around these cases."""
    wall = barred_pairs(case_ids=case_ids)
    return {(volunteer_id, case_id) for volunteer_id, case_id in session.execute(select(wall))}


def asked_before(session: Session, case_ids: Sequence[int]) -> set[Pair]:
    """Who has, had or turned down a place on the case itself; an interim contact knows it best of all."""
    pairs = session.execute(
        select(Assignment.volunteer_id, Assignment.case_id).where(
            Assignment.case_id.in_(case_ids), Assignment.role != AssignmentRole.INTERIM
        )
    )
    return {(volunteer_id, case_id) for volunteer_id, case_id in pairs}


def said_no_conflict(session: Session, case_ids: Sequence[int]) -> set[Pair]:
    """Who is on the case, or has said with its body's name in view that they know of no conflict."""
    said = select(ConflictCheck.volunteer_id, ConflictCheck.case_id).where(
        ConflictCheck.case_id.in_(case_ids), ConflictCheck.no_conflict.is_(True)
    )
    on_it = select(Assignment.volunteer_id, Assignment.case_id).where(
        Assignment.case_id.in_(case_ids), Assignment.status == AssignmentStatus.ACCEPTED
    )
    return {(volunteer_id, case_id) for volunteer_id, case_id in session.execute(union(said, on_it))}
