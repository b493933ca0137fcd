"""Audit rows that name other cases too: shown only to people who may read all of them in full."""

import functools
from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from db.access import Viewer, full_few
from db.choices import Role
from db.declared import Tells, told
from db.id_lists import among
from db.models import Case


def others_in(details: Mapping[str, object] | None) -> tuple[int, ...]:
    """The other cases that an audit row names."""
    others = details.get("other_ids") if details else None
    return tuple(others) if isinstance(others, list | tuple) else ()


def read_among(session: Session, viewer: Viewer, case_ids: Iterable[int]) -> dict[int, str]:
    """{id: reference} of those of a few cases that this person may read in full."""
    # Run even for no cases: one statement fewer would show that nothing was hidden.
    rows = session.execute(_few(viewer.role), {"ids": list(case_ids), "viewer_id": viewer.id})
    return {row.id: row.reference for row in rows}


@functools.cache
def _few(role: Role) -> Select[int, str]:
    return select(Case.id, Case.reference).where(among(Case.id, "ids"), full_few(role))


def may_know(viewer: Viewer, action: str, details: Mapping[str, object] | None, readable: Collection[int]) -> bool:
    """Whether this person may know of the row at all."""
    if action in told(Tells.ONLY_LEADS) and not viewer.is_lead:
        return False
    return all(other in readable for other in others_in(details))
