"""People: hours, skills, leave, employers and links, and the cases they hold.

The list is for leads. A person's details are for them and for leads. Cases the viewer is barred from are neither listed
nor counted.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import pandas as pd
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from db.access import Viewer, visible_cases
from db.choices import AffiliationKind, AssignmentRole, AssignmentStatus, Role, Stage
from db.errors import NotFound
from db.models import Affiliation, Assignment, Caps, Case, Leave, Organisation, SecondFactor, Volunteer
from db.rules.points import capacity
from db.sign_in import has_factor

LIVE = (AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED)
COLUMNS = (
    "volunteer_id",
    "name",
    "username",
    "role",
    "pledged_hours",
    "skills",
    "cases",
    "away_until",
    "says_full",
    "employers",
    "joined_on",
    "signed_up",
    "has_factor",
    "active",
)


@dataclass(frozen=True)
class LeaveDays:
    id: int
    starts_on: date
    ends_on: date
    cover_id: int | None
    cover: str | None


@dataclass(frozen=True)
class OwnCaps:
    """Caseload limits that a lead has set for somebody; None leaves the usual limit."""

    most_crisis_cases: int | None
    most_active_cases: int | None
    most_points: int | None
    reason: str
    set_by: str


@dataclass(frozen=True)
class Employer:
    """An organisation somebody belongs or belonged to, or (`body` is None) a specialty circle in a region. `bars_until`
    is the last day it bars them, or None; `waits` is true if it needs a lead's agreement to count in full."""

    id: int
    kind: AffiliationKind
    body: str | None
    body_code: str | None
    specialty_group: str | None
    region: str | None
    started_on: date
    ended_on: date | None
    bars_until: date | None
    waits: bool


@dataclass(frozen=True)
class Held:
    """A place on an open case, accepted or offered."""

    assignment_id: int
    reference: str
    stage: Stage
    role: AssignmentRole
    status: AssignmentStatus
    is_matched: bool


@dataclass(frozen=True)
class PersonDetail:
    """One account, with everything its forms need. Without leave that is over."""

    id: int
    name: str
    username: str
    email: str
    role: Role
    pledged_hours: float
    skills: tuple[str, ...]
    says_full: bool
    active: bool
    signed_up: bool
    has_factor: bool
    joined_on: date
    version: int
    leaves: tuple[LeaveDays, ...]
    employers: tuple[Employer, ...]
    held: tuple[Held, ...]
    capacity: float
    caps: OwnCaps | None


def people(session: Session, viewer: Viewer, today: date) -> pd.DataFrame:
    """Every account, active ones first, by name. For leads; empty for anybody else.

    Columns: volunteer_id, name, username, role (code), pledged_hours, skills (codes), cases (open, held),
    away_until (last day of current leave, or None), says_full, employers (names, current ones), joined_on, signed_up
    (has set a password), has_factor (two-step sign-in is on), active.
    """
    if not viewer.is_lead:
        return pd.DataFrame(columns=list(COLUMNS))
    away = (
        select(func.max(Leave.ends_on))
        .where(Leave.volunteer_id == Volunteer.id, Leave.starts_on <= today, Leave.ends_on >= today)
        .scalar_subquery()
    )
    employers, held = _employers_now(session, today), _held_counts(session, viewer)
    factor = select(SecondFactor.confirmed_at).where(SecondFactor.volunteer_id == Volunteer.id).scalar_subquery()
    listed = select(Volunteer, away, factor.is_not(None))
    rows = session.execute(listed.order_by(Volunteer.active.desc(), Volunteer.name, Volunteer.id))
    records = [
        (
            row.id,
            row.name,
            row.username,
            row.role.value,
            row.pledged_hours,
            " ".join(row.skills),
            held.get(row.id, 0),
            away_until,
            row.says_full,
            "; ".join(employers[row.id]),
            row.joined_on,
            row.password_hash is not None,
            factor_in_use,
            row.active,
        )
        for row, away_until, factor_in_use in rows
    ]
    return pd.DataFrame.from_records(records, columns=list(COLUMNS))


