"""A case's processes, deadlines and stages, and what is done about it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    and_,
    false,
    or_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, Key, Name, coded
from db.choices import (
    HARD_KINDS,
    Contact,
    DeadlineKind,
    EntryKind,
    Stage,
    Wellbeing,
    Whose,
)


class CaseProcess(Base):
    __tablename__ = "case_processes"
    __table_args__ = (
        ForeignKeyConstraint(["process", "stage"], ["process_stages.process", "process_stages.code"]),
        Index(None, "organisation_id"),
        Index(None, "process", "case_id"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    process: Mapped[Code] = mapped_column(ForeignKey("processes.code"))
    stage: Mapped[Code]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    started_on: Mapped[date]
    ended_on: Mapped[date | None]


class Deadline(Base):
    """A deadline, ours or an organisation's, or a window that closes. `due_on` is the date in force; `rule_due_on` is
    the rule's date, without any pause or change by hand (`moved_from`, with the reason). `may_apply_*` is the other
    regime. A review names the one before it; `chain_ended_on` is when its chain was stopped. `asks_*` is what a changed
    rule now gives, until a lead has answered. `must_not_miss` makes a local date count like a statutory one.
    `ended_with_case` lapsed only because the case ended, and comes back if it is reopened in time."""

    __tablename__ = "deadlines"
    __table_args__ = (
        Index(None, "due_on", sqlite_where=text("met_on IS NULL"), postgresql_where=text("met_on IS NULL")),
        Index(
            "ix_deadlines_asks",
            "asks_since",
            sqlite_where=text("asks_since IS NOT NULL"),
            postgresql_where=text("asks_since IS NOT NULL"),
        ),
        CheckConstraint("paused_to IS NULL OR paused_from <= paused_to", name="pause_ends_after_it_begins"),
        CheckConstraint("moved_from IS NULL OR moved_reason IS NOT NULL", name="moved_with_a_reason"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    case_process_id: Mapped[int | None] = mapped_column(ForeignKey("case_processes.id"), index=True)
    name: Mapped[Name]
    due_on: Mapped[date]
    rule: Mapped[Code | None] = mapped_column(ForeignKey("time_rules.code"))
    trigger_on: Mapped[date | None]
    kind: Mapped[DeadlineKind] = mapped_column(coded(DeadlineKind))
    whose: Mapped[Whose] = mapped_column(coded(Whose))
    is_hearing: Mapped[bool] = mapped_column(default=False)
    confirmed_by: Mapped[Name | None]
    confirmed_at: Mapped[datetime | None]
    plan: Mapped[str | None]
    met_on: Mapped[date | None]
    lapsed_on: Mapped[date | None]
    lapsed_reason: Mapped[str | None]
    rule_due_on: Mapped[date | None]
    may_apply_rule: Mapped[Code | None] = mapped_column(ForeignKey("time_rules.code"))
    may_apply_on: Mapped[date | None]
    sent_on: Mapped[date | None]
    received_on: Mapped[date | None]
    paused_from: Mapped[date | None]
    paused_to: Mapped[date | None]
    moved_from: Mapped[date | None]
    moved_reason: Mapped[str | None]
    # Unique, so that two people acting at once make only one next review.
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("deadlines.id"), unique=True)
    chain_ended_on: Mapped[date | None]
    asks_rule: Mapped[Code | None] = mapped_column(ForeignKey("time_rules.code"))
    asks_on: Mapped[date | None]
    asks_since: Mapped[datetime | None]
    must_not_miss: Mapped[bool] = mapped_column(default=False, server_default=false())
    ended_with_case: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own class attribute


def is_hard(of: type[Deadline] = Deadline) -> ColumnElement[bool]:
    """A deadline of ours that puts the case at risk, and beyond which no action is put off."""
    return and_(of.whose == Whose.OURS, or_(of.kind.in_(HARD_KINDS), of.must_not_miss))


class StageEvent(Base):
    """A move to a stage; `cases.stage` follows from these. `details` has what the move records."""

    __tablename__ = "stage_events"
    __table_args__ = (
        Index(None, "to_stage", "at", "from_stage"),
        Index(None, "case_id", "to_stage", "at", "from_stage"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    from_stage: Mapped[Stage | None] = mapped_column(coded(Stage, "from_stage"))
    to_stage: Mapped[Stage] = mapped_column(coded(Stage, "to_stage"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    at: Mapped[datetime]
    reason: Mapped[str]
    details: Mapped[dict[str, Any]]


class Entry(Base):
    """One entry on the timeline. Append-only: a correction is a new entry that names the old one."""

    __tablename__ = "entries"
    __table_args__ = (Index(None, "case_id", "at"),)

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    kind: Mapped[EntryKind] = mapped_column(coded(EntryKind))
    contact: Mapped[Contact | None] = mapped_column(coded(Contact))
    wellbeing: Mapped[Wellbeing | None] = mapped_column(coded(Wellbeing))
    code: Mapped[Code | None]
    text: Mapped[str]
    blocked_by: Mapped[str | None]
    help_wanted: Mapped[str | None]
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("entries.id"))


class Redaction(Base):
    """A permanent redaction in one text of a case, in row `row_id` of the table `place`. `text_hash` is of the whole
    text before."""

    __tablename__ = "redactions"
    __table_args__ = (Index(None, "place", "row_id"),)

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    place: Mapped[Code]
    row_id: Mapped[int]
    by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    at: Mapped[datetime]
    why: Mapped[str]
    text_hash: Mapped[str] = mapped_column(String(64))


class Waiting(Base):
    """Waiting for somebody: pauses “no recent news” until `chase_on`, but no deadline."""

    __tablename__ = "waitings"

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    on_whom: Mapped[Name]
    since: Mapped[date]
    expected_on: Mapped[date | None]
    chase_on: Mapped[date]
    ended_on: Mapped[date | None]


class Flag(Base):
    """`spoke_by` and `spoke_on` are who spoke to the doctor before a crisis was cleared, and when."""

    __tablename__ = "flags"
    __table_args__ = (
        Index(
            "uq_flags_live",
            "case_id",
            "code",
            unique=True,
            sqlite_where=text("cleared_at IS NULL"),
            postgresql_where=text("cleared_at IS NULL"),
        ),
        Index(
            "ix_flags_live_code",
            "code",
            "case_id",
            sqlite_where=text("cleared_at IS NULL"),
            postgresql_where=text("cleared_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    code: Mapped[Code]
    why: Mapped[str]
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    set_at: Mapped[datetime]
    review_on: Mapped[date]
    cleared_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    cleared_at: Mapped[datetime | None]
    cleared_why: Mapped[str | None]
    # Cleared only because the case ended: raised again if it is reopened.
    ended_with_case: Mapped[bool] = mapped_column(default=False, server_default=false())
    spoke_by: Mapped[Name | None]
    spoke_on: Mapped[date | None]
