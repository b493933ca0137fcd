"""The few cases that could need somebody, for their Home page."""

from typing import NamedTuple

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from db.access import Viewer, barred_among, own_cases, visible_among
from db.choices import AssignmentStatus
from db.coding_access import blind_cases
from db.models import Action, ActionOffer, Assignment, Case


class Concern(NamedTuple):
    """A case that could need somebody: whether it is their own, its card is visible, and it is offered to them."""

    id: int
    own: bool
    card: bool
    offered: bool


def concerning(session: Session, viewer: Viewer) -> list[Concern]:
    """The few open cases that could need this person: those they are on, are offered or are asked to code, and those
    where they own or are offered an action. Listed first, so that the wall is checked once and not in every part."""
    own = Case.id.in_(own_cases(viewer.id))
    offered = select(Assignment.case_id).where(
        Assignment.volunteer_id == viewer.id, Assignment.status == AssignmentStatus.OFFERED
    )
    acting = select(Action.case_id).where(Action.owner_id == viewer.id, Action.done_at.is_(None))
    asked = select(ActionOffer.case_id).where(
        ActionOffer.to_id == viewer.id, ActionOffer.status == AssignmentStatus.OFFERED
    )
    to_code = blind_cases(viewer)
    theirs = union(own_cases(viewer.id), offered, acting, asked, to_code).subquery()
    marks = (own.label("own"), Case.id.in_(offered).label("offered"))
    join = select(Case.id, *marks).join_from(theirs, Case, Case.id == theirs.c[0])
    rows = session.execute(join.where(Case.is_open)).all()
    seen = visible_among(session, viewer, [row.id for row in rows])
    hidden = [row.id for row in rows if row.offered and row.id not in seen]
    shut = barred_among(session, viewer, hidden) if hidden else set()
    told = {row.id for row in rows if row.offered and row.id not in shut}
    return [Concern(row.id, row.own and row.id in seen, row.id in seen, row.id in told) for row in rows]
