"""Doctors' identities: kept with each case, opened only with a reason, and logged."""

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, viewer_of
from db.base import LEAVES_NOTHING
from db.choices import AuditAction, PartyRole
from db.commands.personal_data import find
from db.commands.record import clean_text
from db.commands.wall import hash_of_key, name_hash
from db.declared import change
from db.errors import CommandRefused
from db.models import AccessLog, Case, CaseIdentity, Doctor, Party
from db.rules.contacts import contact_key, contact_keys
from db.rules.limits import NAME_LENGTH
from db.rules.names import name_keys, name_words
from db.rules.personal_data import redacted
from db.vault import Identity, vault_of

AT_ONCE = 1_000
# How the log tells that somebody opened what the doctor told of themselves, and not the identity.
APART = "What the doctor told of themselves: "


change("rotate_identity", says="encrypted identities with a new key", moves_access=False)


def open_identity(session: Session, *, actor_id: int, reference: str, reason: str) -> Identity:
    """Opens the identity kept with this case, for the team or a lead. Refuses: not found, no reason, no key that fits.
    Personal data in the reason is redacted first, because nothing can be removed from the log later."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    words = reason_to_open(session, viewer, reason)
    identity = vault_of(session).open(session.get_one(CaseIdentity, case.id).sealed)
    note_opened(session, viewer, case, words)
    return identity


def reason_to_open(session: Session, viewer: Viewer, reason: str) -> str:
    """The reason as it is logged. Refuses: none, too long."""
    words = clean_text(reason, field="reason", label="Reason", most=300)
    return redacted(words, find(session, viewer, words))


def note_opened(session: Session, viewer: Viewer, case: Case, reason: str) -> None:
    session.add(
        AccessLog(at=clock.now(), actor_id=viewer.id, action=AuditAction.IDENTITY, case_id=case.id, reason=reason)
    )


def reopen_identity(session: Session, *, actor_id: int, reference: str, since: datetime) -> Identity:
    """The identity once more, for whoever opened it since then and still has it in view: no second look, so no second
    row in the log. Refuses: not found, and whoever has not opened it since."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    opened = select(AccessLog.id).where(
        AccessLog.actor_id == viewer.id,
        AccessLog.case_id == case.id,
        AccessLog.action == AuditAction.IDENTITY,
        # Another opening is no way to this one.
        ~AccessLog.reason.startswith(APART, autoescape=True),
        AccessLog.at >= since,
    )
    if session.scalar(opened.limit(1)) is None:
        raise CommandRefused("Open the identity again if you still need it.")
    return vault_of(session).open(session.get_one(CaseIdentity, case.id).sealed)


def new_doctor(session: Session) -> Doctor:
    """A new doctor for each case. The person recording it may be barred from the doctor's other cases, so nothing
    is looked up: a lead who may read both says later that they are the same doctor (db/commands/same_doctor.py)."""
    doctor = Doctor(created_at=clock.now())
    session.add(doctor)
    session.flush()
    return doctor


class Told(Protocol):
    """What a new case says about who the doctor is."""

    @property
    def name(self) -> str: ...
    @property
    def contact(self) -> str: ...
    @property
    def safe_channel(self) -> str: ...
    @property
    def safe_times(self) -> str: ...
    @property
    def never_use(self) -> str: ...


def told_identity(told: Told) -> Identity:
    """The identity as it is kept. Refuses, by field, what is empty or too long."""
    return Identity(
        name=clean_text(told.name, field="name", label="Name", most=NAME_LENGTH),
        contact=clean_text(told.contact, field="contact", label="Safe contact", most=300),
        safe_channel=clean_text(told.safe_channel, field="safe_channel", label="Safe channel", required=False),
        safe_times=clean_text(told.safe_times, field="safe_times", label="Safe times", required=False),
        never_use=clean_text(told.never_use, field="never_use", label="Never use", required=False),
    )


def keep_identity(session: Session, case: Case, identity: Identity) -> CaseIdentity:
    """Seals the identity of a new case."""
    row = CaseIdentity(case_id=case.id, doctor_id=case.doctor_id)
    seal_identity(session, row, identity)
    session.add(row)
    session.flush()
    return row


def keep_beside(session: Session, case: Case, **parts: str) -> None:
    """Seals something else with the identity of a case; of what was there nothing is left."""
    # Locked, or a correction of the identity at the same time could be lost.
    row = session.get_one(CaseIdentity, case.id, with_for_update=True)
    vault = vault_of(session)
    row.sealed = vault.seal(replace(vault.open(row.sealed), **parts))
    session.info[LEAVES_NOTHING] = True


def seal_identity(session: Session, row: CaseIdentity, identity: Identity) -> None:
    """Puts the identity into its row, with the hashes that it is found by."""
    row.sealed = vault_of(session).seal(identity)
    _hash(session, row, identity)


def fill_identity_hashes(session: Session, after: int = 0) -> int | None:
    """Adds hashes to a batch of the identities that an upgrade left without. Returns the case of the last one, or None
    if none are left. An identity that no key opens stays without."""
    hashes = (CaseIdentity.name_hash, CaseIdentity.contact_hash, CaseIdentity.search_words)
    without = or_(*(column.is_(None) for column in hashes))
    query = select(CaseIdentity).where(without, CaseIdentity.case_id > after).order_by(CaseIdentity.case_id)
    rows = session.scalars(query.limit(AT_ONCE)).all()
    for row in rows:
        try:
            identity = vault_of(session).open(row.sealed)
        except CommandRefused:
            continue
        _hash(session, row, identity)
        _name_doctor_anew(session, row, identity.name)
    return rows[-1].case_id if rows else None


def _name_doctor_anew(session: Session, row: CaseIdentity, name: str) -> None:
    """The doctor is also one of the people named in the case: hashes that name again by the current rule."""
    hashed = name_hash(session, name)
    ways = {hash_of_key(session, key) for key in name_keys(name)}
    parties = session.scalars(select(Party).where(Party.case_id == row.case_id)).all()
    if hashed is None or hashed in {party.name_hash for party in parties}:
        return
    for party in parties:
        if party.role is PartyRole.DOCTOR and party.name_hash in ways:
            party.name_hash = hashed
            return


def _hash(session: Session, row: CaseIdentity, identity: Identity) -> None:
    row.contact_hash = vault_of(session).contact_hash(contact_key(identity.contact))
    # What is not a name, such as a number, is hashed as it is: the same words are the same person.
    row.name_hash = name_hash(session, identity.name) or vault_of(session).keyed_hash(f"unnamed {identity.name}")
    row.search_words = vault_of(session).search_words(name_words(identity.name), contact_keys(identity.contact))
