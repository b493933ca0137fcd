"""The lists on a case's page, one statement each. Only for a case the viewer may see."""

import functools
from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, aliased

from db.choices import AssignmentStatus, ConsentPurpose, DeadlineKind, DoctorView, Evidence, FindingKind, Whose
from db.models import (
    Action,
    Assignment,
    Case,
    CaseProcess,
    Consent,
    Deadline,
    Finding,
    FindingCode,
    Flag,
    Organisation,
    Volunteer,
    Waiting,
)


@dataclass(frozen=True)
class RaisedFlag:
    """Why, since when, and when to look at it again."""

    code: str
    why: str
    set_at: datetime
    review_on: date


@dataclass(frozen=True)
class Place:
    """Somebody's place on the case, or an offer of one."""

    id: int
    volunteer_id: int
    name: str
    role: str
    status: AssignmentStatus
    since: datetime
    reason: str


@dataclass(frozen=True)
class CaseDeadline:
    """See `db.models.Deadline`; `process` is the code of the process it belongs to."""

    id: int
    name: str
    due_on: date
    rule: str | None
    trigger_on: date | None
    kind: DeadlineKind
    whose: Whose
    is_hearing: bool
    plan: str | None
    confirmed_by: str | None
    met_on: date | None
    lapsed_on: date | None
    case_process_id: int | None
    process: str | None
    version: int
    rule_due_on: date | None
    may_apply_rule: str | None
    may_apply_on: date | None
    sent_on: date | None
    received_on: date | None
    paused_from: date | None
    paused_to: date | None
    moved_from: date | None
    moved_reason: str | None
    previous_id: int | None
    chain_ended_on: date | None
    asks_since: datetime | None

    @property
    def is_settled(self) -> bool:
        """Met, or no longer applying."""
        return self.met_on is not None or self.lapsed_on is not None


@dataclass(frozen=True)
class OpenAction:
    """Something to be done on the case, by whom and by when."""

    id: int
    text: str
    owner_id: int
    owner: str
    due_on: date


@dataclass(frozen=True)
class Wait:
    """Who the case is waiting for."""

    id: int
    on_whom: str
    since: date
    expected_on: date | None
    chase_on: date


@dataclass(frozen=True)
class FacedProcess:
    """A process that the case faces, the code of the stage it is at, and the organisation that runs it."""

    id: int
    process: str
    stage: str
    started_on: date
    ended_on: date | None
    body: str | None
    body_code: str | None


@dataclass(frozen=True)
class CodedFinding:
    code: str
    kind: FindingKind
    label: str
    evidence: Evidence
    quarter: str
    note: str
    doctor_view: DoctorView
    case_process_id: int | None
    process: str | None
    coded_by: str | None
    second: str | None


@dataclass(frozen=True)
class ConsentNow:
    """The latest answer for one purpose: given, or refused or withdrawn, and when."""

    purpose: ConsentPurpose
    given: bool
    at: datetime
    expires_on: date | None


@dataclass(frozen=True)
class CardRows:
    """What the card itself needs."""

    places: tuple[Place, ...]
    deadlines: tuple[CaseDeadline, ...]
    flags: tuple[RaisedFlag, ...]


def card_rows(session: Session, case: Case) -> CardRows:
    """Places, deadlines and current flags: what the card needs."""
    places = session.execute(
        select(Assignment, Volunteer.name)
        .join(Volunteer, Volunteer.id == Assignment.volunteer_id)
        .where(Assignment.case_id == case.id)
        .order_by(Assignment.offered_at.desc(), Assignment.id.desc())
    )
    deadlines = session.execute(
        select(Deadline, CaseProcess.process)
        .outerjoin(CaseProcess, CaseProcess.id == Deadline.case_process_id)
        .where(Deadline.case_id == case.id)
        .order_by(Deadline.met_on.is_not(None), Deadline.due_on, Deadline.id)
    )
    flags = session.scalars(select(Flag).where(Flag.case_id == case.id, Flag.cleared_at.is_(None)))
    return CardRows(
        places=tuple(_place(row, name) for row, name in places),
        deadlines=tuple(_deadline(row, process) for row, process in deadlines),
        flags=tuple(RaisedFlag(row.code, row.why, row.set_at, row.review_on) for row in flags),
    )


