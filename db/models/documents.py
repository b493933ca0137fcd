"""A case's documents: where each is kept. The documents themselves are never stored here."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Key


class Document(Base):
    """A link to a document kept elsewhere. Withdrawn, never deleted, so that the record shows what was there."""

    __tablename__ = "documents"
    __table_args__ = (CheckConstraint("link LIKE 'https://%'", name="link_is_https"),)

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    case_process_id: Mapped[int | None] = mapped_column(ForeignKey("case_processes.id"), index=True)
    description: Mapped[str]
    link: Mapped[str]
    dated_on: Mapped[date | None]
    added_by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    added_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    withdrawn_why: Mapped[str | None]
