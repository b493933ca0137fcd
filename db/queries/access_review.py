"""Who looked at what, by person, and what of it is unusual. For leads.

A case the lead is barred from is neither listed nor counted. Leads may read every case, so for them only an identity
opened without being on the case is flagged as such.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd
from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    String,
    Subquery,
    Text,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    not_,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, barred_pairs, counted_cases, require_lead
from db.choices import AssignmentStatus, AuditAction, Role
from db.models import AccessLog, Assignment, Audit, Case, Recusal, Volunteer
from db.queries.days import LondonDay
from db.rules.limits import Limits
from db.rules.unusual import Unusual

MOST_PEOPLE = 200
COLUMNS = (
    "volunteer_id",
    "name",
    "username",
    "role",
    "active",
    "cases",
    "identities",
    "searches",
    "heatmaps",
    *Unusual,
)
# Marks of a single line; `Unusual.MANY`, which comes first, depends on a whole day.
ON_A_LINE = (Unusual.NO_PLACE, Unusual.ENDED, Unusual.CONFLICT, Unusual.LEFT, Unusual.DECLARED)
DECLARING = "add_affiliation"
HELD = (AssignmentStatus.ACCEPTED, AssignmentStatus.ENDED)


@dataclass(frozen=True)
class Period:
    """London days, both ends included."""

    first: date
    last: date


@dataclass(frozen=True)
class Look:
    """One line of the access log, and why it is unusual, if it is."""

    at: datetime
    action: str
    reference: str | None
    reason: str | None
    unusual: tuple[Unusual, ...]


def access_review(session: Session, viewer: Viewer, period: Period, limits: Limits) -> pd.DataFrame:
    """Everybody who looked at anything in the period, those with something unusual first, at most MOST_PEOPLE.

    Columns: volunteer_id, name, username, role (code), active, cases (distinct, viewed), identities (opened), searches,
    heatmaps (raw), and one for each code of `Unusual`: many (days), the others (lines). Declaring an employer of their
    own counts as a line. Refuses anybody but a lead.
    """
    require_lead(viewer)
    looks = _looks(viewer, period)
    days, line = _busy_days(looks, limits).c, looks.c
    busy = select(days.actor_id, func.count().label("days")).group_by(days.actor_id).subquery()
    counted = (AuditAction.IDENTITY, AuditAction.SEARCH, AuditAction.RAW_HEATMAP)
    # By person first: joined to the lines, the busy days would be worked out for each line.
    counts = (
        select(
            line.actor_id,
            func.count(line.case_id.distinct()).filter(line.action == AuditAction.VIEW).label("cases"),
            *(func.count().filter(line.action == action).label(action.value) for action in counted),
            *(func.count().filter(line[mark.value]).label(mark.value) for mark in ON_A_LINE),
        )
        .group_by(line.actor_id)
        .subquery()
    )
    by_person = [column for column in counts.c if column.key != "actor_id"]
    many = func.coalesce(busy.c.days, 0)
    unusual = [many, *(counts.c[mark.value] for mark in ON_A_LINE)]
    person = (Volunteer.id, Volunteer.name, Volunteer.username, Volunteer.role, Volunteer.active)
    query = (
        select(*person, *by_person[: len(counted) + 1], *unusual)
        .join_from(counts, Volunteer, Volunteer.id == counts.c.actor_id)
        .outerjoin(busy, busy.c.actor_id == counts.c.actor_id)
        .order_by(case((or_(*(count > 0 for count in unusual)), 0), else_=1), Volunteer.name, Volunteer.id)
        .limit(MOST_PEOPLE)
    )
    return pd.DataFrame.from_records([tuple(row) for row in session.execute(query)], columns=list(COLUMNS))


def access_lines(
    session: Session,
    viewer: Viewer,
    volunteer_id: int,
    period: Period,
    limits: Limits,
    *,
    only_unusual: bool = False,
    shown: int,
) -> list[Look]:
    """What one person looked at, newest first; one row more than `shown` means that there are more.

    Refuses anybody but a lead.
    """
    require_lead(viewer)
    looks = _looks(viewer, period, volunteer_id)
    days, line = _busy_days(looks, limits), looks.c
    many_views = and_(line.action == AuditAction.VIEW, days.c.cases)
    many_opened = and_(line.action == AuditAction.IDENTITY, days.c.opened)
    many = exists().where(line.day == days.c.day, or_(many_views, many_opened))
    marks = [many, *(line[mark.value] for mark in ON_A_LINE)]
    query = select(line.at, line.action, line.reference, line.reason, *(mark.label(None) for mark in marks))
    if only_unusual:
        query = query.where(or_(*marks))
    rows = session.execute(query.order_by(line.at.desc(), line.id.desc()).limit(shown + 1))
    return [Look(row.at, row.action, row.reference, row.reason, _told(row[4:])) for row in rows]


def _told(truths: Sequence[object]) -> tuple[Unusual, ...]:
    return tuple(mark for mark, is_so in zip(Unusual, truths, strict=True) if is_so)


def _looks(viewer: Viewer, period: Period, volunteer_id: int | None = None) -> CTE:
    """The lines of the period that this lead may know of, each with every mark but MANY."""
    log, on_a_case = AccessLog, AccessLog.case_id.is_not(None)
    as_lead = and_(Volunteer.role == Role.LEAD, log.action != AuditAction.IDENTITY)
    # An identity of no case is of somebody's message about a doctor, of which this lead may know nothing: who opened it
    # is said with the message itself.
    of_no_case = and_(log.case_id.is_(None), log.action != AuditAction.IDENTITY)
    # Joined, because a subquery would be worked out again for each line.
    in_period = and_(log.at >= clock.midnight(period.first), log.at < clock.midnight(period.last + timedelta(days=1)))
    first_days, day = _first_days(in_period, volunteer_id), LondonDay(log.at)
    body = first_days.c
    had_place, has_place = _places(log.at, ended=True), _places(log.at, ended=False)
    marks = {
        Unusual.NO_PLACE: and_(on_a_case, not_(as_lead), not_(has_place), not_(had_place)),
        Unusual.ENDED: and_(on_a_case, not_(as_lead), not_(has_place), had_place),
        # Whenever it was declared.
        Unusual.CONFLICT: or_(body.since <= day, _was_recused()),
        Unusual.LEFT: _had_left(),
        Unusual.DECLARED: false(),
    }
    query = (
        select(
            log.id,
            log.at,
            log.actor_id,
            log.action,
            log.case_id,
            log.reason,
            Case.reference,
            day.label("day"),
            *(mark.label(name.value) for name, mark in marks.items()),
        )
        .join_from(log, Volunteer, Volunteer.id == log.actor_id)
        .outerjoin(Case, Case.id == log.case_id)
        .outerjoin(first_days, and_(body.volunteer_id == log.actor_id, body.case_id == log.case_id))
        .where(in_period, or_(of_no_case, counted_cases(viewer)))
    )
    declared = _declared(period)
    if volunteer_id is not None:
        query, declared = query.where(log.actor_id == volunteer_id), declared.where(Audit.actor_id == volunteer_id)
    return union_all(query, declared).cte("looks")


def _declared(period: Period) -> Select[*tuple[object, ...]]:
    """What people declared for themselves, as lines: the cards that then vanish show which organisation is whose."""
    none, no_text = cast(null(), Integer), cast(null(), String)
    marks = (true() if mark is Unusual.DECLARED else false() for mark in ON_A_LINE)
    return select(
        Audit.id, Audit.at, Audit.actor_id, Audit.action, none, cast(null(), Text), no_text, LondonDay(Audit.at), *marks
    ).where(
        Audit.action == DECLARING,
        Audit.details["volunteer_id"].as_integer() == Audit.actor_id,
        Audit.at >= clock.midnight(period.first),
        Audit.at < clock.midnight(period.last + timedelta(days=1)),
    )


def _places(at: object, *, ended: bool) -> ColumnElement[bool]:
    """Whether the person was on the case then, or had been but no longer was."""
    over = Assignment.ended_at < at if ended else or_(Assignment.ended_at.is_(None), Assignment.ended_at >= at)
    return exists().where(
        Assignment.case_id == AccessLog.case_id,
        Assignment.volunteer_id == AccessLog.actor_id,
        Assignment.status.in_(HELD),
        Assignment.answered_at <= at,
        over,
    )


def _first_days(in_period: ColumnElement[bool], volunteer_id: int | None) -> Subquery:
    """(volunteer_id, case_id, since): the first day somebody belonged to an organisation in a case, for cases that
    were looked at: of all cases there are millions of pairs."""
    looked_at = select(AccessLog.case_id).where(in_period, AccessLog.case_id.is_not(None))
    wall = barred_pairs(volunteer_id=volunteer_id, case_ids=looked_at, dated=True, also_waiting=True).c
    since = func.min(wall.since).label("since")
    return select(wall.volunteer_id, wall.case_id, since).group_by(wall.volunteer_id, wall.case_id).subquery()


def _was_recused() -> ColumnElement[bool]:
    return exists().where(
        Recusal.volunteer_id == AccessLog.actor_id, Recusal.case_id == AccessLog.case_id, Recusal.at < AccessLog.at
    )


def _had_left() -> ColumnElement[bool]:
    """Whether the account had ended by then and had not been let back in."""
    person = Audit.details["volunteer_id"].as_integer()
    moves = select(Audit.id, Audit.at, Audit.action, person.label("person")).where(
        Audit.action.in_(("deactivate", "reactivate"))
    )
    # A CTE, because it is used twice: these rows are few in a long audit.
    few = moves.cte("comings_and_goings")
    left, back = few.alias("left_them"), few.alias("back_again")
    came_back = (
        exists()
        .where(
            back.c.action == "reactivate",
            back.c.person == AccessLog.actor_id,
            back.c.id > left.c.id,
            back.c.at <= AccessLog.at,
        )
        .correlate(left, AccessLog)
    )
    return exists().where(
        left.c.action == "deactivate", left.c.person == AccessLog.actor_id, left.c.at < AccessLog.at, not_(came_back)
    )


def _busy_days(looks: CTE, limits: Limits) -> CTE:
    """(actor_id, day, cases, opened): days over the limits, and whether for cases viewed or identities opened."""
    line = looks.c
    cases = func.count(line.case_id.distinct()).filter(line.action == AuditAction.VIEW) > limits.many_cases_a_day
    opened = func.count().filter(line.action == AuditAction.IDENTITY) > limits.many_identities_a_day
    days: Select[*tuple[object, ...]] = (
        select(line.actor_id, line.day, cases.label("cases"), opened.label("opened"))
        .group_by(line.actor_id, line.day)
        .having(or_(cases, opened))
    )
    return days.cte("busy_days")
