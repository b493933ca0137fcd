"""Drafts, saved views and columns, requests for updates, and marks for the next meeting."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import JSON

from db.base import Base, Code, Digest, Key
from db.rules.limits import FORM_NAME_LENGTH, VIEW_NAME_LENGTH

UNANSWERED: dict[str, Any] = {
    "sqlite_where": text("answered_at IS NULL"),
    "postgresql_where": text("answered_at IS NULL"),
}
STANDING: dict[str, Any] = {"sqlite_where": text("cleared_at IS NULL"), "postgresql_where": text("cleared_at IS NULL")}
NO_CASE: dict[str, Any] = {"sqlite_where": text("case_id IS NULL"), "postgresql_where": text("case_id IS NULL")}


class Draft(Base):
    """What somebody has typed and chosen in a form and not saved yet, on a case or on none. `sealed` has it, encrypted.
    Not in the audit. Deleted on saving, when the case ends, and after limits.draft_days."""

    __tablename__ = "drafts"
    __table_args__ = (
        UniqueConstraint("volunteer_id", "case_id", "form"),
        Index("uq_drafts_without_case", "volunteer_id", "form", unique=True, **NO_CASE),
    )

    id: Mapped[Key]
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    form: Mapped[str] = mapped_column(String(FORM_NAME_LENGTH))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    saved_at: Mapped[datetime] = mapped_column(index=True)


class UsedToken(Base):
    """A form that somebody saved, as it was drawn. The same drawing is not saved twice, whoever lost the answer. The
    token, the form's name and the values are keyed digests: nothing typed is here."""

    __tablename__ = "used_tokens"
    __table_args__ = (
        UniqueConstraint("volunteer_id", "token"),
        Index(None, "volunteer_id", "form"),
    )

    id: Mapped[Key]
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    token: Mapped[Digest]
    form: Mapped[Digest]
    command: Mapped[Code]
    values: Mapped[Digest]
    used_at: Mapped[datetime] = mapped_column(index=True)


class SavedView(Base):
    """The queue's filters under a name: somebody's own, or shared by a lead. Never search words."""

    __tablename__ = "saved_views"
    __table_args__ = (
        UniqueConstraint("owner_id", "folded"),
        CheckConstraint(f"length(name) BETWEEN 1 AND {VIEW_NAME_LENGTH}", name="name_has_a_length"),
        Index(None, "shared"),
    )

    id: Mapped[Key]
    owner_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    name: Mapped[str] = mapped_column(String(VIEW_NAME_LENGTH))
    # The name as it is compared: nobody may have two that look the same.
    folded: Mapped[str] = mapped_column(String(120))
    shared: Mapped[bool] = mapped_column(default=False)
    filters: Mapped[dict[str, Any]] = mapped_column(JSON)


class UpdateRequest(Base):
    """A lead asks the case lead for an update; the next update answers it. At most one at a time."""

    __tablename__ = "update_requests"
    __table_args__ = (Index("uq_update_requests_open", "case_id", unique=True, **UNANSWERED),)

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    asked_at: Mapped[datetime]
    note: Mapped[str]
    answered_at: Mapped[datetime | None]


class MeetingMark(Base):
    """A case to discuss at the next meeting, and why. At most one at a time."""

    __tablename__ = "meeting_marks"
    __table_args__ = (Index("uq_meeting_marks_standing", "case_id", unique=True, **STANDING),)

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    why: Mapped[str]
    marked_by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    marked_at: Mapped[datetime]
    cleared_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    cleared_at: Mapped[datetime | None]
