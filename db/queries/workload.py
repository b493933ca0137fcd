"""Workload: who carries what against what they pledged, and which cases have nobody.

Points weigh open work; nothing here counts or ranks closures.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Row, Subquery, and_, bindparam, case, func, literal, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, visible_cases
from db.choices import OPEN_STAGES, AssignmentRole, AssignmentStatus, Condition, Role, Whose
from db.models import Assignment, Case, Deadline, Leave, Volunteer
from db.queries.conditions import condition_sql, points_sql
from db.rules import points
from db.rules.clock import working_days_between
from db.rules.limits import Limits

MOST_UNALLOCATED = 20
RED, AMBER, SOON = "red", "amber", "soon"
AnyRow = Row[*tuple[Any, ...]]
STAGE_COLUMNS = tuple(stage.value for stage in OPEN_STAGES)
COLUMNS = (
    "volunteer_id", "name", "role", "pledged_hours", "capacity", *STAGE_COLUMNS, "points", "cases",
    "active_cases", "crisis_cases", "offers", "deadlines", "updates_overdue", "away_until", "says_full",
    "room", "skills",
)  # fmt: skip
UNALLOCATED_COLUMNS = (
    "case_id", "points", "reference", "stage", "flags", "red_flag", "opened_on", "waiting_days", "level",
    "processes", "region", "body_kind", "offered_to",
)  # fmt: skip


@dataclass(frozen=True)
class Workload:
    """`people`: COLUMNS, one row for each active lead and volunteer, the most used share of capacity first.

    Codes: role and room (green, amber, red, full); a column of points for each open stage; `deadlines` are
    the doctors' own within limits.deadline_window_days; `updates_overdue` counts cases they lead; `offers`
    wait for their answer; `away_until` is the last day of leave under way, or None.
    """

    people: pd.DataFrame


@dataclass(frozen=True)
class Unallocated:
    """`rows`: UNALLOCATED_COLUMNS of the first MOST_UNALLOCATED of `total` open cases without a case lead.

    `case_id` and `points` are for `suggestions`, and never shown. Codes: stage, flags, processes, region,
    body_kind; `waiting_days` are working days without a case lead;
    `level` is soon, amber or red; `offered_to` names whoever has an offer to lead it, or is None.
    """

    rows: pd.DataFrame
    total: int


def points_share(role: Any, weight: ColumnElement[int]) -> ColumnElement[int]:
    """`rules.points.share` as an expression."""
    return case((role == AssignmentRole.LEAD, weight), else_=(weight + 1) // 2)


def workload(session: Session, viewer: Viewer, today: date, limits: Limits) -> Workload:
    """Everybody who does casework, those with nothing too. Empty for observers."""
    if not viewer.sees_cases:
        return Workload(people=pd.DataFrame(columns=list(COLUMNS)))
    carried = _carried(session, viewer, today, limits)
    records = [_record(row, carried[row.id], today) for row in _caseworkers(session, today)]
    records.sort(key=lambda record: (-_used(record), record["name"], record["volunteer_id"]))
    return Workload(people=pd.DataFrame(records, columns=list(COLUMNS)))


def unallocated(session: Session, viewer: Viewer, today: date, limits: Limits) -> Unallocated:
    """Open cases without a case lead, red flags first, then the longest without one."""
    waiting = and_(Case.is_open, Case.lead_id.is_(None), visible_cases(viewer))
    rows = session.execute(
        select(
            Case.id,
            points_sql(today, limits).label("points"),
            Case.reference,
            Case.stage,
            Case.flags,
            Case.queue_rank,
            Case.opened_on,
            Case.unallocated_since,
            Case.process_codes,
            Case.region,
            Case.nation,
            Case.body_kind,
            _offered_to(),
            func.count().over().label("total"),
        )
        .where(waiting)
        .order_by(Case.queue_rank, Case.unallocated_since, Case.id)
        .limit(MOST_UNALLOCATED)
    ).all()
    records = [_waiting(row, today, limits) for row in rows]
    frame = pd.DataFrame(records, columns=list(UNALLOCATED_COLUMNS))
    return Unallocated(rows=frame, total=rows[0].total if rows else 0)


def _caseworkers(session: Session, today: date) -> list[AnyRow]:
    away = (
        select(func.max(Leave.ends_on))
        .where(Leave.volunteer_id == Volunteer.id, Leave.starts_on <= today, Leave.ends_on >= today)
        .scalar_subquery()
    )
    return list(
        session.execute(
            select(
                Volunteer.id,
                Volunteer.name,
                Volunteer.role,
                Volunteer.pledged_hours,
                Volunteer.joined_on,
                Volunteer.says_full,
                Volunteer.skills,
                away.label("away_until"),
            ).where(Volunteer.active, Volunteer.role != Role.OBSERVER)
        )
    )


def _carried(session: Session, viewer: Viewer, today: date, limits: Limits) -> defaultdict[int, list[AnyRow]]:
    """By volunteer: one row for each stage in which they hold or are offered something visible."""
    accepted = Assignment.status == AssignmentStatus.ACCEPTED
    leads = Assignment.role == AssignmentRole.LEAD
    due = _due(today, limits)
    weight = points_share(Assignment.role, points_sql(today, limits))
    # Most cases have no flag, and to search none of them is quickest.
    crisis = and_(Case.flags != "", (literal(" ") + Case.flags + " ").contains(" CRISIS "))
    rows = session.execute(
        select(
            Assignment.volunteer_id,
            Case.stage,
            func.coalesce(func.sum(weight).filter(accepted), 0).label("points"),
            func.count().filter(accepted).label("cases"),
            func.count().filter(accepted, crisis).label("crisis_cases"),
            func.count().filter(Assignment.status == AssignmentStatus.OFFERED).label("offers"),
            func.count()
            .filter(accepted, leads, condition_sql(Condition.UPDATE_OVERDUE, today, limits))
            .label("updates_overdue"),
            func.coalesce(func.sum(due.c.deadlines).filter(accepted), 0).label("deadlines"),
        )
        .join(Case, Case.id == Assignment.case_id)
        .outerjoin(due, due.c.case_id == Case.id)
        .where(_is_live(), Case.is_open, visible_cases(viewer))
        .group_by(Assignment.volunteer_id, Case.stage)
    )
    found: defaultdict[int, list[AnyRow]] = defaultdict(list)
    for row in rows:
        found[row.volunteer_id].append(row)
    return found


def _due(today: date, limits: Limits) -> Subquery:
    """By case: the doctor's own deadlines within the window."""
    last = today + timedelta(days=limits.deadline_window_days)
    return (
        select(Deadline.case_id, func.count().label("deadlines"))
        .where(
            Deadline.due_on.between(today, last),
            Deadline.met_on.is_(None),
            Deadline.lapsed_on.is_(None),
            Deadline.whose == Whose.OURS,
        )
        .group_by(Deadline.case_id)
        .subquery()
    )


