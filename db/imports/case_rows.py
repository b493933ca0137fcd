"""One row of an import, through the same commands as the forms: open the case, code findings, move it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case
from db.card import refresh_card
from db.case_facts import facts_of
from db.choices import Channel, Choice, Evidence, Representation, Stage, YesNo
from db.commands.findings import add_finding
from db.commands.open_case import Intake, open_case
from db.commands.record import clean_text, touch
from db.commands.stages import move_stage
from db.errors import CommandRefused, Invalid, NotFound
from db.imports.mapping import LISTS, MOMENT, YES_OR_NO, CaseMap, Row, Source, quoted
from db.imports.personal_data import Redactor
from db.models import CodedTerm, Organisation, Volunteer
from db.queries.reference import body_index
from db.rules.personal_data import FREE_TEXT
from db.rules.stages import TOLD, Field, FieldKind, fields_of, find_move

C = TypeVar("C", bound=Choice)
CHOICES: dict[str, tuple[type[Choice], Choice]] = {
    "channel": (Channel, Channel.IMPORT),
    "immediate_danger": (YesNo, YesNo.NOT_ASKED),
    "representation": (Representation, Representation.UNKNOWN),
}
FROM_BODY = {"body_kind": "kind", "region": "region", "nation": "nation"}
NOT_TOLD = "Not recorded: the case had ended before it was imported."
WORDS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}


@dataclass(frozen=True)
class Taken:
    """What there is to say of a row that was imported: what was redacted, by field and kind, and the name of its
    organisation, if that is on no list."""

    redacted: list[str]
    unmatched: str | None


def import_row(session: Session, viewer: Viewer, mapping: CaseMap, row: Row, source_key: str) -> Taken:
    """Imports one row as a case, with its findings and moves. Refuses whatever the forms refuse."""
    redactor = Redactor()
    intake = redactor.intake(_intake(session, mapping, row, source_key))
    reference = open_case(session, actor_id=viewer.id, intake=intake)
    try:
        for finding in mapping.findings:
            _find(session, viewer, reference, finding, row, clock.london_day(intake.received_at), redactor)
        for move in mapping.moves:
            _move(session, viewer, reference, move, row, redactor)
    except NotFound:
        raise CommandRefused(
            "The person importing has a conflict of interest with this organisation. Import it as somebody else."
        ) from None
    return Taken(redactor.found, intake.body_text if intake.organisation_id is None else None)


def _intake(session: Session, mapping: CaseMap, row: Row, source_key: str) -> Intake:
    values: dict[str, Any] = {"safe_channel": ""}
    problems: dict[str, str] = {}
    for name, source in mapping.case.items():
        try:
            values[name] = _value(name, source, row)
        except CommandRefused as refusal:
            problems[name] = f"{_label(name)}: {refusal.message}"
    if not problems:
        problems = _look_up(session, values)
    if problems:
        raise Invalid(problems)
    for name, (_, default) in CHOICES.items():
        values.setdefault(name, default)
    return Intake(source_key=source_key, stays_contact=False, **values)


def _value(name: str, source: Source, row: Row) -> object:
    if name == MOMENT:
        moment = source.read_moment(row)
        if moment is None:
            raise CommandRefused("no date.")
        return moment
    value = source.read(row)
    if name in LISTS:
        codes = value if isinstance(value, list) else [value or ""]
        return tuple(str(code) for code in codes if code != "")
    if name in YES_OR_NO:
        return _yes_or_no(value)
    text = "" if value is None else str(value)
    if name in CHOICES:
        choice, default = CHOICES[name]
        return one_of(choice, text) if text else default
    return text


def one_of(choice: type[C], text: str) -> C:
    try:
        return choice(text)
    except ValueError:
        raise CommandRefused(f"{quoted(text)} is not one of {', '.join(choice)}.") from None


def _yes_or_no(value: object) -> bool:
    if isinstance(value, bool):
        return value
    answer = WORDS.get(str(value or "").casefold())
    if answer is None:
        raise CommandRefused(f"{quoted(str(value))} is neither yes nor no.")
    return answer


def _look_up(session: Session, values: dict[str, Any]) -> dict[str, str]:
    """Finds the organisation by its code or name, and fills in from it what the map leaves out."""
    wanted = values.pop("organisation", "")
    body = _body(session, wanted) if wanted else None
    if body is None and wanted and not values.get("body_text"):
        return {"organisation": f"Organisation: none has the code or name {quoted(wanted)}."}
    if body is not None:
        values["organisation_id"] = body.id
        values["body_text"] = ""
    for name, attribute in FROM_BODY.items():
        if not values.get(name):
            values[name] = getattr(body, attribute) if body is not None else "not_stated"
    for flag in values.get("flags", ()):
        if session.get(CodedTerm, ("flag", flag)) is None:
            return {"flags": f"Flags: {quoted(flag)} is not on the list."}
    return {}


def _body(session: Session, wanted: str) -> Organisation | None:
    """The organisation by code, else by one of its names, whatever the spelling. If a trust and its sites share the
    name, the trust. None if the name is ambiguous."""
    by_code = session.scalar(select(Organisation).where(Organisation.code == wanted.strip().upper()))
    if by_code is not None:
        return by_code
    named = body_index(session).exactly(wanted)
    bodies = session.scalars(select(Organisation).where(Organisation.id.in_(named))).all()
    run_it = [body for body in bodies if body.parent_id not in named]
    return run_it[0] if len(run_it) == 1 else None


def _find(
    session: Session,
    viewer: Viewer,
    reference: str,
    group: Mapping[str, Source],
    row: Row,
    received_on: date,
    redactor: Redactor,
) -> None:
    """Codes one finding, unless the map gives no code for this row."""
    code = _text(group, "code", row)
    if not code:
        return
    quarter = f"{received_on.year}Q{(received_on.month + 2) // 3}"
    add_finding(
        session,
        actor_id=viewer.id,
        reference=reference,
        code=code,
        evidence=one_of(Evidence, _text(group, "evidence", row)),
        case_process_id=None,
        quarter=_text(group, "quarter", row) or quarter,
        note=redactor.text("note", _text(group, "note", row)),
    )


def _move(
    session: Session, viewer: Viewer, reference: str, group: Mapping[str, Source], row: Row, redactor: Redactor
) -> None:
    """Makes one move, unless the map gives no stage for this row."""
    wanted = _text(group, "to", row)
    if not wanted:
        return
    case, to = read_case(session, viewer, reference), one_of(Stage, wanted)
    move = find_move(case.stage, to)
    fields = fields_of(move, facts_of(session, case)) if move else ()
    given = {field.name: _field(session, field, group[field.name], row) for field in fields if field.name in group}
    values = {name: redactor.text(name, value) if name in FREE_TEXT else value for name, value in given.items()}
    if TOLD in fields and TOLD.name not in values:
        # It ended before it was imported: nobody can be held up over it now.
        values[TOLD.name] = NOT_TOLD
    words = clean_text(_text(group, "reason", row), field="reason", label="Reason", required=False)
    reason = redactor.text("reason", words) or "Imported."
    move_stage(session, viewer=viewer, case=case, to=to, values=values, reason=reason)
    touch(case, viewer)
    refresh_card(session, case.id)


def _field(session: Session, field: Field, source: Source, row: Row) -> object:
    reading: dict[FieldKind, Callable[[], Any]] = {
        FieldKind.DATE: lambda: source.read_day(row),
        FieldKind.VOLUNTEER: lambda: _volunteer(session, source.read(row)),
    }
    try:
        return reading.get(field.kind, lambda: source.read(row))()
    except CommandRefused as refusal:
        raise CommandRefused(f"{field.label}: {refusal.message}") from None


def _volunteer(session: Session, username: object) -> int | None:
    return session.scalar(select(Volunteer.id).where(Volunteer.username == str(username or "").lower()))


def _text(group: Mapping[str, Source], name: str, row: Row) -> str:
    try:
        return str(group[name].read(row) or "") if name in group else ""
    except CommandRefused as refusal:
        raise CommandRefused(f"{_label(name)}: {refusal.message}") from None


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()
