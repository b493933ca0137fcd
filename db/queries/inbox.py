"""The inbox: what others did on the viewer's cases, and what concerns the viewer, since they marked it as read.

Read from the audit, so that no command can forget to tell anybody. Only newer changes are read: the inbox is for today,
and the history of each case has the rest. A large import pushes nobody's notices out: what is newer than some months is
read however much there is, and leads are not told of each case that an import opened.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, visible_among
from db.choices import AssignmentStatus
from db.coding_access import blind_cases
from db.declared import Tells, told
from db.models import Assignment, Audit, Case, Revision, Volunteer
from db.queries.case_history import people_in
from db.queries.paired import may_know, others_in, read_among
from db.queries.told_to_leads import said_with
from db.rules.codings import OF_FINDINGS
from db.rules.safety import TOLD_AT_ONCE

MOST = 50
# How far back to read: as many changes of the whole record, or as long, whichever is further. Never everything.
NEWEST = 5_000
LONG = timedelta(days=90)
# How many changes for the viewer are collected before the walls are checked, and how many are read at once.
LOOKED_AT = AT_ONCE = 500
FOR_LEADS = (Tells.LEADS, Tells.ONLY_LEADS)
FOR_NAMED, FOR_ASKER = (Tells.NAMED, Tells.NAMED_AND_ASKER), (Tells.ASKER, Tells.NAMED_AND_ASKER)
# How long somebody is told about a place that has ended.
LATELY = timedelta(days=30)


@dataclass(frozen=True)
class Notice:
    """One change. `about` is the person it concerns, if any; `is_mine` is true if that is the viewer; `others` are the
    references of other cases it names; `said` what somebody said to leads with it."""

    id: int
    at: datetime
    who: str | None
    action: str
    details: dict[str, Any]
    about: str | None
    case_id: int
    reference: str
    is_mine: bool
    is_new: bool
    others: tuple[str, ...] = ()
    said: str = ""


def inbox(session: Session, viewer: Viewer, seen: int) -> list[Notice]:
    """Newest first, at most MOST. `seen` is the id of the newest change the viewer has marked as read."""
    places = _places(session, viewer)
    news = _told(session, viewer, places)
    seen_cases = visible_among(session, viewer, {row.case_id for row in news})
    others = read_among(session, viewer, {other for row in news for other in others_in(row.details)})
    rows = [row for row in news if row.case_id in seen_cases and may_know(viewer, row.action, row.details, others)]
    rows = rows[:MOST]
    said = said_with(session, viewer, rows)
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
            case_id=row.case_id,
            reference=row.reference,
            is_mine=viewer.id in people_in(row.details),
            is_new=row.id > seen,
            others=tuple(others[other] for other in others_in(row.details)),
            said=said.get(row.id, ""),
        )
        for row in rows
    ]


def _told(session: Session, viewer: Viewer, places: Mapping[int, datetime | None]) -> list[Row[*tuple[object, ...]]]:
    """The newest changes for the viewer, before the walls are checked. Read in batches: usually one is enough."""
    query, found = _query(viewer).limit(AT_ONCE), list[Row[*tuple[object, ...]]]()
    rows = session.execute(query).all()
    while True:
        found += [row for row in rows if _is_told(row, viewer, places)]
        if len(found) >= LOOKED_AT or len(rows) < AT_ONCE:
            return found[:LOOKED_AT]
        rows = session.execute(query.where(Audit.id < rows[-1].id)).all()


def _places(session: Session, viewer: Viewer) -> dict[int, datetime | None]:
    """By case, for the viewer's newest place that is live or ended recently: since when they are told everything, or
    None for an offer or a place that has ended."""
    rows = session.execute(
        select(Assignment.case_id, Assignment.status, Assignment.answered_at, Assignment.offered_at)
        .where(theirs(viewer))
        .order_by(Assignment.id)
    )
    return {
        row.case_id: (row.answered_at or row.offered_at) if row.status is AssignmentStatus.ACCEPTED else None
        for row in rows
    }


def theirs(viewer: Viewer) -> ColumnElement[bool]:
    """The viewer's places that are offered, accepted, or ended within LATELY."""
    return theirs_since(viewer.id, clock.now() - LATELY)


def theirs_since(
    volunteer_id: int | BindParameter[int], ended: datetime | BindParameter[datetime]
) -> ColumnElement[bool]:
    """The same of somebody's places that `ended` at this time or later."""
    live = Assignment.status.in_((AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED))
    return and_(Assignment.volunteer_id == volunteer_id, or_(live, Assignment.ended_at >= ended))


def _query(viewer: Viewer) -> Select[*tuple[object, ...]]:
    own = select(Assignment.case_id).where(theirs(viewer))
    wanted: list[ColumnElement[bool]] = [Audit.case_id.in_(own)]
    named = Audit.details["volunteer_id"].as_integer() == viewer.id
    wanted.append(and_(Audit.action.in_(told(*FOR_NAMED)), named))
    asked = Audit.details["asked_by_id"].as_integer() == viewer.id
    wanted.append(and_(Audit.action.in_(told(*FOR_ASKER)), asked))
    if viewer.is_lead:
        wanted.append(Audit.action.in_(told(*FOR_LEADS, Tells.LEADS_OF_DANGER)))
    before = select(Audit.id).where(Audit.at < clock.now() - LONG).order_by(Audit.id.desc()).limit(1).scalar_subquery()
    newest = select(Revision.audit_id - NEWEST).scalar_subquery()
    return (
        select(Audit.id, Audit.at, Audit.action, Audit.details, Audit.case_id, Case.reference, Volunteer.name)
        .join(Case, Case.id == Audit.case_id)
        .outerjoin(Volunteer, Volunteer.id == Audit.actor_id)
        .where(
            or_(Audit.id > newest, Audit.id > func.coalesce(before, 0)),
            or_(Audit.action != "open_case", Case.source_key.is_(None), Audit.case_id.in_(own)),
            or_(Audit.actor_id.is_(None), Audit.actor_id != viewer.id),
            or_(Audit.action.not_in(OF_FINDINGS), Audit.case_id.not_in(blind_cases(viewer))),
            or_(*wanted),
        )
        .order_by(Audit.id.desc())
    )


def _is_told(row: Row[*tuple[object, ...]], viewer: Viewer, places: Mapping[int, datetime | None]) -> bool:
    if row.case_id in places:
        since = places[row.case_id]
        if viewer.id in people_in(row.details) or (since is not None and row.at >= since):
            return True
    if row.action in told(*FOR_NAMED) and viewer.id in people_in(row.details):
        return True
    if row.action in told(*FOR_ASKER) and row.details.get("asked_by_id") == viewer.id:
        return True
    if not viewer.is_lead:
        return False
    is_danger = row.details.get("code") in TOLD_AT_ONCE
    return row.action in told(*FOR_LEADS) or (is_danger and row.action in told(Tells.LEADS_OF_DANGER))
