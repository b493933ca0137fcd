"""Who is told of an employer that somebody declared: leads without a conflict there themselves."""

import functools
from collections.abc import Sequence

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from db.models import Affiliation
from db.walls import barred_bodies


def shares(session: Session, lead_id: int, declared: Affiliation) -> bool:
    """Whether this lead belongs or belonged to the same organisation (or one that counts as the same) or circle."""
    return bool(shared(session, lead_id, [declared]))


def shared(session: Session, lead_id: int, declared: Sequence[Affiliation]) -> set[int]:
    """The ids of those declarations of which that is so."""
    if not declared:
        return set()
    asked = {"lead_id": lead_id}
    bodies = set(session.scalars(_bodies(), asked))
    circles = {tuple(row) for row in session.execute(_circles(), asked)}
    return {
        row.id
        for row in declared
        if (row.organisation_id in bodies if row.organisation_id is not None else _circle(row) in circles)
    }


@functools.cache
def _bodies() -> Select[int]:
    return barred_bodies(bindparam("lead_id"))


@functools.cache
def _circles() -> Select[str | None, str | None]:
    own = select(Affiliation.specialty_group, Affiliation.region)
    return own.where(Affiliation.volunteer_id == bindparam("lead_id"), Affiliation.organisation_id.is_(None))


def _circle(row: Affiliation) -> tuple[str | None, str | None]:
    return row.specialty_group, row.region
