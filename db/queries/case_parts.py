"""The lists on a case's page, one statement each. Only for a case the viewer may see."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from db.choices import (
    HARD_KINDS,
    Approached,
    AssignmentStatus,
    ConsentPurpose,
    DeadlineKind,
    DoctorView,
    Evidence,
    FindingKind,
    Stage,
    Whose,
)
from db.models import (
    Action,
    Assignment,
    Case,
    CaseGround,
    CaseProcess,
    Consent,
    Deadline,
    DoctorSaid,
    Finding,
    FindingCode,
    Flag,
    Organisation,
    StageEvent,
    Volunteer,
    Waiting,
)
from db.rules.codings import DoctorSays
from db.rules.stages import NAMING_PEOPLE, TAKES_BACK


@dataclass(frozen=True)
class RaisedFlag:
    """Why, since when, by whom (None: nobody knows), and when to look at it again."""

    code: str
    why: str
    set_at: datetime
    set_by_id: int | None
    review_on: date


@dataclass(frozen=True)
class Place:
    """Somebody's place on the case, or an offer of one. `reason` is why it was offered or, once over, why it ended;
    `answer` is what they said as they answered, for leads and whoever offered it."""

    id: int
    volunteer_id: int
    name: str
    role: str
    status: AssignmentStatus
    since: datetime
    reason: str
    offered_by_id: int | None
    answer: str


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
    lapsed_reason: str | None
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
    must_not_miss: bool
    ended_with_case: bool

    @property
    def is_hard(self) -> bool:
        """Ours, and puts the case at risk: the same as `db.models.casework.is_hard`."""
        return self.whose is Whose.OURS and (self.kind in HARD_KINDS or self.must_not_miss)

    @property
    def is_settled(self) -> bool:
        """Met, or no longer applying."""
        return self.met_on is not None or self.lapsed_on is not None

    @property
    def is_window(self) -> bool:
        return self.whose is Whose.WINDOW


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
    coded_at: datetime
    second: str | None
    # What the doctor said last, if it is recorded, and when.
    said: DoctorSays | None
    said_words: str | None
    said_on: date | None


@dataclass(frozen=True)
class StageMove:
    """A move to a stage and what it recorded, by the name of the field; `from_stage` is None for the first."""

    from_stage: Stage | None
    to_stage: Stage
    at: datetime
    by: str | None
    reason: str
    # Names in place of people's ids. A term or choice stays a code, a day is written as in ISO 8601.
    recorded: Mapping[str, str]
    # Whether it takes back the move before it.
    takes_back: bool = False


@dataclass(frozen=True)
class ConsentNow:
    """The latest answer for one purpose: given, or refused or withdrawn, and when. `whom`: to contact whom; None in
    answers to the older, general question, which allow nothing."""

    purpose: ConsentPurpose
    whom: Approached | None
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
    mine = {"case_id": case.id}
    return CardRows(
        places=tuple(_place(row) for row in session.execute(_places(), mine)),
        deadlines=tuple(CaseDeadline(**row._mapping) for row in session.execute(_deadlines(), mine)),
        flags=tuple(RaisedFlag(**row._mapping) for row in session.execute(_flags(), mine)),
    )


# These statements are cached: building one costs more than running it.
@functools.cache
def _places() -> Select[*tuple[object, ...]]:
    return (
        select(
            Assignment.id,
            Assignment.volunteer_id,
            Volunteer.name,
            Assignment.role,
            Assignment.status,
            Assignment.offered_at,
            Assignment.answered_at,
            Assignment.ended_at,
            Assignment.reason,
            Assignment.ended_reason,
            Assignment.offered_by_id,
            Assignment.answer,
        )
        .join(Volunteer, Volunteer.id == Assignment.volunteer_id)
        .where(Assignment.case_id == bindparam("case_id"))
        .order_by(Assignment.offered_at.desc(), Assignment.id.desc())
    )


def _place(row: Row[*tuple[object, ...]]) -> Place:
    since = row.ended_at or row.answered_at or row.offered_at
    is_over = row.status in (AssignmentStatus.DECLINED, AssignmentStatus.ENDED)
    reason = row.ended_reason or "" if is_over else row.reason
    told = (reason, row.offered_by_id, row.answer or "")
    return Place(row.id, row.volunteer_id, row.name, row.role.label, row.status, since, *told)


@functools.cache
def _deadlines() -> Select[*tuple[object, ...]]:
    names = [part.name for part in fields(CaseDeadline) if part.name != "process"]
    return (
        select(*(getattr(Deadline, name) for name in names), CaseProcess.process)
        .outerjoin(CaseProcess, CaseProcess.id == Deadline.case_process_id)
        .where(Deadline.case_id == bindparam("case_id"))
        .order_by(Deadline.met_on.is_not(None), Deadline.due_on, Deadline.id)
    )


@functools.cache
def _flags() -> Select[*tuple[object, ...]]:
    return select(Flag.code, Flag.why, Flag.set_at, Flag.set_by_id, Flag.review_on).where(
        Flag.case_id == bindparam("case_id"), Flag.cleared_at.is_(None)
    )


def actions(session: Session, case: Case) -> tuple[OpenAction, ...]:
    return tuple(OpenAction(**row._mapping) for row in session.execute(_actions(), {"case_id": case.id}))


@functools.cache
def _actions() -> Select[*tuple[object, ...]]:
    return (
        select(Action.id, Action.text, Action.owner_id, Volunteer.name.label("owner"), Action.due_on)
        .join(Volunteer, Volunteer.id == Action.owner_id)
        .where(Action.case_id == bindparam("case_id"), Action.done_at.is_(None))
        .order_by(Action.due_on, Action.id)
    )


def waiting(session: Session, case: Case) -> tuple[Wait, ...]:
    return tuple(Wait(**row._mapping) for row in session.execute(_waiting(), {"case_id": case.id}))


@functools.cache
def _waiting() -> Select[*tuple[object, ...]]:
    return (
        select(Waiting.id, Waiting.on_whom, Waiting.since, Waiting.expected_on, Waiting.chase_on)
        .where(Waiting.case_id == bindparam("case_id"), Waiting.ended_on.is_(None))
        .order_by(Waiting.chase_on, Waiting.id)
    )


def processes(session: Session, case: Case) -> tuple[FacedProcess, ...]:
    return tuple(FacedProcess(**row._mapping) for row in session.execute(_processes(), {"case_id": case.id}))


@functools.cache
def _processes() -> Select[*tuple[object, ...]]:
    return (
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
        .where(CaseProcess.case_id == bindparam("case_id"))
        .order_by(CaseProcess.ended_on.is_not(None), CaseProcess.started_on, CaseProcess.id)
    )


def findings(session: Session, case: Case) -> tuple[CodedFinding, ...]:
    return tuple(CodedFinding(**row._mapping) for row in session.execute(_findings(), {"case_id": case.id}))


@functools.cache
def _findings() -> Select[*tuple[object, ...]]:
    coder, second, said = aliased(Volunteer), aliased(Volunteer), aliased(DoctorSaid)
    last = select(func.max(said.id)).where(said.finding_id == Finding.id).scalar_subquery()
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
            Finding.coded_at,
            second.name.label("second"),
            DoctorSaid.view.label("said"),
            DoctorSaid.words.label("said_words"),
            DoctorSaid.said_on,
        )
        .join(FindingCode, FindingCode.code == Finding.code)
        .outerjoin(CaseProcess, CaseProcess.id == Finding.case_process_id)
        .outerjoin(coder, coder.id == Finding.coded_by_id)
        .outerjoin(second, second.id == Finding.second_coder_id)
        .outerjoin(DoctorSaid, DoctorSaid.id == last)
        .where(Finding.case_id == bindparam("case_id"))
        .order_by(FindingCode.position, Finding.id)
    )


def consents(session: Session, case: Case) -> tuple[ConsentNow, ...]:
    """The latest answer for each purpose and, to contact organisations, each kind of them."""
    latest = {(row.purpose, row.whom): row for row in session.execute(_consents(), {"case_id": case.id})}
    return tuple(
        ConsentNow(
            purpose, whom, row.given and row.withdrawn_at is None, row.withdrawn_at or row.given_at, row.expires_on
        )
        for purpose in ConsentPurpose
        for whom in (None, *Approached)
        if (row := latest.get((purpose, whom))) is not None
    )


@functools.cache
def _consents() -> Select[*tuple[object, ...]]:
    return (
        select(Consent.purpose, Consent.whom, Consent.given, Consent.given_at, Consent.withdrawn_at, Consent.expires_on)
        .where(Consent.case_id == bindparam("case_id"))
        .order_by(Consent.given_at, Consent.id)
    )


def grounds(session: Session, case: Case) -> tuple[str, ...]:
    return tuple(session.scalars(_grounds(), {"case_id": case.id}))


@functools.cache
def _grounds() -> Select[str]:
    return select(CaseGround.ground).where(CaseGround.case_id == bindparam("case_id")).order_by(CaseGround.ground)


def moves(session: Session, case: Case) -> tuple[StageMove, ...]:
    """Every move of the case, the first first."""
    rows = session.execute(_moves(), {"case_id": case.id}).all()
    people = {id for row in rows for name in NAMING_PEOPLE if isinstance(id := row.details.get(name), int)}
    asked = select(Volunteer.id, Volunteer.name).where(Volunteer.id.in_(people))
    names: dict[int, str] = {row.id: row.name for row in session.execute(asked)} if people else {}
    return tuple(
        StageMove(
            from_stage=row.from_stage,
            to_stage=row.to_stage,
            at=row.at,
            by=row.by,
            reason=row.reason,
            recorded={
                name: names.get(value, "") if name in NAMING_PEOPLE else str(value)
                for name, value in row.details.items()
                if name != TAKES_BACK
            },
            takes_back=TAKES_BACK in row.details,
        )
        for row in rows
    )


@functools.cache
def _moves() -> Select[*tuple[object, ...]]:
    return (
        select(
            StageEvent.from_stage,
            StageEvent.to_stage,
            StageEvent.at,
            Volunteer.name.label("by"),
            StageEvent.reason,
            StageEvent.details,
        )
        .outerjoin(Volunteer, Volunteer.id == StageEvent.by_id)
        .where(StageEvent.case_id == bindparam("case_id"))
        .order_by(StageEvent.at, StageEvent.id)
    )