def person_detail(session: Session, viewer: Viewer, volunteer_id: int, today: date) -> PersonDetail:
    """One person: the viewer, or anybody for a lead. Refuses (NotFound) anybody else."""
    person = session.get(Volunteer, volunteer_id) if viewer.is_lead or viewer.id == volunteer_id else None
    if person is None:
        raise NotFound("Not found. Choose somebody from the list.")
    return PersonDetail(
        id=person.id,
        name=person.name,
        username=person.username,
        email=person.email or "",
        role=person.role,
        pledged_hours=person.pledged_hours,
        skills=tuple(person.skills),
        says_full=person.says_full,
        active=person.active,
        signed_up=person.password_hash is not None,
        has_factor=has_factor(session, person.id),
        joined_on=person.joined_on,
        version=person.version,
        leaves=_leaves(session, volunteer_id, today),
        employers=_employers(session, volunteer_id),
        held=_held(session, viewer, volunteer_id),
        capacity=capacity(person.pledged_hours, person.joined_on, today),
        caps=_caps(session, volunteer_id),
    )


def _employers_now(session: Session, today: date) -> defaultdict[int, list[str]]:
    rows = session.execute(
        select(Affiliation.volunteer_id, Organisation.name)
        .join(Organisation, Organisation.id == Affiliation.organisation_id)
        .where(or_(Affiliation.ended_on.is_(None), Affiliation.ended_on >= today))
        .order_by(Organisation.name)
    )
    found: defaultdict[int, list[str]] = defaultdict(list)
    for volunteer_id, name in rows:
        found[volunteer_id].append(name)
    return found


def _held_counts(session: Session, viewer: Viewer) -> dict[int, int]:
    rows = session.execute(
        select(Assignment.volunteer_id, func.count())
        .join(Case, Case.id == Assignment.case_id)
        .where(Assignment.status == AssignmentStatus.ACCEPTED, Case.is_open, visible_cases(viewer))
        .group_by(Assignment.volunteer_id)
    )
    return {row[0]: row[1] for row in rows}


def _leaves(session: Session, volunteer_id: int, today: date) -> tuple[LeaveDays, ...]:
    rows = session.execute(
        select(Leave.id, Leave.starts_on, Leave.ends_on, Leave.cover_id, Volunteer.name.label("cover"))
        .outerjoin(Volunteer, Volunteer.id == Leave.cover_id)
        .where(Leave.volunteer_id == volunteer_id, Leave.ends_on >= today)
        .order_by(Leave.starts_on, Leave.id)
    )
    return tuple(LeaveDays(**row._mapping) for row in rows)


def _caps(session: Session, volunteer_id: int) -> OwnCaps | None:
    row = session.execute(
        select(Caps.most_crisis_cases, Caps.most_active_cases, Caps.most_points, Caps.reason, Volunteer.name)
        .join(Volunteer, Volunteer.id == Caps.set_by_id)
        .where(Caps.volunteer_id == volunteer_id)
    ).one_or_none()
    return OwnCaps(*row) if row else None


def _employers(session: Session, volunteer_id: int) -> tuple[Employer, ...]:
    rows = session.execute(
        select(
            Affiliation.id,
            Affiliation.kind,
            Organisation.name.label("body"),
            Organisation.code.label("body_code"),
            Affiliation.specialty_group,
            Affiliation.region,
            Affiliation.started_on,
            Affiliation.ended_on,
            Affiliation.bars_until,
            Affiliation.waits,
        )
        .outerjoin(Organisation, Organisation.id == Affiliation.organisation_id)
        .where(Affiliation.volunteer_id == volunteer_id)
        .order_by(Affiliation.started_on.desc(), Affiliation.id)
    )
    return tuple(Employer(**row._mapping) for row in rows)


def _held(session: Session, viewer: Viewer, volunteer_id: int) -> tuple[Held, ...]:
    rows = session.execute(
        select(
            Assignment.id.label("assignment_id"),
            Case.reference,
            Case.stage,
            Assignment.role,
            Assignment.status,
            Case.organisation_id.is_not(None).label("is_matched"),
        )
        .join(Case, Case.id == Assignment.case_id)
        .where(
            Assignment.volunteer_id == volunteer_id, Assignment.status.in_(LIVE), Case.is_open, visible_cases(viewer)
        )
        .order_by(Case.queue_rank, Case.queue_due_on, Case.id)
    )
    return tuple(Held(**row._mapping) for row in rows)
