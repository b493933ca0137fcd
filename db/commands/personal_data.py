"""Patients' details and our own doctors' names stay out of free text: found on saving, redacted or given a reason."""

from collections.abc import Iterator, Mapping
from dataclasses import fields as fields_of
from dataclasses import is_dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, full_cases, read_case, viewer_of
from db.choices import AuditAction, PartyRole
from db.commands.record import clean_text, vault_of
from db.commands.wall import name_hash
from db.errors import PersonalData
from db.models import AccessLog, Case, Doctor, Party
from db.rules import personal_data
from db.rules.personal_data import FREE_TEXT, Found

OURS = "a doctor of ours"
MOST_REASON = 300


def check(session: Session, *, actor_id: int, fields: Mapping[str, Any], keep_reason: str = "") -> None:
    """Refuses (PersonalData, by field) free text that seems to hold what must not stand there, unless a reason to
    keep it is given: then that is logged, with what kinds were kept and never the text.
    """
    viewer = viewer_of(session, actor_id)
    found = {name: kinds for name, text in _free_text(fields) if (kinds := _kinds(session, viewer, text))}
    if not found:
        return
    reason = clean_text(keep_reason, field="", label="Reason", required=False, most=MOST_REASON)
    if not reason:
        raise PersonalData(found)
    words = f"{', '.join(sorted({kind for kinds in found.values() for kind in kinds}))}: {reason}"
    session.add(
        AccessLog(at=clock.now(), actor_id=viewer.id, action=AuditAction.KEPT, case_id=_case(session, viewer, fields),
                  reason=words)
    )  # fmt: skip


def without_personal_data(session: Session, *, actor_id: int, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The same fields with all that `check` would refuse replaced by what it was."""
    viewer = viewer_of(session, actor_id)

    def clean(name: str, value: Any) -> Any:
        if isinstance(value, str) and _is_free(name, fields):
            return personal_data.redacted(value, find(session, viewer, value))
        if is_dataclass(value) and not isinstance(value, type):
            texts = {part.name: clean(part.name, getattr(value, part.name)) for part in fields_of(value)}
            return replace(value, **{part: text for part, text in texts.items() if isinstance(text, str)})
        if isinstance(value, dict):
            return {key: clean(key, part) for key, part in value.items()}
        return value

    return {name: clean(name, value) for name, value in fields.items()}


def find(session: Session, viewer: Viewer, text: str) -> list[Found]:
    """What the text seems to hold: by pattern, and by keyed hash of name and contact the doctors of cases this
    person may read in full. Of others nothing is said: whoever typed a name would learn who came to us.
    """
    return personal_data.without_overlaps([*personal_data.find(text), *_doctors(session, viewer, text)])


def _kinds(session: Session, viewer: Viewer, text: str) -> list[str]:
    return sorted({found.kind for found in find(session, viewer, text)})


def _doctors(session: Session, viewer: Viewer, text: str) -> Iterator[Found]:
    vault = vault_of(session)
    names = {at: hashed for name, *at_ in personal_data.names_in(text)
             if (at := tuple(at_)) and (hashed := name_hash(session, name))}  # fmt: skip
    contacts = {(start, end): vault.keyed_hash(word) for word, start, end in personal_data.addresses_in(text)}
    known: set[str] = set()
    if names:
        doctors = select(Party.name_hash).join(Case, Case.id == Party.case_id)
        doctors = doctors.where(Party.role == PartyRole.DOCTOR, full_cases(viewer))
        known |= set(session.scalars(doctors.where(Party.name_hash.in_(set(names.values())))))
    if contacts:
        reached = select(Doctor.identity_hash).join(Case, Case.doctor_id == Doctor.id).where(full_cases(viewer))
        known |= set(session.scalars(reached.where(Doctor.identity_hash.in_(set(contacts.values())))))
    for at, hashed in (*names.items(), *contacts.items()):
        if hashed in known:
            yield Found(OURS, at[0], at[1])


def _free_text(fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        if isinstance(value, str) and _is_free(name, fields):
            yield name, value
        elif is_dataclass(value) and not isinstance(value, type):
            yield from _free_text({part.name: getattr(value, part.name) for part in fields_of(value)})
        elif isinstance(value, dict):
            yield from _free_text(value)


def _is_free(name: str, beside: Mapping[str, Any]) -> bool:
    """A deadline is named freely; any other `name` is somebody's own, or that of a saved view."""
    return name in FREE_TEXT or (name == "name" and "due_on" in beside)


def _case(session: Session, viewer: Viewer, fields: Mapping[str, Any]) -> int | None:
    reference = fields.get("reference")
    return read_case(session, viewer, reference).id if isinstance(reference, str) else None
