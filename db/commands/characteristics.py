"""What the doctor chose to tell of themselves: optional, for a stated purpose, and sealed apart from everything else.

No query reads it and nothing is counted by it. Where a doctor first qualified stands here too: together with grade,
specialty and organisation it can say who they are, and whether it was held against them is a ground or a finding.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, fields, replace

from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, viewer_of
from db.base import LEAVES_NOTHING
from db.card import refresh_card
from db.choices import EntryKind
from db.commands.identity import APART, note_opened, reason_to_open
from db.commands.record import add_line, audit, clean_text, touch
from db.declared import Password, Patterns, command
from db.errors import CommandRefused, Invalid
from db.models import Case, CaseIdentity, CodedTerm
from db.rules.limits import NAME_LENGTH, REASON_LENGTH
from db.vault import Characteristics, vault_of

TOLD = tuple(field.name for field in fields(Characteristics) if field.name not in ("purpose", "agreed_on"))
CODED = ("age_band", "qualification_group")


def open_characteristics(session: Session, *, actor_id: int, reference: str, reason: str) -> Characteristics:
    """Opens what the doctor told of themselves, for the team or a lead; the log says so. Empty if there is nothing.
    Refuses: not found, no reason, no key that fits."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    words = reason_to_open(session, viewer, reason)
    found = _opened(session, session.get_one(CaseIdentity, case.id))
    note_opened(session, viewer, case, f"{APART}{words}")
    return found


@command(
    says="recorded what the doctor told of themselves",
    patterns=Patterns.NEVER,
    password=Password.AGAIN,
    moves_access=False,
)
def keep_characteristics(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    told: Characteristics,
    emptied: Sequence[str],
    permission: bool,
) -> None:
    """Seals what the doctor told of themselves, apart from the identity. What is empty in `told` stays as it is;
    `emptied` names what is to be removed. Of what was there nothing is left. History and timeline say that something
    was recorded, never what.

    Refuses: not found; Invalid by field: without the doctor's permission, no purpose, nothing told, an unknown code or
    name, a text that is too long.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    # Locked: what two people add at once is all kept.
    row = session.get_one(CaseIdentity, case.id, with_for_update=True)
    old = _opened(session, row)
    new = _told(session, old, told, emptied, permission=permission)
    row.characteristics = vault_of(session).seal_text(json.dumps(asdict(new)))
    _record(session, viewer, case, "What the doctor told of themselves was recorded, with their permission.")
    touch(case, viewer)
    audit(session, viewer, "keep_characteristics", case=case)
    refresh_card(session, case.id)


@command(
    says="removed what the doctor told of themselves",
    patterns=Patterns.NEVER,
    password=Password.AGAIN,
    moves_access=False,
)
def forget_characteristics(session: Session, *, actor_id: int, reference: str) -> None:
    """Removes all of it, as when the doctor takes their permission back. Refuses: not found."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    session.get_one(CaseIdentity, case.id, with_for_update=True).characteristics = None
    _record(session, viewer, case, "What the doctor told of themselves was removed.")
    touch(case, viewer)
    audit(session, viewer, "forget_characteristics", case=case)
    refresh_card(session, case.id)


def _record(session: Session, viewer: Viewer, case: Case, line: str) -> None:
    session.info[LEAVES_NOTHING] = True
    add_line(session, viewer, case, EntryKind.SYSTEM, line)


def _opened(session: Session, row: CaseIdentity) -> Characteristics:
    if row.characteristics is None:
        return Characteristics()
    return Characteristics(**json.loads(vault_of(session).open_text(row.characteristics)))


def _told(
    session: Session, old: Characteristics, told: Characteristics, emptied: Sequence[str], *, permission: bool
) -> Characteristics:
    found: dict[str, str] = {}
    if not permission:
        found["permission"] = "Permission: only with the doctor’s own, for this purpose. Ask them first."
    if not set(emptied) <= set(TOLD):
        found["emptied"] = "Remove: choose from the list."
    said = {}
    for name in (*TOLD, "purpose"):
        value = getattr(told, name)
        if not isinstance(value, str) or (name in CODED and value and session.get(CodedTerm, (name, value)) is None):
            found[name] = f"{_label(name)}: choose from the list."
            continue
        most = REASON_LENGTH if name == "purpose" else NAME_LENGTH
        said[name] = clean_text(value, field=name, label=_label(name), required=False, most=most)
    if not (said.get("purpose") or old.purpose):
        found["purpose"] = "What it may be used for: please fill this in."
    if found:
        raise Invalid(found)
    given = {name: value for name, value in said.items() if value}
    if not given.keys() & set(TOLD) and not emptied:
        raise CommandRefused("Fill in at least one of these, or choose what to remove.", field=TOLD[0])
    now = replace(old, **given, agreed_on=clock.today().isoformat())
    return replace(now, **{name: "" for name in emptied if name not in given})


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()
