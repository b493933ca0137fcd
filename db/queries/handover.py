"""Places still held by people who have left or no longer do casework, until each is handed over or ended."""

from dataclasses import dataclass
from datetime import date

import pandas as pd
from sqlalchemy import Row, Select, and_, or_, select
from sqlalchemy.orm import Session, aliased

from db.access import Viewer, kept, visible_cases
from db.choices import AssignmentRole, AssignmentStatus, Role, Stage
from db.models import Action, Assignment, Case, Volunteer
from db.queries.conditions import points_sql
from db.queries.suggestions import Suggestion, suggestions
from db.queries.unallocated import UNALLOCATED_COLUMNS, Unallocated
from db.queries.workload import workload
from db.rules.limits import Limits


@dataclass(frozen=True)
class LeftBehind:
    """A place on an open case, held by somebody who has left. `action` is the case's next action, or empty; `to` are
    the people it could be offered to, best first; `lead` is the case lead if this is a different place.
    """

    assignment_id: int
    volunteer_id: int
    name: str
    reference: str
    stage: Stage
    role: AssignmentRole
    action: str
    action_on: date | None
    lead: str | None
    to: tuple[Suggestion, ...]


def left_behind(session: Session, viewer: Viewer, today: date, limits: Limits) -> list[LeftBehind]:
    """Places of people who have left or no longer do casework, on cases this lead may see, most urgent first."""
    if not viewer.is_lead:
        return []
    does_none = or_(Volunteer.active.is_(False), Volunteer.role == Role.OBSERVER)
    gone = session.scalars(select(Volunteer.id).where(does_none)).all()
    rows = list(session.execute(_places(viewer, tuple(gone), today, limits))) if gone else []
    led = [row for row in rows if row.role is AssignmentRole.LEAD]
    found: dict[str, tuple[Suggestion, ...]] = {}
    if led:
        load = workload(session, viewer, today, limits)
        found = suggestions(session, viewer, load, Unallocated(rows=_as_waiting(led), total=len(led)), limits)
    return [
        LeftBehind(
            assignment_id=row.assignment_id,
            volunteer_id=row.volunteer_id,
            name=row.name,
            reference=row.reference,
            stage=row.stage,
            role=row.role,
            action=row.action or "",
            action_on=row.next_action_on,
            lead=None if row.role is AssignmentRole.LEAD else row.lead,
            to=found.get(row.reference, ()) if row.role is AssignmentRole.LEAD else (),
        )
        for row in rows
    ]


@kept
def _places(viewer: Viewer, gone: tuple[int, ...], today: date, limits: Limits) -> Select[*tuple[object, ...]]:
    lead = aliased(Volunteer)
    return (
        select(
            Assignment.id.label("assignment_id"),
            Assignment.volunteer_id,
            Volunteer.name,
            Assignment.role,
            Case.id.label("case_id"),
            Case.reference,
            Case.stage,
            Case.flags,
            Case.process_codes,
            Case.next_action_on,
            Action.text.label("action"),
            lead.name.label("lead"),
            points_sql(today, limits).label("points"),
        )
        .join(Volunteer, Volunteer.id == Assignment.volunteer_id)
        .join(Case, Case.id == Assignment.case_id)
        .outerjoin(Action, Action.id == Case.next_action_id)
        .outerjoin(lead, and_(lead.id == Case.lead_id, lead.active))
        .where(
            Assignment.volunteer_id.in_(gone),
            Assignment.status == AssignmentStatus.ACCEPTED,
            Case.is_open,
            visible_cases(viewer),
        )
        .order_by(Case.queue_rank, Case.queue_due_on, Case.id, Assignment.id)
    )


def _as_waiting(rows: list[Row[*tuple[object, ...]]]) -> pd.DataFrame:
    """The cases in the form that `suggestions` takes: like unallocated ones."""
    known = {
        "case_id": [row.case_id for row in rows],
        "points": [row.points for row in rows],
        "reference": [row.reference for row in rows],
        "flags": [row.flags for row in rows],
        "processes": [row.process_codes for row in rows],
    }
    return pd.DataFrame(known).reindex(columns=list(UNALLOCATED_COLUMNS))
