"""Workload: each person's points and cases, beside their capacity.

Points are for open work; nothing here counts or ranks closed cases.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, cast

import pandas as pd
from sqlalchemy import Row, case, func, select
from sqlalchemy.orm import Session

from db.access import Viewer
from db.choices import OPEN_STAGES, Role
from db.models import Caps, Leave, Volunteer
from db.queries.changed_cases import KeptLines
from db.queries.names import apart
from db.queries.places import Carried, carried, places_now
from db.rules import points
from db.rules.allotting import caps_of, cool_until
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


def workload(
    session: Session, viewer: Viewer, today: date, limits: Limits, *, places: KeptLines | None = None
) -> Workload:
    """Everybody who does casework, even without cases. Empty for observers. `places` may come from an earlier call of
    `places_now` at the same revision, with the same day and limits."""
    if not viewer.sees_cases:
        return Workload(people=pd.DataFrame(columns=list(COLUMNS)))
    load = carried(session, viewer, places or places_now(session, today, limits))
    # Namesakes are told apart here, because a chart would draw them as one.
    workers = _caseworkers(session, today)
    names = apart(workers)
    records = [
        _record(row, load.get(row.id, Carried()), today, limits)
        | {"name": names.get(row.id, row.name), "rests_until": _rests_until(load.get(row.id), viewer, today, limits)}
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


def _record(person: AnyRow, load: Carried, today: date, limits: Limits) -> dict[str, Any]:  # Any: a row of the frame
    caps = caps_of(
        points.capacity(person.pledged_hours, person.joined_on, today),
        limits,
        crisis=person.most_crisis_cases,
        active=person.most_active_cases,
        points=person.most_points,
    )
    limit = caps.points
    total = sum(load.points)
    return {
        "volunteer_id": person.id,
        "name": person.name,
        "role": person.role.value,
        "pledged_hours": person.pledged_hours,
        "capacity": limit,
        **dict(zip(STAGE_COLUMNS, load.points, strict=True)),
        "points": total,
        "cases": load.cases,
        "active_cases": load.active_cases,
        "crisis_cases": load.crisis_cases,
        "offers": load.offers,
        "deadlines": load.deadlines,
        "updates_overdue": load.updates_overdue,
        "heavy": load.heavy,
        "away_until": person.away_until,
        "says_full": person.says_full,
        "quiet_until": person.quiet_until,
        "room": points.room(total, limit, says_full=person.says_full),
        "skills": " ".join(person.skills),
        "most_active": caps.active_cases,
        "most_crisis": caps.crisis_cases,
    }


def _rests_until(load: Carried | None, viewer: Viewer, today: date, limits: Limits) -> date | None:
    """The last day without demanding cases for them. Only leads are told."""
    if load is None or not load.rests_since or not viewer.is_lead:
        return None
    return cool_until(date.fromordinal(load.rests_since), today, limits)


def _used(limit: float, carried: int) -> float:
    """The share of capacity used; somebody with no pledged hours and no points comes last."""
    return float(carried / limit) if limit else float("inf") if carried else 0.0
