"""A person's choices about reminders, for their own account page only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from db.access import Viewer
from db.models import Reminders, Volunteer


@dataclass(frozen=True)
class Choices:
    """`calendar_made_at` is None without an address; `calendar_read_at` is None until a calendar has read it."""

    calendar_made_at: datetime | None
    calendar_read_at: datetime | None
    wants_digest: bool
    email: str


def reminder_choices(session: Session, viewer: Viewer) -> Choices:
    """The viewer's own choices only."""
    row = session.get(Reminders, viewer.id)
    email = session.get_one(Volunteer, viewer.id).email or ""
    if row is None:
        return Choices(None, None, False, email)
    return Choices(row.calendar_made_at, row.calendar_read_at, row.wants_digest, email)
