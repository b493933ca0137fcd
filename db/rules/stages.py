"""Stages: the table of allowed moves and what each must record (docs/domain.md §4.1).

Forms, imports and commands all follow `MOVES`; nothing else decides where a case may go.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol, TypeVar

from db.choices import Attributable, Choice, Representation, Stage, YesNo


class FieldKind(StrEnum):
    TEXT = "text"
    DATE = "date"
    CHOICE = "choice"
    TERM = "term"
    VOLUNTEER = "volunteer"


@dataclass(frozen=True)
class Field:
    """A field that a move records. `options` is a `Choice` (CHOICE) or the name of a list of coded terms (TERM)."""

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    options: type[Choice] | str | None = None
    required: bool = True
    help: str | None = None


@dataclass(frozen=True)
class Move:
    """An allowed move: what it records, who may make it, and what must be true first."""

    to: Stage
    label: str
    fields: tuple[Field, ...] = ()
    lead_only: bool = False
    needs_lead: bool = False
    needs_finding: bool = False
    needs_flag: bool = False
    needs_learning_consent: bool = False
    refused_learning_consent: bool = False


@dataclass(frozen=True)
class CaseFacts:
    """What the preconditions of a move depend on."""

    stage: Stage
    has_lead: bool
    findings: int
    flags: int
    learning_consent: bool
    open_actions: int
    has_crisis: bool = False
    # Statutory deadlines of ours, neither met nor lapsed.
    live_limits: int = 0


_TRIAGE = (
    Field("representation", "Representation", FieldKind.CHOICE, Representation),
    Field("limit_dates", "Time limits the doctor knows of", help="Write “none known” if there are none."),
    Field("scope", "Scope decision", help="Why this is, or is not, work for the campaign."),
)
_CAUSE = (Field("cause", "Why the case is open again"),)
_PLAN = (
    Field("plan", "Plan agreed with the doctor"),
    Field("authority", "Authority for outside contact", help="For each organisation, or “none yet”."),
)
_TURNED_AWAY = (
    Field("decline_reason", "Reason", FieldKind.TERM, "decline_reason"),
    Field("sent_to", "Where we referred the doctor"),
    Field("told_on", "Doctor told on", FieldKind.DATE),
)
_CLOSING = (
    Field("outcome", "Outcome", FieldKind.TERM, "outcome"),
    Field("attributable", "Attributable to our help", FieldKind.CHOICE, Attributable),
    Field("doctor_view", "The doctor’s own view of it"),
    Field("safe_ending", "Final check-in with the doctor", FieldKind.DATE),
    Field("papers", "Papers: returned or deleted, and when"),
)
_CLOSED = (
    Field("closure_reason", "Closure reason", FieldKind.TERM, "closure_reason"),
    Field("retain_until", "Keep the record until", FieldKind.DATE),
    Field("reviewer", "Reviewed by", FieldKind.VOLUNTEER),
)
_TO_ACTIVE = Move(Stage.ACTIVE, "Start support or advocacy", _PLAN, needs_lead=True)
_TO_CLOSED = Move(Stage.CLOSED, "Close the case", _CLOSED, lead_only=True)

MOVES: dict[Stage, tuple[Move, ...]] = {
    Stage.NEW: (Move(Stage.TRIAGE, "Start triage", _TRIAGE),),
    Stage.TRIAGE: (
        Move(
            Stage.REVIEW,
            "Start the review",
            (
                Field("first_contact", "First contact with the doctor", FieldKind.DATE),
                Field("documents", "Documents held, in a line"),
            ),
            needs_lead=True,
        ),
        Move(Stage.DECLINED, "Decline", _TURNED_AWAY, lead_only=True),
        Move(Stage.REFERRED, "Refer on", _TURNED_AWAY, lead_only=True),
    ),
    Stage.REVIEW: (
        Move(
            Stage.FINDINGS,
            "Agree findings",
            (
                Field("second_coder", "Second coder", FieldKind.VOLUNTEER, required=False),
                Field("shown", "Shown to the doctor", FieldKind.CHOICE, YesNo),
            ),
            needs_lead=True,
            needs_finding=True,
        ),
        Move(Stage.ACTIVE, "Act now (urgent)", _PLAN, needs_lead=True, needs_flag=True),
    ),
    Stage.FINDINGS: (_TO_ACTIVE,),
    Stage.ACTIVE: (Move(Stage.CLOSING, "Start closing", _CLOSING),),
    Stage.CLOSING: (
        Move(
            Stage.LEARNING,
            "Record learning",
            (Field("redaction_checked_by", "Redaction checked by", FieldKind.VOLUNTEER),),
            needs_learning_consent=True,
        ),
        Move(Stage.CLOSED, "Close the case", _CLOSED, lead_only=True, refused_learning_consent=True),
    ),
    Stage.LEARNING: (_TO_CLOSED,),
    Stage.CLOSED: (Move(Stage.TRIAGE, "Reopen", _CAUSE, lead_only=True),),
    Stage.DECLINED: (Move(Stage.TRIAGE, "Reopen", _CAUSE, lead_only=True),),
    Stage.REFERRED: (Move(Stage.TRIAGE, "Reopen", _CAUSE, lead_only=True),),
}


# Asked when a case ends over a crisis or a statutory limit that still stands.
TOLD = Field(
    "doctor_told",
    "What the doctor was told",
    help="About the crisis, and about each legal limit that goes on without us: by whom, when, and where to get help.",
)
FIELDS: dict[str, Field] = {
    field.name: field for moves in MOVES.values() for move in moves for field in (*move.fields, TOLD)
}
# Fields that hold the id of a person.
NAMING_PEOPLE = frozenset(name for name, field in FIELDS.items() if field.kind is FieldKind.VOLUNTEER)


# Among what a move recorded: that it takes back the one before.
TAKES_BACK = "takes_back"


class Recorded(Protocol):
    """A move as recorded."""

    @property
    def details(self) -> Mapping[str, object]: ...


M = TypeVar("M", bound=Recorded)


def standing(moves: Iterable[M]) -> list[M]:
    """The moves that were not taken back, in the order they were made."""
    found: list[M] = []
    for move in moves:
        if TAKES_BACK not in move.details:
            found.append(move)
        elif found:
            found.pop()
    return found


def find_move(current: Stage, target: Stage) -> Move | None:
    """The move from one stage to another, or None if it is not allowed."""
    return next((move for move in MOVES[current] if move.to is target), None)


def obstacle(move: Move, facts: CaseFacts, *, is_lead: bool) -> str | None:
    """Why this person cannot make this move now, and what to do about it; None if they can."""
    if move.lead_only and not is_lead:
        return "Only a lead can do this. Ask a lead, or say so under “Help wanted from the meeting”."
    if move.needs_lead and not facts.has_lead:
        return "This needs a case lead first. Offer the case to a volunteer."
    if move.needs_finding and not facts.findings:
        return "This needs a finding first. Add one on the case page."
    if move.needs_flag and not facts.flags:
        return "This needs a flag. Raise one first, or agree findings."
    if move.needs_learning_consent and not facts.learning_consent:
        return "This needs the doctor’s consent to learning. Record it first, or close the case instead."
    if move.refused_learning_consent and facts.learning_consent:
        return "The doctor consented to learning. Record learning first, or record that consent is withdrawn."
    return None


def fields_of(move: Move, facts: CaseFacts) -> tuple[Field, ...]:
    """What a move records of this case: a case does not end over a crisis, or a statutory limit of ours that still
    stands, until somebody has said what the doctor was told."""
    asks = not move.to.is_open and (facts.has_crisis or facts.live_limits > 0)
    return (*move.fields, TOLD) if asks else move.fields


def problems_with(fields: Iterable[Field], values: Mapping[str, object]) -> dict[str, str]:
    """What is missing or malformed in the fields of a move: {field name: one sentence}."""
    problems = {}
    for field in fields:
        value = values.get(field.name)
        if value is None or (isinstance(value, str) and not value.strip()):
            if field.required:
                problems[field.name] = f"{field.label}: please fill this in."
        elif not _fits(field, value):
            problems[field.name] = f"{field.label}: choose from the list."
    return problems


def _fits(field: Field, value: object) -> bool:
    if field.kind is FieldKind.DATE:
        return isinstance(value, date)
    if field.kind is FieldKind.VOLUNTEER:
        return isinstance(value, int)
    if field.kind is FieldKind.CHOICE:
        assert isinstance(field.options, type)
        return value in {member.value for member in field.options}
    return isinstance(value, str)