def _place(row: Assignment, name: str) -> Place:
    since = row.ended_at or row.answered_at or row.offered_at
    reason = row.ended_reason or row.reason
    return Place(row.id, row.volunteer_id, name, row.role.label, row.status, since, reason)


def _deadline(row: Deadline, process: str | None) -> CaseDeadline:
    names = [part.name for part in fields(CaseDeadline) if part.name != "process"]
    return CaseDeadline(process=process, **{name: getattr(row, name) for name in names})


def actions(session: Session, case: Case) -> tuple[OpenAction, ...]:
    rows = session.execute(
        select(Action.id, Action.text, Action.owner_id, Volunteer.name.label("owner"), Action.due_on)
        .join(Volunteer, Volunteer.id == Action.owner_id)
        .where(Action.case_id == case.id, Action.done_at.is_(None))
        .order_by(Action.due_on, Action.id)
    )
    return tuple(OpenAction(**row._mapping) for row in rows)


def waiting(session: Session, case: Case) -> tuple[Wait, ...]:
    rows = session.execute(
        select(Waiting.id, Waiting.on_whom, Waiting.since, Waiting.expected_on, Waiting.chase_on)
        .where(Waiting.case_id == case.id, Waiting.ended_on.is_(None))
        .order_by(Waiting.chase_on, Waiting.id)
    )
    return tuple(Wait(**row._mapping) for row in rows)


def processes(session: Session, case: Case) -> tuple[FacedProcess, ...]:
    rows = session.execute(
        select(
            CaseProcess.id,
            CaseProcess.process,
            CaseProcess.stage,
            CaseProcess.started_on,
            CaseProcess.ended_on,
            Organisation.name.label("body"),
            Organisation.code.label("body_code"),
        )
        .outerjoin(Organisation, Organisation.id == CaseProcess.organisation_id)
        .where(CaseProcess.case_id == case.id)
        .order_by(CaseProcess.ended_on.is_not(None), CaseProcess.started_on, CaseProcess.id)
    )
    return tuple(FacedProcess(**row._mapping) for row in rows)


def findings(session: Session, case: Case) -> tuple[CodedFinding, ...]:
    return tuple(CodedFinding(**row._mapping) for row in session.execute(_findings(), {"case_id": case.id}))


@functools.cache
def _findings() -> Select[*tuple[object, ...]]:
    # Cached: building it costs more than running it.
    coder, second = aliased(Volunteer), aliased(Volunteer)
    return (
        select(
            Finding.code,
            FindingCode.kind,
            FindingCode.label,
            Finding.evidence,
            Finding.quarter,
            Finding.note,
            Finding.doctor_view,
            Finding.case_process_id,
            CaseProcess.process,
            coder.name.label("coded_by"),
            second.name.label("second"),
        )
        .join(FindingCode, FindingCode.code == Finding.code)
        .outerjoin(CaseProcess, CaseProcess.id == Finding.case_process_id)
        .outerjoin(coder, coder.id == Finding.coded_by_id)
        .outerjoin(second, second.id == Finding.second_coder_id)
        .where(Finding.case_id == bindparam("case_id"))
        .order_by(FindingCode.position, Finding.id)
    )


def consents(session: Session, case: Case) -> tuple[ConsentNow, ...]:
    """The latest answer for each purpose."""
    rows = session.scalars(select(Consent).where(Consent.case_id == case.id).order_by(Consent.given_at, Consent.id))
    latest = {row.purpose: row for row in rows}
    return tuple(
        ConsentNow(purpose, row.given and row.withdrawn_at is None, row.withdrawn_at or row.given_at, row.expires_on)
        for purpose in ConsentPurpose
        if (row := latest.get(purpose)) is not None
    )
