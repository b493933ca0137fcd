"""How each person is reminded, and which digests went out."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, coded
from db.choices import Choice


class DigestState(Choice):
    """CLAIMED is one whose sending began: whether it arrived is not known if it stays that."""

    CLAIMED = "claimed", "Begun"
    SENT = "sent", "Sent"
    EMPTY = "empty", "Nothing to say"


class Reminders(Base):
    """One person's own choices. `seen_audit_id` is the newest change they have marked as read; of the calendar's
    secret address only a keyed hash is kept."""

    __tablename__ = "reminders"

    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), primary_key=True)
    seen_audit_id: Mapped[int] = mapped_column(default=0)
    calendar_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    calendar_made_at: Mapped[datetime | None]
    calendar_read_at: Mapped[datetime | None]
    wants_digest: Mapped[bool] = mapped_column(default=False)


class Digest(Base):
    """One person's digest of one day: written down before it is sent, so that no restart sends it twice."""

    __tablename__ = "digests"

    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    state: Mapped[DigestState] = mapped_column(coded(DigestState))
    at: Mapped[datetime]
