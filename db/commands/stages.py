"""Moving a case from stage to stage: the only code that changes `cases.stage`."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, is_barred
from db.case_facts import facts_of
from db.choices import (
    AssignmentStatus,
    EntryKind,
    Representation,
    Role,
    Stage,
    YesNo,
)
from db.commands.actions import end_with_the_case
from db.commands.debriefs import owe_debriefs
from db.commands.drafts import forget_drafts_of_case
from db.commands.record import add_line, audit, clean_text
from db.commands.reopening import bring_back, say_what_ended
from db.declared import change, label
from db.errors import CommandRefused, Invalid
from db.models import (
    Assignment,
    Case,
    CodedTerm,
    Deadline,
    Finding,
    Flag,
    MeetingMark,
    StageEvent,
    UpdateRequest,
    Volunteer,
    Waiting,
)
from db.rules import stages, timeline_lines
from db.rules.allotting import DIED, DebriefKind
from db.rules.days import problems_with_days
from db.rules.stages import Field, FieldKind, Move


def _moved(details: Mapping[str, object]) -> str:
    to, came_from = label(Stage, details.get("to"), "another stage"), details.get("came_from")
    if came_from is None:
        return f"started the case at {to}"
    return f"moved the case from {label(Stage, came_from, 'another stage')} to {to}"


change("stage", says=_moved, moves_access=True)


def move_stage(
    session: Session, *, viewer: Viewer, case: Case, to: Stage, values: dict[str, object], reason: str
) -> None:
    """Makes one move: checks that it is allowed, its preconditions and fields, then adds event, entry and audit row.

    Refuses a move that is not in the table, one this person may not make, and missing fields (Invalid): among them what
    the doctor was told, where a case ends over a crisis or a statutory limit of ours.
    """
    move = stages.find_move(case.stage, to)
    if move is None:
        raise CommandRefused(
            f"A case can’t move from {case.stage.label} to {to.label}. Choose from the list.",
            field="move_to",
        )
    facts = facts_of(session, case)
    obstacle = stages.obstacle(move, facts, is_lead=viewer.is_lead)
    if obstacle:
        raise CommandRefused(f"{move.label}: {obstacle}", field="move_to")
    details = _checked(session, case, stages.fields_of(move, facts), values, viewer)
    _enter(session, viewer, case, move, details)
    if details.get("outcome") == DIED:
        owe_debriefs(session, viewer, case, DebriefKind.DEATH, clock.today())
    record_stage(session, viewer=viewer, case=case, to=to, reason=reason, details=details)


def record_stage(
    session: Session,
    *,
    viewer: Viewer | None,
    case: Case,
    to: Stage,
    reason: str,
    details: dict[str, object],
    first: bool = False,
) -> None:
    """Adds the stage event with its entry and audit row, and updates the case."""
    moment = clock.now()
    came_from = None if first else case.stage
    session.add(
        StageEvent(
            case_id=case.id,
            from_stage=came_from,
            to_stage=to,
            by_id=viewer.id if viewer else None,
            at=moment,
            reason=reason,
            details=details,
        )
    )
    case.stage, case.stage_since, case.is_open = to, moment, to.is_open
    case.closed_on = None if to.is_open else clock.today()
    words = f"{came_from.label} → {to.label}." if came_from else f"{to.label}."
    add_line(session, viewer, case, EntryKind.SYSTEM, timeline_lines.STAGE + words)
    audit(session, viewer, "stage", case=case, came_from=came_from, to=to)


def _checked(
    session: Session, case: Case, fields: Sequence[Field], values: dict[str, object], viewer: Viewer
) -> dict[str, object]:
    problems = stages.problems_with(fields, values)
    asked = {field.name: values.get(field.name) for field in fields if field.name not in problems}
    problems |= problems_with_days(asked, clock.today())
    details: dict[str, Any] = {}
    for field in fields:
        value = values.get(field.name)
        if field.name in problems or value is None:
            continue
        if field.kind is FieldKind.TERM and not _is_term(session, str(field.options), value):
            problems[field.name] = f"{field.label}: choose from the list."
        elif field.kind is FieldKind.VOLUNTEER and not _is_other_person(session, case, value, viewer):
            problems[field.name] = f"{field.label}: choose another active volunteer."
        else:
            details[field.name] = _plain(field, value)
    if problems:
        raise Invalid(problems)
    return details


def _plain(field: Field, value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if type(value) is not str:
        return value
    return clean_text(value, field=field.name, label=field.label, required=field.required)


def _is_term(session: Session, listed: str, code: object) -> bool:
    return session.get(CodedTerm, (listed, code)) is not None


def _is_other_person(session: Session, case: Case, volunteer_id: object, viewer: Viewer) -> bool:
    person = session.get(Volunteer, volunteer_id)
    if person is None or not person.active or person.role is Role.OBSERVER or person.id == viewer.id:
        return False
    return not is_barred(session, person.id, case.id)


def _enter(session: Session, viewer: Viewer, case: Case, move: Move, details: dict[str, object]) -> None:
    """What a move changes besides the stage."""
    if move.to is Stage.TRIAGE and "representation" in details:
        case.representation = Representation(str(details["representation"]))
    if move.to is Stage.FINDINGS and details.get("second_coder"):
        coder = {"second_coder_id": details["second_coder"]}
        session.execute(
            update(Finding).where(Finding.case_id == case.id, Finding.second_coder_id.is_(None)).values(coder)
        )
    if move.to is Stage.FINDINGS and details.get("shown") == YesNo.NOT_ASKED:
        raise Invalid({"shown": "Shown to the doctor: choose yes or no."})
    if not move.to.is_open:
        if "retain_until" in details:
            case.retain_until = date.fromisoformat(str(details["retain_until"]))
        end_with_the_case(session, viewer, case)
        say_what_ended(session, viewer, case, move.to)
        _wind_up(session, case, move.to)
    elif not case.stage.is_open:
        bring_back(session, viewer, case)


def _wind_up(session: Session, case: Case, to: Stage) -> None:
    """Ends everything still open on a case that ends: waiting, flags, deadlines, places, requests. Flags and deadlines
    come back if it is reopened (`db/commands/reopening.py`)."""
    moment = clock.now()
    open_wait = (Waiting.case_id == case.id) & Waiting.ended_on.is_(None)
    session.execute(update(Waiting).where(open_wait).values(ended_on=clock.today()))
    why = f"Case: {to.label}"
    raised = (Flag.case_id == case.id) & Flag.cleared_at.is_(None)
    session.execute(update(Flag).where(raised).values(cleared_at=moment, cleared_why=why, ended_with_case=True))
    due = (Deadline.case_id == case.id) & Deadline.met_on.is_(None) & Deadline.lapsed_on.is_(None)
    session.execute(
        update(Deadline).where(due).values(lapsed_on=clock.today(), lapsed_reason=why, ended_with_case=True)
    )
    live = Assignment.status.in_((AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED))
    session.execute(
        update(Assignment)
        .where(Assignment.case_id == case.id, live)
        .values(status=AssignmentStatus.ENDED, ended_at=moment, ended_reason=why)
    )
    forget_drafts_of_case(session, case.id)
    standing = (MeetingMark.case_id == case.id) & MeetingMark.cleared_at.is_(None)
    session.execute(update(MeetingMark).where(standing).values(cleared_at=moment))
    asked = (UpdateRequest.case_id == case.id) & UpdateRequest.answered_at.is_(None)
    session.execute(update(UpdateRequest).where(asked).values(answered_at=moment))
