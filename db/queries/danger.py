"""Doctors at risk today: each live flag of a crisis or of patient safety, and who acts on it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, bindparam, case, func, null, select
from sqlalchemy.orm import Session, aliased

from db import clock
from db.access import Viewer, full_cases, kept, own_cases
from db.choices import AssignmentStatus, Stage
from db.models import Assignment, Case, Flag, Leave, UpdateRequest, Volunteer
from db.rules.safety import TOLD_AT_ONCE

MOST = 12
# So long a flag is new, and stands before those that leads know of.
NEW = timedelta(days=1)


@dataclass(frozen=True)
class InDanger:
    """One flag on one case. `lead` is the case lead, None where there is none or they have left; `away_until` and
    `cover` are of their leave today. `contact` is somebody else on the case. `is_theirs`: the viewer is on the case, or
    covers for somebody who is. `asked_on`: an update was asked for and not given yet."""

    reference: str
    stage: Stage
    code: str
    why: str
    since: date
    review_on: date
    lead: str | None
    away_until: date | None
    cover: str | None
    contact: str | None
    is_theirs: bool
    asked_on: date | None


@dataclass(frozen=True)
class Danger:
    """The first MOST of `total` flags: new ones first, the newest before all; then the viewer's own, then those without
    a case lead, then by the day to look again."""

    first: tuple[InDanger, ...]
    total: int


def in_danger(session: Session, viewer: Viewer, today: date) -> Danger:
    """Of open cases the viewer may read in full: for leads all, for volunteers their own."""
    rows = session.execute(_flags(viewer, today), {"newest": clock.now() - NEW, "most": MOST}).all()
    found = tuple(
        InDanger(
            reference=row.reference,
            stage=row.stage,
            code=row.code,
            why=row.why,
            since=clock.london_day(row.set_at),
            review_on=row.review_on,
            lead=row.lead,
            away_until=row.away_until,
            cover=row.cover,
            contact=row.contact,
            is_theirs=bool(row.is_theirs),
            asked_on=_day(row.asked_at),
        )
        for row in rows
    )
    return Danger(found, rows[0].total if rows else 0)


@kept
def _flags(viewer: Viewer, today: date) -> Select[*tuple[object, ...]]:
    lead, theirs = aliased(Volunteer), Case.id.in_(own_cases(viewer.id))
    newest_first = case((Flag.set_at >= bindparam("newest", type_=Flag.set_at.type), Flag.set_at), else_=null())
    return (
        select(
            Case.reference,
            Case.stage,
            Flag.code,
            Flag.why,
            Flag.set_at,
            Flag.review_on,
            lead.name.label("lead"),
            _away_until(today).label("away_until"),
            _cover(today).label("cover"),
            _contact().label("contact"),
            theirs.label("is_theirs"),
            UpdateRequest.asked_at,
            func.count().over().label("total"),
        )
        .select_from(Flag)
        .join(Case, Case.id == Flag.case_id)
        .outerjoin(lead, and_(lead.id == Case.lead_id, lead.active))
        .outerjoin(UpdateRequest, and_(UpdateRequest.case_id == Case.id, UpdateRequest.answered_at.is_(None)))
        .where(Flag.code.in_(TOLD_AT_ONCE), Flag.cleared_at.is_(None), Case.is_open, full_cases(viewer))
        .order_by(newest_first.desc().nulls_last(), ~theirs, lead.id.is_not(None), Flag.review_on, Flag.set_at, Flag.id)
        .limit(bindparam("most"))
    )


def _day(at: datetime | None) -> date | None:
    return clock.london_day(at) if at else None


def _on_leave(today: date) -> ColumnElement[bool]:
    return and_(Leave.volunteer_id == Case.lead_id, Leave.starts_on <= today, Leave.ends_on >= today)


def _away_until(today: date) -> ScalarSelect[date]:
    return select(func.max(Leave.ends_on)).where(_on_leave(today)).correlate(Case).scalar_subquery()


def _cover(today: date) -> ScalarSelect[str]:
    who = aliased(Volunteer)
    names = select(who.name).join(Leave, Leave.cover_id == who.id).where(_on_leave(today), who.active)
    return names.order_by(Leave.id).limit(1).correlate(Case).scalar_subquery()


def _contact() -> ScalarSelect[str]:
    who = aliased(Volunteer)
    others = (
        select(who.name)
        .join(Assignment, Assignment.volunteer_id == who.id)
        .where(
            Assignment.case_id == Case.id,
            Assignment.status == AssignmentStatus.ACCEPTED,
            Case.lead_id.is_distinct_from(who.id),
            who.active,
        )
    )
    return others.order_by(Assignment.id).limit(1).correlate(Case).scalar_subquery()
