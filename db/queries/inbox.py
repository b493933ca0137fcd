"""The inbox: what others did on one's cases, and what concerns oneself, since one last looked.

Read from the audit, so that no command can forget to tell anybody. Only the newest changes are looked at: an
inbox is for today, the history of each case is for the rest.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from db.access import Viewer, visible_cases
from db.choices import AssignmentStatus
from db.models import Assignment, Audit, Case, Revision, Volunteer
from db.queries.case_history import PEOPLE, people_in

MOST = 50
# How far back a look goes, in changes of the whole record: some weeks, and never a scan of all there was.
NEWEST = 5_000
# What leads hear of on every case they may see, not on their own only.
FOR_LEADS = ("open_case", "ask_exception", "left_behind")


@dataclass(frozen=True)
class Notice:
    """One change. `about` is the person it concerns, where there is one; `is_mine` where that is the reader."""

    id: int
    at: datetime
    who: str | None
    action: str
    details: dict[str, Any]
    about: str | None
    reference: str
    is_mine: bool
    is_new: bool


def inbox(session: Session, viewer: Viewer, seen: int) -> list[Notice]:
    """Newest first, at most MOST. `seen` is the id of the newest change the reader has marked as read."""
    rows = session.execute(_query(viewer).order_by(Audit.id.desc()).limit(MOST)).all()
    people = {id for row in rows for id in people_in(row.details)}
    names = dict(session.execute(select(Volunteer.id, Volunteer.name).where(Volunteer.id.in_(people))).all())
    return [
        Notice(
            id=row.id,
            at=row.at,
            who=row.name,
            action=row.action,
            details=row.details,
            about=next((names.get(id) for id in people_in(row.details)), None),
            reference=row.reference,
            is_mine=viewer.id in people_in(row.details),
            is_new=row.id > seen,
        )
        for row in rows
    ]


def unread(session: Session, viewer: Viewer, seen: int) -> int:
    """How many of the inbox's lines are new; MOST means that many or more."""
    newest = _query(viewer).where(Audit.id > seen).limit(MOST).subquery()
    return session.scalar(select(func.count()).select_from(newest)) or 0


def _query(viewer: Viewer) -> Select[Any]:
    mine = or_(*(Audit.details[name].as_integer() == viewer.id for name in PEOPLE))
    conditions: list[ColumnElement[bool]] = [
        and_(
            Assignment.status == AssignmentStatus.ACCEPTED,
            Audit.at >= func.coalesce(Assignment.answered_at, Assignment.offered_at),
        ),
        and_(Assignment.id.is_not(None), mine),
    ]
    if viewer.is_lead:
        crisis = and_(Audit.action == "raise_flag", Audit.details["code"].as_string() == "CRISIS")
        conditions += [Audit.action.in_(FOR_LEADS), crisis]
    place = and_(Assignment.case_id == Audit.case_id, Assignment.volunteer_id == viewer.id, _is_newest(viewer))
    return (
        select(Audit.id, Audit.at, Audit.action, Audit.details, Case.reference, Volunteer.name)
        .join(Case, Case.id == Audit.case_id)
        .outerjoin(Assignment, place)
        .outerjoin(Volunteer, Volunteer.id == Audit.actor_id)
        .where(
            Audit.id > select(Revision.audit_id - NEWEST).scalar_subquery(),
            or_(Audit.actor_id.is_(None), Audit.actor_id != viewer.id),
            visible_cases(viewer),
            or_(*conditions),
        )
    )


def _is_newest(viewer: Viewer) -> ColumnElement[bool]:
    """Of several places one after another on a case, the last: each change is told once."""
    newest = select(func.max(Assignment.id)).where(Assignment.volunteer_id == viewer.id).group_by(Assignment.case_id)
    return Assignment.id.in_(newest)
