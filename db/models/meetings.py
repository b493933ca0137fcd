"""Weekly meetings: who came, the agenda, what was said and decided, and what was frozen when it closed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, Digest, Key, coded
from db.choices import AgendaSection, NoteKind

NOT_CLOSED: dict[str, Any] = {"sqlite_where": text("is_closed = 0"), "postgresql_where": text("NOT is_closed")}
HAS_CASE = text("case_id IS NOT NULL")
OF_A_CASE: dict[str, Any] = {"sqlite_where": HAS_CASE, "postgresql_where": HAS_CASE}


class Meeting(Base):
    """At most one that is not closed. `frozen` is what it was when it closed, as canonical JSON without free text, and
    `digest` its hash, which the audit has too; nothing may change either."""

    __tablename__ = "meetings"
    __table_args__ = (Index("uq_meetings_not_closed", "is_closed", unique=True, **NOT_CLOSED),)

    id: Mapped[Key]
    held_on: Mapped[date] = mapped_column(index=True)
    chair_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    note_taker_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    planned_by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    planned_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    is_closed: Mapped[bool] = mapped_column(default=False, server_default=false())
    frozen: Mapped[str | None]
    digest: Mapped[Digest | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own class attribute


class MeetingAttendee(Base):
    """Somebody who is asked to come; `came` is known once it is open, `confirmed_at` once they agree."""

    __tablename__ = "meeting_attendees"
    __table_args__ = (UniqueConstraint("meeting_id", "volunteer_id"),)

    id: Mapped[Key]
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"))
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    came: Mapped[bool | None]
    confirmed_at: Mapped[datetime | None]


class MeetingItem(Base):
    """One line of the agenda: a case with the reasons why it is there, or a topic. `opened_at` is when it was last
    opened in the meeting: the last one opened is the one under discussion. `left` has the ids of who had to leave for
    it, and as `chair` and `notes` those of who stood in."""

    __tablename__ = "meeting_items"
    __table_args__ = (
        Index("uq_meeting_items_once_a_case", "meeting_id", "case_id", unique=True, **OF_A_CASE),
        Index(None, "case_id"),
    )

    id: Mapped[Key]
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"), index=True)
    section: Mapped[AgendaSection] = mapped_column(coded(AgendaSection, "section"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    # A topic's words, or the question that somebody asks about a case.
    question: Mapped[str]
    reasons: Mapped[dict[str, Any]]
    position: Mapped[int]
    minutes: Mapped[int | None]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    added_at: Mapped[datetime]
    is_late: Mapped[bool] = mapped_column(default=False)
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    removed_at: Mapped[datetime | None]
    removed_why: Mapped[str | None]
    opened_at: Mapped[datetime | None]
    left: Mapped[dict[str, Any]]
    is_carried: Mapped[bool] = mapped_column(default=False)


class MeetingNote(Base):
    """What was written down, in rows that are only added: two people who write at once lose nothing. `action_id` is the
    action that a decision set; `dissents_from_id` the decision with which somebody does not agree. `case_id` is the
    item's, so that a redaction on the case reaches these words too."""

    __tablename__ = "meeting_notes"

    id: Mapped[Key]
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"), index=True)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("meeting_items.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[NoteKind] = mapped_column(coded(NoteKind))
    decision: Mapped[Code | None]
    words: Mapped[str]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    due_on: Mapped[date | None]
    action_id: Mapped[int | None] = mapped_column(ForeignKey("actions.id"))
    dissents_from_id: Mapped[int | None] = mapped_column(ForeignKey("meeting_notes.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    at: Mapped[datetime]
