"""What was agreed with the doctor for when it gets worse, and where confidence was broken."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from db.access import Viewer, read_case
from db.action_access import takers
from db.choices import YesNo
from db.models import Disclosure, SafetyPlan, Volunteer


@dataclass(frozen=True)
class Plan:
    """The newest safety plan: whom they will call, what helps, who is with them."""

    whom: str
    helps: str
    company: str
    agreed_on: date
    by: str


@dataclass(frozen=True)
class Told:
    """A decision to break confidence. `agreed` is the second person's answer, None while it waits."""

    id: int
    what: str
    to_whom: str
    why: str
    doctor_told: YesNo
    told_how: str
    by: str
    at: datetime
    second: str
    second_id: int
    agreed: bool | None
    answered_at: datetime | None
    answer: str | None


@dataclass(frozen=True)
class DoctorCare:
    """`seconds` are the people who may be asked to decide with the viewer."""

    plan: Plan | None
    disclosures: tuple[Told, ...]
    seconds: frozenset[int]


def doctor_care(session: Session, viewer: Viewer, reference: str) -> DoctorCare:
    """For whoever may read the case in full. Refuses with NotFound. Newest first."""
    case = read_case(session, viewer, reference)
    plan = session.execute(
        select(SafetyPlan.whom, SafetyPlan.helps, SafetyPlan.company, SafetyPlan.agreed_on, Volunteer.name.label("by"))
        .join(Volunteer, Volunteer.id == SafetyPlan.by_id)
        .where(SafetyPlan.case_id == case.id)
        .order_by(SafetyPlan.id.desc())
        .limit(1)
    ).first()
    seconds = frozenset(session.scalars(takers(case.id).where(Volunteer.id != viewer.id)))
    return DoctorCare(Plan(**plan._mapping) if plan else None, _disclosures(session, case.id), seconds)


def _disclosures(session: Session, case_id: int) -> tuple[Told, ...]:
    by, second = aliased(Volunteer), aliased(Volunteer)
    names = ("id", "what", "to_whom", "why", "doctor_told", "told_how", "at", "second_id")
    answers = ("agreed", "answered_at", "answer")
    columns = [getattr(Disclosure, name) for name in (*names, *answers)]
    rows = session.execute(
        select(*columns, by.name.label("by"), second.name.label("second"))
        .join(by, by.id == Disclosure.by_id)
        .join(second, second.id == Disclosure.second_id)
        .where(Disclosure.case_id == case_id)
        .order_by(Disclosure.id.desc())
    )
    return tuple(Told(**row._mapping) for row in rows)
