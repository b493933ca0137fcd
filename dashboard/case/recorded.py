"""What stage moves recorded, in words: the plan, the authority, how the case ended and the rest."""

from collections.abc import Iterable, Mapping
from datetime import date

from dashboard.ui import text
from db.choices import Choice
from db.queries.case_detail import CaseDetail
from db.queries.case_parts import StageMove
from db.queries.reference import Reference
from db.rules.stages import FIELDS, FieldKind

AGREED = ("plan", "authority")
ENDED = (
    "decline_reason",
    "sent_to",
    "told_on",
    "doctor_told",
    "outcome",
    "attributable",
    "doctor_view",
    "safe_ending",
    "papers",
    "redaction_checked_by",
    "closure_reason",
    "retain_until",
    "reviewer",
)


def latest(case: CaseDetail) -> dict[str, str]:
    """The last value of each field since the case was opened, or opened again; without moves that were taken back."""
    found: list[dict[str, str]] = [{}]
    for move in case.moves:
        if move.takes_back:
            found.pop()
        elif move.from_stage is not None and not move.from_stage.is_open:
            found.append(dict(move.recorded))
        else:
            found.append({**found[-1], **move.recorded})
    return found[-1] if found else {}


def standing_moves(case: CaseDetail) -> list[StageMove]:
    """The moves that were not taken back."""
    found: list[StageMove] = []
    for move in case.moves:
        if move.takes_back:
            found.pop()
        else:
            found.append(move)
    return found


def lines(recorded: Mapping[str, str], names: Iterable[str], reference: Reference) -> list[str]:
    """“Plan agreed with the doctor: …”, for those of these fields that were filled in."""
    return [f":gray[{_label(name)}:] {_value(name, recorded[name], reference)}" for name in names if recorded.get(name)]


def others(recorded: Mapping[str, str]) -> list[str]:
    """The fields that belong neither to the plan nor to the end. Representation is a fact of the case."""
    return [name for name in recorded if name not in (*AGREED, *ENDED, "representation")]


def _label(name: str) -> str:
    return FIELDS[name].label if name in FIELDS else text.plain(name)


def _value(name: str, value: str, reference: Reference) -> str:
    field = FIELDS.get(name)
    if field is None:
        return text.plain(value)
    if field.kind is FieldKind.DATE:
        return text.day(date.fromisoformat(value))
    if field.kind is FieldKind.TERM:
        return text.plain(reference.terms[str(field.options)].get(value, value))
    if field.kind is FieldKind.CHOICE and isinstance(field.options, type) and issubclass(field.options, Choice):
        return next((option.label for option in field.options if option == value), text.plain(value))
    return text.plain(value)
