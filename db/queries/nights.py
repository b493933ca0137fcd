"""When the nightly run and the last backup ended, for leads."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ScalarSelect, func, select
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
    """When each last ended well, or None for never; `since` is when the record began."""

    last_run: datetime | None
    last_backup: datetime | None
    since: datetime | None


def nights(session: Session, viewer: Viewer) -> Nights | None:
    """None for anybody but a lead."""
    if not viewer.is_lead:
        return None
    began = select(Audit.at).order_by(Audit.id).limit(1).scalar_subquery()
    row = session.execute(select(_ended(LAST), _ended(BACKUP), began)).one()
    return Nights(*row)


def _ended(step: str) -> ScalarSelect[datetime | None]:
    well = (NightStep.step == step, NightStep.failed.is_(None), NightStep.ended_at.is_not(None))
    return select(NightStep.ended_at).where(*well).order_by(NightStep.day.desc()).limit(1).scalar_subquery()


def last_night(session: Session, viewer: Viewer) -> list[NightPart]:
    """The parts of the newest night, in order; none for anybody but a lead."""
    if not viewer.is_lead:
        return []
    newest = select(func.max(NightStep.day)).scalar_subquery()
    rows = session.scalars(select(NightStep).where(NightStep.day == newest).order_by(NightStep.began_at)).all()
    return [NightPart(row.step, row.began_at, row.ended_at, row.failed or "") for row in rows]
