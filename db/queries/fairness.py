"""Sharing work fairly over time: recent demanding cases, and time after a hearing. Never a ranking."""

from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, union
from sqlalchemy.orm import Session

from db.access import Viewer, visible_cases
from db.choices import AssignmentRole, AssignmentStatus
from db.models import Assignment, Case, Debrief, Flag
from db.queries.conditions import midnight, points_sql
from db.rules.allotting import CRISIS, HEARING, cool_until
from db.rules.limits import Limits


def heavy_counts(session: Session, viewer: Viewer, today: date, limits: Limits) -> dict[int, int]:
    """{volunteer: demanding cases they were on, not as interim contact, in the last limits.heavy_window_days}."""
    start = today - timedelta(days=limits.heavy_window_days)
    rows = session.execute(
        select(Assignment.volunteer_id, func.count(Assignment.case_id.distinct()))
        .join(Case, Case.id == Assignment.case_id)
        .where(
            Assignment.case_id.in_(_heavy_cases(start, today, limits)),
            Assignment.role != AssignmentRole.INTERIM,
            _held_since(start),
            visible_cases(viewer),
        )
        .group_by(Assignment.volunteer_id)
    )
    return {row[0]: row[1] for row in rows}


def _heavy_cases(start: date, today: date, limits: Limits) -> Select[int]:
    """Cases with a crisis or a hearing since `start`, or limits.heavy_points or more now."""
    flagged = select(Flag.case_id).where(
        Flag.code.in_((CRISIS, HEARING)), or_(Flag.cleared_at.is_(None), Flag.cleared_at >= midnight(start))
    )
    heard = select(Debrief.case_id).where(Debrief.happened_on >= start)
    weighty = select(Case.id).where(Case.is_open, points_sql(today, limits) >= limits.heavy_points)
    found = union(flagged, heard, weighty).subquery()
    return select(found.c[0])


def _held_since(start: date) -> ColumnElement[bool]:
    ended = and_(
        Assignment.status == AssignmentStatus.ENDED,
        Assignment.answered_at.is_not(None),
        Assignment.ended_at >= midnight(start),
    )
    return or_(Assignment.status == AssignmentStatus.ACCEPTED, ended)


def resting(session: Session, viewer: Viewer, today: date, limits: Limits) -> dict[int, date]:
    """{volunteer: the last day without demanding cases for them}. For leads; empty for others."""
    if not viewer.is_lead:
        return {}
    first = today - timedelta(days=limits.cool_down_days)
    rows = session.execute(
        select(Debrief.volunteer_id, func.max(Debrief.happened_on))
        .join(Case, and_(Case.id == Debrief.case_id, visible_cases(viewer)))
        .where(Debrief.happened_on >= first, ~Debrief.ready)
        .group_by(Debrief.volunteer_id)
    )
    until = {volunteer_id: cool_until(happened_on, today, limits) for volunteer_id, happened_on in rows}
    return {volunteer_id: last for volunteer_id, last in until.items() if last}
