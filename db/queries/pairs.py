"""(volunteer, case) pairs that decide who may be offered, moved to or covers a case."""

import functools
from collections.abc import Sequence

from sqlalchemy import CompoundSelect, Select, select, union
from sqlalchemy.orm import Session

from db.access import barred_pairs
from db.choices import AssignmentRole, AssignmentStatus
from db.id_lists import among
from db.models import Assignment, Case, ConflictCheck

Pair = tuple[int, int]


def barred(session: Session, case_ids: Sequence[int]) -> set[Pair]:
    """Everybody who is barred from any of these cases."""
    return _pairs(session, _walls(), case_ids)


@functools.cache
def _walls() -> Select[int, int]:
    few = select(Case.id).where(among(Case.id, "ids")).cte("few")
    wall = barred_pairs(case_ids=select(few.c.id))
    return select(wall.c.volunteer_id, wall.c.case_id)


def asked_before(session: Session, case_ids: Sequence[int]) -> set[Pair]:
    """Who has, had or declined a place on the case; not interim contacts, who know it best."""
    return _pairs(session, _placed(), case_ids)


@functools.cache
def _placed() -> Select[int, int]:
    return select(Assignment.volunteer_id, Assignment.case_id).where(
        among(Assignment.case_id, "ids"), Assignment.role != AssignmentRole.INTERIM
    )


def said_no_conflict(session: Session, case_ids: Sequence[int]) -> set[Pair]:
    """Who is on the case, or has seen its organisations' names and said that they know of no conflict."""
    return _pairs(session, _free_of_conflict(), case_ids)


@functools.cache
def _free_of_conflict() -> CompoundSelect[int, int]:
    said = select(ConflictCheck.volunteer_id, ConflictCheck.case_id).where(
        among(ConflictCheck.case_id, "ids"), ConflictCheck.no_conflict.is_(True)
    )
    on_it = select(Assignment.volunteer_id, Assignment.case_id).where(
        among(Assignment.case_id, "ids"), Assignment.status == AssignmentStatus.ACCEPTED
    )
    return union(said, on_it)


def _pairs(session: Session, query: Select[int, int] | CompoundSelect[int, int], case_ids: Sequence[int]) -> set[Pair]:
    found = session.execute(query, {"ids": list(case_ids)})
    return {(volunteer_id, case_id) for volunteer_id, case_id in found}
