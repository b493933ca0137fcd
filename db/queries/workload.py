"""Workload: each person's points and cases, beside their capacity.

Points are for open work; nothing here counts or ranks closed cases.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol, cast

import pandas as pd
from sqlalchemy import ColumnElement, Row, SQLColumnExpression, Subquery, and_, bindparam, case, func, literal, select
from sqlalchemy.orm import Session

from db.access import Viewer, visible_cases
from db.choices import OPEN_STAGES, AssignmentRole, AssignmentStatus, Condition, Role, Whose
from db.models import Assignment, Caps, Case, Deadline, Leave, Volunteer
from db.queries.conditions import condition_sql, points_sql
from db.queries.fairness import heavy_counts, resting
from db.queries.names import apart
from db.rules import points
from db.rules.allotting import caps_of
from db.rules.limits import Limits

AnyRow = Row[*tuple[object, ...]]
STAGE_COLUMNS = tuple(stage.value for stage in OPEN_STAGES)
COLUMNS = (
    "volunteer_id",
    "name",
    "role",
    "pledged_hours",
    "capacity",
    *STAGE_COLUMNS,
    "points",
    "cases",
    "active_cases",
    "crisis_cases",
    "offers",
    "deadlines",
    "updates_overdue",
    "away_until",
    "says_full",
    "quiet_until",
    "room",
    "skills",
    "most_active",
    "most_crisis",
    "heavy",
    "rests_until",
)


class Carrying(Protocol):
    """A row of the frame: the columns used to find somebody with room."""

    volunteer_id: int
    name: str
    capacity: float
    points: int
    active_cases: int
    crisis_cases: int
    offers: int
    away_until: date | None
    rests_until: date | None
    says_full: bool
    quiet_until: date | None
    skills: str
    most_active: int
    most_crisis: int


@dataclass(frozen=True)
class Workload:
    """`people`: COLUMNS, one row for each active lead and volunteer, those using most of their capacity first.

    Codes: role and room (green, amber, red, full, none). There is a column of points for each open stage. `deadlines`
    counts ours within limits.deadline_window_days; `updates_overdue` counts cases they lead; `offers` are waiting for
    their answer; `away_until` is the last day of current leave, `quiet_until` the first day on which they are asked for
    anything again, or None. `capacity`, `most_active` and `most_crisis`
    are their caseload limits; `heavy` counts demanding cases in the last limits.heavy_window_days; `rests_until`, for
    leads, is the last day without demanding cases for them.

    A volunteer is given their own row only, and of the others `with_room`: the names of those who have room today, by
    name. Who is over capacity, late or resting is for that person and the leads.
    """

    people: pd.DataFrame
    with_room: tuple[str, ...] = ()

    def carrying(self) -> Iterator[Carrying]:
        """The rows, typed."""
        return cast(Iterator[Carrying], self.people.itertuples())


def is_free(person: Carrying) -> bool:
    """Whether somebody may be suggested for a case: here, not at capacity, and not quiet."""
    return not person.says_full and person.quiet_until is None and person.away_until is None


def points_share(role: SQLColumnExpression[AssignmentRole], weight: ColumnElement[int]) -> ColumnElement[int]:
    """`rules.points.share` as an expression."""
    return case((role == AssignmentRole.LEAD, weight), else_=(weight + 1) // 2)


def workload(session: Session, viewer: Viewer, today: date, limits: Limits) -> Workload:
    """Everybody who does casework, even without cases. Empty for observers."""
    if not viewer.sees_cases:
        return Workload(people=pd.DataFrame(columns=list(COLUMNS)))
    carried = _carried(session, viewer, today, limits)
    heavy, rests = heavy_counts(session, viewer, today, limits), resting(session, viewer, today, limits)
    # Namesakes are told apart here, because a chart would draw them as one.
    workers = _caseworkers(session, today)
    names = apart(workers)
    records = [
        _record(row, carried[row.id], today, limits)
        | {"name": names.get(row.id, row.name), "heavy": heavy.get(row.id, 0), "rests_until": rests.get(row.id)}
        for row in workers
    ]
    records.sort(
        key=lambda record: (-_used(record["capacity"], record["points"]), record["name"], record["volunteer_id"])
    )
    others = [record for record in records if record["volunteer_id"] != viewer.id]
    if not viewer.is_lead:
        records = [record for record in records if record["volunteer_id"] == viewer.id]
    return Workload(
        people=pd.DataFrame(records, columns=list(COLUMNS)),
        with_room=tuple(sorted(record["name"] for record in others if _has_room(record))),
    )


def _has_room(record: dict[str, Any]) -> bool:
    return record["room"] == "green" and record["away_until"] is None and record["quiet_until"] is None


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
                Volunteer.username,
                Volunteer.role,
                Volunteer.pledged_hours,
                Volunteer.joined_on,
                Volunteer.says_full,
                case((Volunteer.quiet_until > today, Volunteer.quiet_until)).label("quiet_until"),
                Volunteer.skills,
                away.label("away_until"),
                Caps.most_crisis_cases,
                Caps.most_active_cases,
                Caps.most_points,
            )
            .outerjoin(Caps, Caps.volunteer_id == Volunteer.id)
            .where(Volunteer.active, Volunteer.role != Role.OBSERVER)
        )
    )


def _carried(session: Session, viewer: Viewer, today: date, limits: Limits) -> defaultdict[int, list[AnyRow]]:
    """By volunteer: one row for each stage in which they have or are offered cases the viewer may see."""
    accepted = Assignment.status == AssignmentStatus.ACCEPTED
    leads, not_interim = Assignment.role == AssignmentRole.LEAD, Assignment.role != AssignmentRole.INTERIM
    due = _due(today, limits)
    weight = points_share(Assignment.role, points_sql(today, limits))
    # Most cases have no flags, which is faster to check first.
    crisis = and_(Case.flags != "", (literal(" ") + Case.flags + " ").contains(" CRISIS "))
    rows = session.execute(
        select(
            Assignment.volunteer_id,
            Case.stage,
            func.coalesce(func.sum(weight).filter(accepted), 0).label("points"),
            func.count().filter(accepted).label("cases"),
            func.count().filter(accepted, not_interim).label("full_cases"),
            func.count().filter(accepted, not_interim, crisis).label("crisis_cases"),
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
    """By case: how many of our deadlines are within the window."""
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
    """Offered or accepted, as literals like in the index on live places: with bound values neither database would use
    it, and would read every place there has ever been."""
    live = [AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED]
    return Assignment.status.in_(bindparam("live", live, expanding=True, literal_execute=True))


def _record(
    person: AnyRow, stages: list[AnyRow], today: date, limits: Limits
) -> dict[str, Any]:  # Any: a row of the frame
    caps = caps_of(
        points.capacity(person.pledged_hours, person.joined_on, today),
        limits,
        crisis=person.most_crisis_cases,
        active=person.most_active_cases,
        points=person.most_points,
    )
    limit = caps.points
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
        "active_cases": sum(row.full_cases for row in stages if row.stage == "active"),
        "crisis_cases": sum(row.crisis_cases for row in stages),
        "offers": sum(row.offers for row in stages),
        "deadlines": sum(int(row.deadlines) for row in stages),
        "updates_overdue": sum(row.updates_overdue for row in stages),
        "away_until": person.away_until,
        "says_full": person.says_full,
        "quiet_until": person.quiet_until,
        "room": points.room(total, limit, says_full=person.says_full),
        "skills": " ".join(person.skills),
        "most_active": caps.active_cases,
        "most_crisis": caps.crisis_cases,
    }


def _used(limit: float, carried: int) -> float:
    """The share of capacity used; somebody with no pledged hours and no points comes last."""
    return float(carried / limit) if limit else float("inf") if carried else 0.0
