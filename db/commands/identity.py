"""Doctors' identity: kept with each case, opened on purpose, with a reason, and logged."""

from typing import Protocol

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db import clock
from db.access import read_case, viewer_of
from db.choices import AuditAction, PartyRole
from db.commands.personal_data import find
from db.commands.record import clean_text
from db.commands.wall import hash_of_key, name_hash
from db.declared import change
from db.errors import CommandRefused
from db.models import AccessLog, Case, CaseIdentity, Doctor, Party
from db.rules.contacts import contact_key
from db.rules.names import name_keys
from db.rules.personal_data import redacted
from db.vault import Identity, vault_of

AT_ONCE = 1_000


change("rotate_identity", says="encrypted identities anew", moves_access=False)


def open_identity(session: Session, *, actor_id: int, reference: str, reason: str) -> Identity:
    """Opens what the doctor told with this case, for the team or a lead. Refuses: not found, no reason, no key that
    fits. What of the reason seems to be personal data is redacted before it is logged: nobody could take it out of the
    log again."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    words = clean_text(reason, field="reason", label="Reason", most=300)
    words = redacted(words, find(session, viewer, words))
    identity = vault_of(session).open(session.get_one(CaseIdentity, case.id).sealed)
    session.add(
        AccessLog(at=clock.now(), actor_id=viewer.id, action=AuditAction.IDENTITY, case_id=case.id, reason=words)
    )
    return identity


def new_doctor(session: Session) -> Doctor:
    """A doctor for one case. Whoever takes a message down may not be let see another case of the same person, so
    nothing is looked up and nothing joined: a lead who reads both says that later (db/commands/same_doctor.py)."""
    doctor = Doctor(created_at=clock.now())
    session.add(doctor)
    session.flush()
    return doctor


class Told(Protocol):
    """What an intake says of who the doctor is."""

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
    """As it is kept. Refuses by field what is empty or too long."""
    return Identity(
        name=clean_text(told.name, field="name", label="Name", most=200),
        contact=clean_text(told.contact, field="contact", label="Safe contact", most=300),
        safe_channel=clean_text(told.safe_channel, field="safe_channel", label="Safe channel", required=False),
        safe_times=clean_text(told.safe_times, field="safe_times", label="Safe times", required=False),
        never_use=clean_text(told.never_use, field="never_use", label="Never use", required=False),
    )


def keep_identity(session: Session, case: Case, identity: Identity) -> CaseIdentity:
    """Seals what the doctor told with a new case."""
    row = CaseIdentity(case_id=case.id, doctor_id=case.doctor_id, sealed=vault_of(session).seal(identity))
    _hash(session, row, identity)
    session.add(row)
    session.flush()
    return row


def fill_identity_hashes(session: Session, after: int = 0) -> int | None:
    """For some of the identities that an upgrade left without hashes; the case of the last, None where none are left.
    One that no key opens stays without: nobody can tell whose it is."""
    without = or_(CaseIdentity.name_hash.is_(None), CaseIdentity.contact_hash.is_(None))
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
    """The doctor of a case is a person named in it too, and of this one the name is known: kept by the present rule."""
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
    # Of what is no name, such as initials in digits: the same words are the same person.
    row.name_hash = name_hash(session, identity.name) or vault_of(session).keyed_hash(f"unnamed {identity.name}")
