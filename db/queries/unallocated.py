"""Unallocated cases, and whom the doctor can reach meanwhile."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Protocol, cast

import pandas as pd
from sqlalchemy import Label, Row, and_, func, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, full_of_visible, visible_cases
from db.choices import AssignmentRole, AssignmentStatus
from db.models import Assignment, Case, Volunteer
from db.models.cases import URGENT_RANK
from db.queries.conditions import points_sql
from db.rules.clock import working_days_between
from db.rules.limits import Limits

MOST_UNALLOCATED = 20
RED, AMBER, SOON = "red", "amber", "soon"
AnyRow = Row[*tuple[object, ...]]
UNALLOCATED_COLUMNS = (
    "case_id",
    "points",
    "reference",
    "stage",
    "flags",
    "red_flag",
    "opened_on",
    "waiting_days",
    "level",
    "processes",
    "region",
    "body_kind",
    "offered_to",
    "contact",
    "full",
)


class Waits(Protocol):
    """A row of the frame: the columns used to find somebody for the case."""

    case_id: int
    points: int
    reference: str
    flags: str
    processes: str
    offered_to: str | None


@dataclass(frozen=True)
class Unallocated:
    """`rows`: UNALLOCATED_COLUMNS of the first MOST_UNALLOCATED of `total` open cases without a case lead.

    `case_id` and `points` are for `suggestions`, and never shown. Codes: stage, flags, processes, region, body_kind.
    `waiting_days` are working days without a case lead; `level` is soon, amber or red; `offered_to` is the person who
    has been offered it, or None; `contact` is the interim contact or somebody else on the case, or None if the doctor
    has nobody. Unless the case is `full`, the viewer sees only the card, and both are always None.
    """

    rows: pd.DataFrame
    total: int

    def waits(self) -> Iterator[Waits]:
        """The rows, typed."""
        return cast(Iterator[Waits], self.rows.itertuples())


def unallocated(session: Session, viewer: Viewer, today: date, limits: Limits) -> Unallocated:
    """Open cases without a case lead, urgent flags first, then the longest without one."""
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
            _contact(),
            full_of_visible(viewer).label("full"),
            func.count().over().label("total"),
        )
        .where(waiting)
        .order_by(Case.queue_rank, Case.unallocated_since, Case.id)
        .limit(MOST_UNALLOCATED)
    ).all()
    records = [_waiting(row, today, limits) for row in rows]
    frame = pd.DataFrame(records, columns=list(UNALLOCATED_COLUMNS))
    return Unallocated(rows=frame, total=rows[0].total if rows else 0)


def _offered_to() -> Label[str]:
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


def _contact() -> Label[str]:
    return (
        select(Volunteer.name)
        .join(Assignment, Assignment.volunteer_id == Volunteer.id)
        .where(Assignment.case_id == Case.id, Assignment.status == AssignmentStatus.ACCEPTED)
        .order_by(Assignment.role != AssignmentRole.INTERIM, Assignment.id)
        .limit(1)
        .scalar_subquery()
        .label("contact")
    )


def _waiting(row: AnyRow, today: date, limits: Limits) -> tuple[object, ...]:
    since = clock.london_day(row.unallocated_since)
    days = working_days_between(since, today, nation=row.nation)
    red_flag = row.queue_rank <= URGENT_RANK
    # With an urgent flag a case may wait a day, not a week (docs/domain.md §4.2).
    if days >= limits.unallocated_red_working_days or (red_flag and since < today):
        level = RED
    else:
        level = AMBER if days >= limits.unallocated_amber_working_days else SOON
    return (
        row.id,
        row.points,
        row.reference,
        row.stage.value,
        " ".join(sorted(row.flags.split())),
        red_flag,
        row.opened_on,
        days,
        level,
        " ".join(sorted(set(row.process_codes.split()))),
        row.region,
        row.body_kind,
        row.offered_to if row.full else None,
        row.contact if row.full else None,
        bool(row.full),
    )
