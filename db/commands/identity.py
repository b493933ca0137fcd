"""Doctors' identity: found again at intake, and opened on purpose, with a reason, and logged."""

from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, viewer_of
from db.choices import AuditAction
from db.commands.personal_data import find
from db.commands.record import audit, clean_text, vault_of
from db.errors import CommandRefused
from db.models import AccessLog, Doctor
from db.rules.personal_data import redacted
from db.vault import Identity, Vault

SHARED = 20
INTAKE_LOCK = 20_180_725


def open_identity(session: Session, *, actor_id: int, reference: str, reason: str) -> Identity:
    """Opens the identity for the team or a lead. Refuses: not found, no reason, no key that fits. What of the reason
    seems to be personal data is redacted before it is logged: nobody could take it out of the log again."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    words = clean_text(reason, field="reason", label="Reason", most=300)
    words = redacted(words, find(session, viewer, words))
    identity = vault_of(session).open(session.get_one(Doctor, case.doctor_id).identity)
    session.add(
        AccessLog(at=clock.now(), actor_id=viewer.id, action=AuditAction.IDENTITY, case_id=case.id, reason=words)
    )
    return identity


def doctor_of(session: Session, viewer: Viewer, identity: Identity) -> Doctor:
    """The doctor of this contact and name, with what is new about reaching them safely; or a new one.

    The contact alone is not enough: two doctors may share a union's address, or both be "unknown".
    """
    _take_turns(session)
    vault = vault_of(session)
    key = vault.keyed_hash(identity.contact)
    # A contact that more doctors share than this tells nobody from another.
    same_contact = select(Doctor).where(Doctor.identity_hash == key).order_by(Doctor.id.desc()).limit(SHARED)
    for doctor in session.scalars(same_contact):
        known = _opened(vault, doctor)
        if known is not None and vault.keyed_hash(known.name) == vault.keyed_hash(identity.name):
            newest = _newest(known, identity)
            if newest != known:
                doctor.identity = vault.seal(newest)
                audit(session, viewer, "change_identity", doctor_id=doctor.id)
            return doctor
    doctor = Doctor(identity=vault.seal(identity), identity_hash=key, created_at=clock.now())
    session.add(doctor)
    session.flush()
    return doctor


def _take_turns(session: Session) -> None:
    """Two messages of one doctor at one instant would make two doctors. On SQLite all writes take turns anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(INTAKE_LOCK)))


def _opened(vault: Vault, doctor: Doctor) -> Identity | None:
    try:
        return vault.open(doctor.identity)
    except CommandRefused:
        return None


def _newest(known: Identity, told: Identity) -> Identity:
    """A new safe channel replaces the old one; a warning, once given, stays."""
    warnings = [known.never_use, told.never_use]
    if told.never_use.casefold() in known.never_use.casefold():
        warnings.pop()
    return replace(
        known,
        safe_channel=told.safe_channel or known.safe_channel,
        safe_times=told.safe_times or known.safe_times,
        never_use="; ".join(words for words in warnings if words),
    )
