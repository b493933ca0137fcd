"""The one way to open a doctor's identity: on purpose, with a reason, and logged."""

from sqlalchemy.orm import Session

from db import clock
from db.access import read_case, viewer_of
from db.choices import AuditAction
from db.commands.record import clean_text, vault_of
from db.models import AccessLog, Doctor
from db.vault import Identity


def open_identity(session: Session, *, actor_id: int, reference: str, reason: str) -> Identity:
    """Opens the identity for the team or a lead. Refuses: not found, no reason, no key that fits."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    words = clean_text(reason, field="reason", label="Reason", most=300)
    identity = vault_of(session).open(session.get_one(Doctor, case.doctor_id).identity)
    session.add(
        AccessLog(at=clock.now(), actor_id=viewer.id, action=AuditAction.IDENTITY, case_id=case.id, reason=words)
    )
    return identity
