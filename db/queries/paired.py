"""Audit rows that name other cases beside their own: shown only to those who may read them all in full."""

import functools
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from db.access import Viewer, full_few
from db.choices import Role
from db.declared import Tells, told
from db.models import Case


def others_in(details: dict[str, Any] | None) -> tuple[int, ...]:
    """The other cases that an audit row names."""
    return tuple(details.get("other_ids", ())) if details else ()


def read_among(session: Session, viewer: Viewer, case_ids: Iterable[int]) -> dict[int, str]:
    """{id: reference} of those of a few cases that this person may read in full."""
    # Asked even of none: a statement less would tell that there was nothing to hide.
    rows = session.execute(_few(viewer.role), {"ids": list(case_ids), "viewer_id": viewer.id})
    return {row.id: row.reference for row in rows}


@functools.cache
def _few(role: Role) -> Select[int, str]:
    return select(Case.id, Case.reference).where(Case.id.in_(bindparam("ids", expanding=True)), full_few(role))


def may_know(viewer: Viewer, action: str, details: dict[str, Any] | None, readable: Collection[int]) -> bool:
    """Whether this person may know of the row at all."""
    if action in told(Tells.ONLY_LEADS) and not viewer.is_lead:
        return False
    return all(other in readable for other in others_in(details))
