"""The lists on a case's page, one statement each. Only for a case the viewer may see."""

import functools
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, aliased

from db.choices import AssignmentStatus, ConsentPurpose
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
class Place:
    """Somebody's place on the case, or an offer of one."""

    id: int
    volunteer_id: int
    name: str
    role: str
    status: AssignmentStatus
    since: datetime
    reason: str


def card_rows(session: Session, case: Case) -> dict[str, Any]:
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
    return {
        "places": [_place(row, name) for row, name in places],
        "deadlines": [_deadline(row, process) for row, process in deadlines],
        "flags": [
            {"code": row.code, "why": row.why, "set_at": row.set_at, "review_on": row.review_on}
            for row in session.scalars(select(Flag).where(Flag.case_id == case.id, Flag.cleared_at.is_(None)))
        ],
    }


def _place(row: Assignment, name: str) -> Place:
    since = row.ended_at or row.answered_at or row.offered_at
    reason = row.ended_reason or row.reason
    return Place(row.id, row.volunteer_id, name, row.role.label, row.status, since, reason)


def _deadline(row: Deadline, process: str | None) -> dict[str, Any]:
    fields = (
        "id",
        "name",
        "due_on",
        "rule",
        "trigger_on",
        "is_hearing",
        "plan",
        "confirmed_by",
        "met_on",
        "case_process_id",
        "version",
        "rule_due_on",
        "may_apply_rule",
        "may_apply_on",
        "sent_on",
        "received_on",
        "paused_from",
        "paused_to",
        "moved_from",
        "moved_reason",
        "previous_id",
        "chain_ended_on",
        "asks_since",
    )
    more = {"lapsed_on": row.lapsed_on, "process": process, "kind": row.kind.value, "whose": row.whose.value}
    return {name: getattr(row, name) for name in fields} | more


def actions(session: Session, case: Case) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Action.id, Action.text, Action.owner_id, Volunteer.name.label("owner"), Action.due_on)
        .join(Volunteer, Volunteer.id == Action.owner_id)
        .where(Action.case_id == case.id, Action.done_at.is_(None))
        .order_by(Action.due_on, Action.id)
    )
    return [dict(row._mapping) for row in rows]


def waiting(session: Session, case: Case) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Waiting.id, Waiting.on_whom, Waiting.since, Waiting.expected_on, Waiting.chase_on)
        .where(Waiting.case_id == case.id, Waiting.ended_on.is_(None))
        .order_by(Waiting.chase_on, Waiting.id)
    )
    return [dict(row._mapping) for row in rows]


def processes(session: Session, case: Case) -> list[dict[str, Any]]:
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


def findings(session: Session, case: Case) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in session.execute(_findings(), {"case_id": case.id})]


@functools.cache
def _findings() -> Select[*tuple[Any, ...]]:
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


def consents(session: Session, case: Case) -> list[dict[str, Any]]:
    """The latest answer for each purpose."""
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
