"""Releases of the last closed quarters, computed one after another as in real use, and signed by two leads."""

from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import audit_chain, clock
from db.choices import Role
from db.commands.releases import add_release
from db.models import Release, Volunteer
from db.queries.releases import ready
from db.rules.quarters import last_quarters, quarter_after, quarter_before, quarter_of, quarter_start
from db.rules.release_record import protected

QUARTERS = 3
# After the end of the quarter: the nightly job, then two leads some days later.
COMPUTED, REVIEWED, SIGNED = timedelta(hours=3), timedelta(days=3, hours=19), timedelta(days=8, hours=20)


def add_releases(session: Session) -> None:
    """Adds the releases. If the last quarter has only just closed, its release still waits for review or signing."""
    leads = session.scalars(
        select(Volunteer.id).where(Volunteer.role == Role.LEAD, Volunteer.active).order_by(Volunteer.id).limit(2)
    ).all()
    for quarter in reversed(last_quarters(quarter_before(quarter_of(clock.today())), QUARTERS)):
        row = add_release(session, protected(ready(session, quarter)), computed_by_id=None)
        ended = datetime.combine(quarter_start(quarter_after(quarter)), time(), tzinfo=clock.LONDON)
        row.computed_at = min(ended + COMPUTED, clock.now())
        _note(session, row, "compute_release", row.computed_at, None)
        if ended + REVIEWED <= clock.now():
            row.reviewed_by_id, row.reviewed_at = leads[-1], ended + REVIEWED
            _note(session, row, "review_release", row.reviewed_at, leads[-1])
        if ended + SIGNED <= clock.now():
            row.signed_by_id, row.signed_at = leads[0], ended + SIGNED
            _note(session, row, "sign_release", row.signed_at, leads[0])
        session.flush()


def _note(session: Session, row: Release, action: str, at: datetime, actor_id: int | None) -> None:
    details = {"quarter": row.quarter, "fingerprint": row.fingerprint}
    line: audit_chain.AuditRow = {"at": at, "actor_id": actor_id, "action": action, "case_id": None, "details": details}
    audit_chain.wait(session, line)
