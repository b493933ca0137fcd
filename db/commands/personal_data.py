"""Keeps patient details and doctors' names out of free text: found on saving, redacted or kept with a reason."""

from collections.abc import Iterator, Mapping
from dataclasses import fields as fields_of
from dataclasses import is_dataclass, replace
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from db import clock
from db.access import Viewer, full_cases, read_case, viewer_of
from db.choices import AuditAction, PartyRole
from db.commands.record import clean_text
from db.commands.wall import hash_of_key
from db.errors import PersonalData
from db.models import AccessLog, Case, CaseIdentity, Party
from db.rules import personal_data
from db.rules.contacts import addresses_in
from db.rules.names import names_in
from db.rules.own_words import OURS, OwnWords
from db.rules.personal_data import FREE_TEXT, Found
from db.rules.plain_text import as_stored
from db.vault import vault_of

MOST_REASON = 300
AT_ONCE = 5_000
# What a form was drawn with: it is in the record already, and compared with it.
SEEN = "seen"
# The fields of an identity that may include a way to reach the doctor.
IDENTITY = ("contact", "safe_channel", "safe_times", "never_use")


def check(session: Session, *, actor_id: int, fields: Mapping[str, object], keep_reason: str = "") -> None:
    """Refuses (PersonalData, by field) free text that looks like it includes personal data, unless there is a reason to
    keep it: then the reason and the kinds of data are logged, never the text.
    """
    viewer = viewer_of(session, actor_id)
    own = own_words(fields)
    found = {name: kinds for name, text in _free_text(fields) if (kinds := _kinds(session, viewer, text, own))}
    if not found:
        return
    reason = clean_text(keep_reason, field="", label="Reason", required=False, most=MOST_REASON)
    if not reason:
        raise PersonalData({name: [personal_data.said(kind) for kind in kinds] for name, kinds in found.items()})
    words = f"{', '.join(sorted({kind for kinds in found.values() for kind in kinds}))}: {reason}"
    session.add(
        AccessLog(
            at=clock.now(),
            actor_id=viewer.id,
            action=AuditAction.KEPT,
            case_id=_case(session, viewer, fields),
            reason=words,
        )
    )


def without_personal_data(session: Session, *, actor_id: int, fields: Mapping[str, object]) -> dict[str, Any]:
    """The same fields, with everything that `check` would refuse redacted."""
    viewer, own = viewer_of(session, actor_id), own_words(fields)

    def clean(name: str, value: object) -> object:
        if name == SEEN:
            return value
        if isinstance(value, str) and _is_free(name, fields):
            plain = as_stored(value)
            return personal_data.redacted(plain, find(session, viewer, plain, own))
        if is_dataclass(value) and not isinstance(value, type):
            texts = {part.name: clean(part.name, getattr(value, part.name)) for part in fields_of(value)}
            return replace(value, **{part: text for part, text in texts.items() if isinstance(text, str)})
        if isinstance(value, dict):
            return {key: clean(key, part) for key, part in value.items()}
        return value

    return {name: clean(name, value) for name, value in fields.items()}


def find(session: Session, viewer: Viewer, text: str, own: OwnWords | None = None) -> list[Found]:
    """Personal data that the stored text seems to include: by pattern; by keyed hash, the names and contacts of doctors
    whose cases this person may read in full; and the people named in the same form (`own`). Not other doctors, or
    anybody could type a name to find out who has come to us.
    """
    typed = own.find(text) if own else ()
    return personal_data.without_overlaps([*personal_data.find(text), *typed, *_doctors(session, viewer, text)])


def own_words(fields: Mapping[str, object]) -> OwnWords:
    """Names and contacts in a form's other fields: of the doctor, and of people involved. They are not in the record
    yet, so a search there would not find them."""
    names, contacts, others = list[str](), list[str](), list[str]()
    for value in (fields, *(vars(v) for v in fields.values() if is_dataclass(v) and not isinstance(v, type))):
        if isinstance(value.get("name"), str) and isinstance(value.get("contact"), str):
            names.append(value["name"])
            contacts += [words for field in IDENTITY if isinstance(words := value.get(field), str)]
        others += [name for name in value.get("parties") or () if isinstance(name, str)]
    return OwnWords(names, contacts, others)


def _kinds(session: Session, viewer: Viewer, text: str, own: OwnWords) -> list[str]:
    return sorted({found.kind for found in find(session, viewer, as_stored(text), own)})


def _doctors(session: Session, viewer: Viewer, text: str) -> Iterator[Found]:
    vault, hashes = vault_of(session), dict[str, str]()

    def hashed(key: str) -> str:
        return hashes.get(key) or hashes.setdefault(key, hash_of_key(session, key))

    names = {(start, end): {hashed(key) for key in keys} for start, end, keys in names_in(text)}
    contacts = {(start, end): {vault.contact_hash(key) for key in keys} for start, end, keys in addresses_in(text)}
    known: set[str] = set()
    if names:
        doctors = select(Party.name_hash).join(Case, Case.id == Party.case_id)
        doctors = doctors.where(Party.role == PartyRole.DOCTOR, full_cases(viewer))
        known |= _among(session, doctors, Party.name_hash, set().union(*names.values()))
    if contacts:
        reached = select(CaseIdentity.contact_hash).join(Case, Case.id == CaseIdentity.case_id)
        reached = reached.where(full_cases(viewer))
        known |= _among(session, reached, CaseIdentity.contact_hash, set().union(*contacts.values()))
    for at, of_this in (*names.items(), *contacts.items()):
        if of_this & known:
            yield Found(OURS, at[0], at[1])


def _among(
    session: Session,
    query: Select[str] | Select[str | None],
    column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
    hashes: set[str],
) -> set[str]:
    """In batches, because databases limit the number of values in a statement."""
    found, asked = set[str](), sorted(hashes)
    for first in range(0, len(asked), AT_ONCE):
        found |= set(session.scalars(query.where(column.in_(asked[first : first + AT_ONCE]))))
    return found


def _free_text(fields: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        if name == SEEN:
            continue
        if isinstance(value, str) and _is_free(name, fields):
            yield name, value
        elif is_dataclass(value) and not isinstance(value, type):
            yield from _free_text({part.name: getattr(value, part.name) for part in fields_of(value)})
        elif isinstance(value, dict):
            yield from _free_text(value)


def _is_free(name: str, beside: Mapping[str, object]) -> bool:
    """A deadline's name is free text; any other `name` is a person's or a saved view's."""
    return name in FREE_TEXT or (name == "name" and "due_on" in beside)


def _case(session: Session, viewer: Viewer, fields: Mapping[str, object]) -> int | None:
    reference = fields.get("reference")
    return read_case(session, viewer, reference).id if isinstance(reference, str) else None
