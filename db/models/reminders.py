"""How people are reminded, and which digests were sent."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, coded
from db.choices import Choice


class DigestState(Choice):
    """CLAIMED means that sending has started. If it stays so, the digest may or may not have arrived."""

    CLAIMED = "claimed", "Started"
    SENT = "sent", "Sent"
    EMPTY = "empty", "Nothing to say"


class Reminders(Base):
    """One person's choices. `seen_audit_id` is the newest change they have marked as read. Only a keyed hash of the
    calendar's secret address is kept."""

    __tablename__ = "reminders"

    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), primary_key=True)
    seen_audit_id: Mapped[int] = mapped_column(default=0)
    calendar_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    calendar_made_at: Mapped[datetime | None]
    calendar_read_at: Mapped[datetime | None]
    wants_digest: Mapped[bool] = mapped_column(default=False)


class Digest(Base):
    """One person's digest of one day: recorded before it is sent, so that a restart does not send it twice."""

    __tablename__ = "digests"

    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    state: Mapped[DigestState] = mapped_column(coded(DigestState))
    at: Mapped[datetime]
