"""Open cases that no lead may see, because every lead is behind the wall. No user may be told of one, so the operator
is."""

from collections.abc import Sequence

from sqlalchemy import Select, func, not_, or_, select
from sqlalchemy.orm import Session

from db.choices import Role
from db.models import Case, Volunteer
from db.walls import barred_pairs


def unled_cases(case_ids: Sequence[int] | None = None) -> Select[int]:
    """Ids of the open cases (of these, or of all) that every active lead is barred from."""
    leads = select(Volunteer.id).where(Volunteer.role == Role.LEAD, Volunteer.active)
    many = select(func.count()).select_from(leads.subquery()).scalar_subquery()
    pairs = barred_pairs(case_ids=case_ids, also_waiting=True)
    walled = (
        select(pairs.c.case_id)
        .where(pairs.c.volunteer_id.in_(leads))
        .group_by(pairs.c.case_id)
        .having(func.count(pairs.c.volunteer_id.distinct()) == many)
    )
    nobody = not_(leads.exists())
    query = select(Case.id).where(Case.is_open, or_(Case.id.in_(walled), nobody)).order_by(Case.id)
    return query if case_ids is None else query.where(Case.id.in_(case_ids))


def count_unled(session: Session) -> int:
    """How many there are."""
    return session.scalar(select(func.count()).select_from(unled_cases().subquery())) or 0