def _is_live() -> ColumnElement[bool]:
    """Offered or accepted, in the very words of the index on live places: with bound values neither
    database would use it, and would read every place there ever was."""
    live = [AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED]
    return Assignment.status.in_(bindparam("live", live, expanding=True, literal_execute=True))


def _record(person: AnyRow, stages: list[AnyRow], today: date) -> dict[str, Any]:
    limit = points.capacity(person.pledged_hours, person.joined_on, today)
    by_stage = {row.stage: int(row.points) for row in stages}
    total = sum(by_stage.values())
    return {
        "volunteer_id": person.id,
        "name": person.name,
        "role": person.role.value,
        "pledged_hours": person.pledged_hours,
        "capacity": limit,
        **{stage.value: by_stage.get(stage, 0) for stage in OPEN_STAGES},
        "points": total,
        "cases": sum(row.cases for row in stages),
        "active_cases": sum(row.cases for row in stages if row.stage == "active"),
        "crisis_cases": sum(row.crisis_cases for row in stages),
        "offers": sum(row.offers for row in stages),
        "deadlines": sum(int(row.deadlines) for row in stages),
        "updates_overdue": sum(row.updates_overdue for row in stages),
        "away_until": person.away_until,
        "says_full": person.says_full,
        "room": points.room(total, limit, says_full=person.says_full),
        "skills": " ".join(person.skills),
    }


def _used(record: dict[str, Any]) -> float:
    """The share of capacity used; somebody who pledged nothing and carries nothing comes last."""
    limit, carried = record["capacity"], record["points"]
    return float(carried / limit) if limit else float("inf") if carried else 0.0


def _offered_to() -> Any:
    return (
        select(Volunteer.name)
        .join(Assignment, Assignment.volunteer_id == Volunteer.id)
        .where(
            Assignment.case_id == Case.id,
            Assignment.role == AssignmentRole.LEAD,
            Assignment.status == AssignmentStatus.OFFERED,
        )
        .order_by(Assignment.id)
        .limit(1)
        .scalar_subquery()
        .label("offered_to")
    )


def _waiting(row: AnyRow, today: date, limits: Limits) -> tuple[Any, ...]:
    since = clock.london_day(row.unallocated_since)
    days = working_days_between(since, today, nation=row.nation)
    red_flag = row.queue_rank == 0
    # A red flag waits a day, not a week (domain.md §4).
    if days >= limits.unallocated_red_working_days or (red_flag and since < today):
        level = RED
    else:
        level = AMBER if days >= limits.unallocated_amber_working_days else SOON
    return (
        row.id, row.points, row.reference, row.stage.value, " ".join(sorted(row.flags.split())), red_flag,
        row.opened_on, days, level, " ".join(sorted(set(row.process_codes.split()))), row.region,
        row.body_kind, row.offered_to,
    )  # fmt: skip
