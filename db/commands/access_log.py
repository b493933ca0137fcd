"""Logs who viewed, searched or opened what."""

from sqlalchemy import insert
from sqlalchemy.orm import Session

from db import clock
from db.access import read_case, viewer_of
from db.choices import AuditAction
from db.declared import change
from db.models import AccessLog

ADD = insert(AccessLog)

change(AuditAction.VIEW, says="viewed the case", moves_access=False)
change(AuditAction.PERSON_SEARCH, says="found cases by the doctor’s name or contact", moves_access=False)
change(AuditAction.IDENTITY, says="opened the doctor’s identity", moves_access=False)
change(AuditAction.KEPT, says="kept words that look like personal data", moves_access=False)


def log_access(session: Session, *, actor_id: int, action: AuditAction, reference: str | None = None) -> None:
    """Adds a row to the access log. The words searched for are not kept, as they may include a name."""
    viewer = viewer_of(session, actor_id)
    case_id = read_case(session, viewer, reference).id if reference else None
    session.execute(ADD, {"at": clock.now(), "actor_id": viewer.id, "action": action, "case_id": case_id})
