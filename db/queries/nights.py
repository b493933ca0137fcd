"""When the nightly run and the last backup ended, for leads."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.access import Viewer
from db.models import Audit, NightStep

BACKUP, LAST = "backup", "audit"


@dataclass(frozen=True)
class NightPart:
    """A part of the newest night: when it began and ended, and what went wrong, in words without anything of a case."""

    code: str
    began_at: datetime
    ended_at: datetime | None
    failed: str


@dataclass(frozen=True)
class Nights:
    """When each last ended well, or None for never; `since` is when the record began. `parts` are those of the newest
    night, in order."""

    last_run: datetime | None
    last_backup: datetime | None
    since: datetime | None
    parts: tuple[NightPart, ...]


def nights(session: Session, viewer: Viewer) -> Nights | None:
    """None for anybody but a lead."""
    if not viewer.is_lead:
        return None
    ended = dict(
        session.execute(
            select(NightStep.step, func.max(NightStep.ended_at))
            .where(NightStep.failed.is_(None), NightStep.step.in_((BACKUP, LAST)))
            .group_by(NightStep.step)
        ).all()
    )
    newest = select(func.max(NightStep.day)).scalar_subquery()
    rows = session.scalars(select(NightStep).where(NightStep.day == newest).order_by(NightStep.began_at)).all()
    return Nights(
        last_run=ended.get(LAST),
        last_backup=ended.get(BACKUP),
        since=session.scalar(select(Audit.at).order_by(Audit.id).limit(1)),
        parts=tuple(NightPart(row.step, row.began_at, row.ended_at, row.failed or "") for row in rows),
    )
