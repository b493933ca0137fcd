"""(volunteer, case) pairs that must not be: for offers, for moves, for cover."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.access import barred_pairs
from db.choices import AssignmentRole
from db.models import Assignment

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
