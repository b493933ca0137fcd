"""One case: where it stands, what it faces, what was found, what was done, who is on it."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, literal, or_, select
from sqlalchemy.orm import Session, aliased

from db import clock
from db.access import Viewer, barred_cases, full_cases, see_card, visible_cases
from db.choices import AssignmentStatus, Condition, ConsentPurpose, Contact, EntryKind, Role, Stage, Wellbeing
from db.commands.record import vault_of
from db.commands.stages import facts_of
from db.models import (
    Action,
    Assignment,
    Case,
    CaseGround,
    CaseProcess,
    Consent,
    Deadline,
    Doctor,
    Entry,
    Finding,
    FindingCode,
    Flag,
    Leave,
    Organisation,
    Volunteer,
    Waiting,
)
from db.rules import points as point_rules
from db.rules.conditions import Card, conditions_of
from db.rules.limits import Limits
from db.rules.stages import CaseFacts

TIMELINE_PAGE = 30


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
class Line:
    """One line of the timeline."""

    id: int
    at: datetime
    kind: EntryKind
    contact: Contact | None
    wellbeing: Wellbeing | None
    code: str | None
    text: str
    blocked_by: str | None
    help_wanted: str | None
    corrects_id: int | None
    author: str | None


@dataclass(frozen=True)
class CaseDetail:
    """The card for everybody who may see it; the rest (from `summary` on) only where `full`."""

    reference: str
    version: int
    full: bool
    stage: Stage
    days_in_stage: int
    opened_on: date
    closed_on: date | None
    flags: list[dict[str, Any]]
    process_codes: tuple[str, ...]
    body_kind: str
    region: str
    nation: str
    grade: str
    specialty_group: str
    lead_id: int | None
    lead_name: str | None
    conditions: frozenset[Condition]
    points: int
    next_deadline: tuple[str, date, str] | None
    reached_on: date | None
    own_offer: Place | None
    summary: str = ""
    body: str | None = None
    representation: str = ""
    updated_at: datetime | None = None
    updated_by: str = ""
    next_action: dict[str, Any] | None = None
    actions: list[dict[str, Any]] = field(default_factory=list)
    waiting: list[dict[str, Any]] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    processes: list[dict[str, Any]] = field(default_factory=list)
    deadlines: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    consents: list[dict[str, Any]] = field(default_factory=list)
    grounds: tuple[str, ...] = ()
    facts: CaseFacts | None = None
    wellbeing: str | None = None


def case_detail(session: Session, viewer: Viewer, reference: str, today: date, limits: Limits) -> CaseDetail:
    """The case as this viewer may see it. Refuses with NotFound: unknown, barred, or closed and not theirs."""
    case = see_card(session, viewer, reference)
    full = session.scalar(select(Case.id).where(Case.id == case.id, full_cases(viewer))) is not None
    rows = _rows(session, case)
    card = _card(session, case, rows, today, limits)
    own = [p for p in rows["places"] if p.volunteer_id == viewer.id and p.status is AssignmentStatus.OFFERED]
    return CaseDetail(
        **card, full=full, own_offer=own[0] if own else None, **(_full(session, case, rows) if full else {})
    )


def _rows(session: Session, case: Case) -> dict[str, Any]:
    """The few small lists under a case, one statement each."""
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
    return {
        "places": [_place(row, name) for row, name in places],
        "deadlines": [_deadline(row, process) for row, process in deadlines],
        "flags": [
            {"code": row.code, "why": row.why, "set_at": row.set_at, "review_on": row.review_on}
            for row in session.scalars(select(Flag).where(Flag.case_id == case.id, Flag.cleared_at.is_(None)))
        ],
    }


def _card(session: Session, case: Case, rows: dict[str, Any], today: date, limits: Limits) -> dict[str, Any]:
    lead = next((p for p in rows["places"] if p.volunteer_id == case.lead_id), None)
    nearest = next((d for d in rows["deadlines"] if d["id"] == case.next_deadline_id), None)
    load = point_rules.Load(
        stage=case.stage,
        extra=case.extra_points,
        hearing_on=case.hearing_on,
        chase_on=case.chase_on,
        override=case.points_override,
    )
    return {
        "reference": case.reference,
        "version": case.version,
        "stage": case.stage,
        "days_in_stage": (today - clock.london_day(case.stage_since)).days,
        "opened_on": case.opened_on,
        "closed_on": case.closed_on,
        "flags": rows["flags"],
        "process_codes": tuple(sorted(set(case.process_codes.split()))),
        "body_kind": case.body_kind,
        "region": case.region,
        "nation": case.nation,
        "grade": case.grade,
        "specialty_group": case.specialty_group,
        "lead_id": case.lead_id,
        "lead_name": lead.name if lead else None,
        "conditions": conditions_of(_conditions_card(session, case, today), today, limits),
        "points": point_rules.case_points(load, today, hearing_days=limits.hearing_points_days),
        "next_deadline": (nearest["name"], nearest["due_on"], nearest["whose"]) if nearest else None,
        "reached_on": clock.london_day(case.reached_at) if case.reached_at else None,
    }


def _conditions_card(session: Session, case: Case, today: date) -> Card:
    away = select(Leave.id).where(Leave.volunteer_id == case.lead_id, Leave.starts_on <= today, Leave.ends_on >= today)
    return Card(
        is_open=case.is_open,
        has_lead=case.lead_id is not None,
        urgent=bool(case.flags),
        opened_on=case.opened_on,
        next_action_on=case.next_action_on,
        ours_due_on=case.ours_due_on,
        body_due_on=case.body_due_on,
        unplanned_due_on=case.unplanned_due_on,
        chase_on=case.chase_on,
        substantive_at=case.substantive_at,
        update_at=case.update_at,
        owner_away=session.scalar(away) is not None,
    )


def _full(session: Session, case: Case, rows: dict[str, Any]) -> dict[str, Any]:
    body = session.get(Organisation, case.organisation_id) if case.organisation_id else None
    changer = session.get(Volunteer, case.updated_by_id) if case.updated_by_id else None
    actions = _actions(session, case)
    last = session.scalar(
        select(Entry.wellbeing)
        .where(Entry.case_id == case.id, Entry.kind == EntryKind.UPDATE)
        .order_by(Entry.at.desc(), Entry.id.desc())
        .limit(1)
    )
    grounds = select(CaseGround.ground).where(CaseGround.case_id == case.id).order_by(CaseGround.ground)
    return {
        "summary": case.summary,
        "body": body.name if body else case.body_text,
        "representation": case.representation.label,
        "updated_at": case.updated_at,
        "updated_by": changer.name if changer else "",
        "next_action": actions[0] if actions else None,
        "actions": actions,
        "waiting": _waiting(session, case),
        "places": rows["places"],
        "deadlines": rows["deadlines"],
        "processes": _processes(session, case),
        "findings": _findings(session, case),
        "consents": _consents(session, case),
        "grounds": tuple(session.scalars(grounds)),
        "facts": facts_of(session, case),
        "wellbeing": last.value if last else None,
    }


def _place(row: Assignment, name: str) -> Place:
    since = row.ended_at or row.answered_at or row.offered_at
    reason = row.ended_reason or row.reason
    return Place(row.id, row.volunteer_id, name, row.role.label, row.status, since, reason)


def _deadline(row: Deadline, process: str | None) -> dict[str, Any]:
    fields = ("id", "name", "due_on", "rule", "trigger_on", "is_hearing", "plan", "confirmed_by", "met_on")
    more = {"lapsed_on": row.lapsed_on, "process": process, "kind": row.kind.value, "whose": row.whose.value}
    return {name: getattr(row, name) for name in fields} | more


def _actions(session: Session, case: Case) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Action.id, Action.text, Action.owner_id, Volunteer.name.label("owner"), Action.due_on)
        .join(Volunteer, Volunteer.id == Action.owner_id)
        .where(Action.case_id == case.id, Action.done_at.is_(None))
        .order_by(Action.due_on, Action.id)
    )
    return [dict(row._mapping) for row in rows]


def _waiting(session: Session, case: Case) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Waiting.id, Waiting.on_whom, Waiting.since, Waiting.expected_on, Waiting.chase_on)
        .where(Waiting.case_id == case.id, Waiting.ended_on.is_(None))
        .order_by(Waiting.chase_on, Waiting.id)
    )
    return [dict(row._mapping) for row in rows]


def _processes(session: Session, case: Case) -> list[dict[str, Any]]:
    rows = session.execute(
        select(
            CaseProcess.id,
            CaseProcess.process,
            CaseProcess.stage,
            CaseProcess.started_on,
            CaseProcess.ended_on,
            Organisation.name.label("body"),
        )
        .outerjoin(Organisation, Organisation.id == CaseProcess.organisation_id)
        .where(CaseProcess.case_id == case.id)
        .order_by(CaseProcess.ended_on.is_not(None), CaseProcess.started_on, CaseProcess.id)
    )
    return [dict(row._mapping) for row in rows]


def _findings(session: Session, case: Case) -> list[dict[str, Any]]:
    coder, second = aliased(Volunteer), aliased(Volunteer)
    rows = session.execute(
        select(
            Finding.code, FindingCode.kind, FindingCode.label, Finding.evidence, Finding.quarter, Finding.note,
            Finding.doctor_view, CaseProcess.process, coder.name.label("coded_by"), second.name.label("second"),
        )
        .join(FindingCode, FindingCode.code == Finding.code)
        .outerjoin(CaseProcess, CaseProcess.id == Finding.case_process_id)
        .outerjoin(coder, coder.id == Finding.coded_by_id)
        .outerjoin(second, second.id == Finding.second_coder_id)
        .where(Finding.case_id == case.id)
        .order_by(FindingCode.position, Finding.id)
    )  # fmt: skip
    return [dict(row._mapping) for row in rows]


def _consents(session: Session, case: Case) -> list[dict[str, Any]]:
    """The latest word for each purpose."""
    rows = session.scalars(select(Consent).where(Consent.case_id == case.id).order_by(Consent.given_at, Consent.id))
    latest: dict[ConsentPurpose, Consent] = {row.purpose: row for row in rows}
    return [
        {
            "purpose": purpose.value,
            "given": row.given and row.withdrawn_at is None,
            "at": row.withdrawn_at or row.given_at,
            "expires_on": row.expires_on,
        }
        for purpose in ConsentPurpose
        if (row := latest.get(purpose)) is not None
    ]


def timeline(session: Session, viewer: Viewer, reference: str, kinds: tuple[str, ...], shown: int) -> list[Line]:
    """The newest `shown` entries, newest first; one more row than asked tells that there are more.

    Empty for whoever may not open the case.
    """
    query = (
        select(
            Entry.id, Entry.at, Entry.kind, Entry.contact, Entry.wellbeing, Entry.code, Entry.text,
            Entry.blocked_by, Entry.help_wanted, Entry.corrects_id, Volunteer.name.label("author"),
        )
        .join(Case, Case.id == Entry.case_id)
        .outerjoin(Volunteer, Volunteer.id == Entry.author_id)
        .where(Case.reference == reference.strip().upper(), full_cases(viewer))
        .order_by(Entry.at.desc(), Entry.id.desc())
        .limit(shown + 1)
    )  # fmt: skip
    if kinds:
        query = query.where(Entry.kind.in_(kinds))
    return [Line(**row._mapping) for row in session.execute(query)]


def likely_duplicates(
    session: Session, viewer: Viewer, contact: str, organisation_id: int | None, processes: tuple[str, ...]
) -> list[str]:
    """References of visible cases of the same doctor (by keyed hash of the contact), or open ones at the same
    body under the same process. At most ten; a barred case is never among them.
    """
    same = []
    if contact.strip():
        same.append(Doctor.identity_hash == vault_of(session).keyed_hash(contact))
    if organisation_id is not None and processes:
        facing = select(CaseProcess.case_id).where(
            CaseProcess.process.in_(processes), CaseProcess.organisation_id == organisation_id
        )
        same.append(and_(Case.is_open, Case.id.in_(facing)))
    if not same:
        return []
    query = (
        select(Case.reference)
        .join(Doctor, Doctor.id == Case.doctor_id)
        .where(visible_cases(viewer), or_(*same))
        .order_by(Case.opened_on.desc(), Case.id)
        .limit(10)
    )
    return list(session.scalars(query))


def offerable(session: Session, viewer: Viewer, reference: str) -> dict[int, str]:
    """{id: name} of active caseworkers a place on this case may be offered to: none who is barred from it.

    For leads who may see the case; empty for everybody else.
    """
    if not viewer.is_lead:
        return {}
    case = see_card(session, viewer, reference)
    people: ColumnElement[int] = Volunteer.id.expression
    rows = session.execute(
        select(Volunteer.id, Volunteer.name)
        .where(Volunteer.active, Volunteer.role != Role.OBSERVER, literal(case.id).not_in(barred_cases(people)))
        .order_by(Volunteer.name, Volunteer.id)
    )
    return {row.id: row.name for row in rows}
