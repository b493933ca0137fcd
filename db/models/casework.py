"""A doctor, their cases, what each case faces, and everything done about it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, Key, Name, coded
from db.choices import (
    AssignmentRole,
    AssignmentStatus,
    Channel,
    ConsentPurpose,
    Contact,
    DeadlineKind,
    DoctorView,
    EntryKind,
    Evidence,
    Representation,
    Stage,
    Wellbeing,
    Whose,
    YesNo,
)

OPEN_ONLY: dict[str, Any] = {"sqlite_where": text("is_open = 1"), "postgresql_where": text("is_open")}


FAR_FUTURE = date(9999, 12, 31)


class Doctor(Base):
    """A person. Identity is encrypted with keys kept outside the database (db/vault.py); the keyed hash
    finds the same doctor again without opening anything."""

    __tablename__ = "doctors"

    id: Mapped[Key]
    identity: Mapped[bytes] = mapped_column(LargeBinary)
    identity_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    created_at: Mapped[datetime]


class Case(Base):
    """One piece of work for a doctor. The columns under "card" are projections kept by db/card.py."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_queue", "queue_rank", "queue_due_on", "queue_since", "id", **OPEN_ONLY),
        Index("ix_cases_open_lead", "lead_id", **OPEN_ONLY),
        Index("ix_cases_open_stage", "stage", **OPEN_ONLY),
        # Led by the body, which the conflict wall looks up; the rest is all that a heatmap reads of a case.
        Index(
            "ix_cases_heatmap",
            "organisation_id",
            "doctor_id",
            "id",
            "body_kind",
            "region",
            "nation",
            "grade",
            "specialty_group",
        ),
        Index(None, "opened_on"),
        Index(None, "closed_on"),
        CheckConstraint("length(reference) = 10", name="reference_has_ten_characters"),
        CheckConstraint("points_override BETWEEN 0 AND 10", name="points_override_in_range"),
    )

    id: Mapped[Key]
    reference: Mapped[str] = mapped_column(String(10), unique=True)
    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctors.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    body_text: Mapped[Name | None]
    body_kind: Mapped[Code]
    region: Mapped[Code]
    nation: Mapped[Code]
    grade: Mapped[Code]
    specialty_group: Mapped[Code]
    stage: Mapped[Stage] = mapped_column(coded(Stage))
    summary: Mapped[str]
    channel: Mapped[Channel] = mapped_column(coded(Channel))
    immediate_danger: Mapped[YesNo] = mapped_column(coded(YesNo))
    received_at: Mapped[datetime]
    opened_on: Mapped[date]
    representation: Mapped[Representation] = mapped_column(coded(Representation))
    large_bundle: Mapped[bool] = mapped_column(default=False)
    weekly_contact: Mapped[bool] = mapped_column(default=False)
    points_override: Mapped[int | None]
    retain_until: Mapped[date | None]
    source_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    updated_at: Mapped[datetime]
    updated_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    version: Mapped[int] = mapped_column(default=1)

    # card
    is_open: Mapped[bool] = mapped_column(Boolean, default=True)
    stage_since: Mapped[datetime]
    closed_on: Mapped[date | None]
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    unallocated_since: Mapped[datetime | None]
    flags: Mapped[str] = mapped_column(String(120), default="")
    process_codes: Mapped[str] = mapped_column(String(120), default="")
    next_deadline_id: Mapped[int | None]
    ours_due_on: Mapped[date | None]
    body_due_on: Mapped[date | None]
    unplanned_due_on: Mapped[date | None]
    hearing_on: Mapped[date | None]
    next_action_id: Mapped[int | None]
    next_action_on: Mapped[date | None]
    waiting_since: Mapped[date | None]
    chase_on: Mapped[date | None]
    reached_at: Mapped[datetime | None]
    substantive_at: Mapped[datetime | None]
    update_at: Mapped[datetime | None]
    extra_points: Mapped[int] = mapped_column(default=0)
    # The queue's order without a null in it, so that one index serves both databases.
    queue_rank: Mapped[int] = mapped_column(default=1)
    queue_due_on: Mapped[date] = mapped_column(default=FAR_FUTURE)
    queue_since: Mapped[date] = mapped_column(default=FAR_FUTURE)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own class attribute


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
    __tablename__ = "deadlines"
    __table_args__ = (
        Index(None, "due_on", sqlite_where=text("met_on IS NULL"), postgresql_where=text("met_on IS NULL")),
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
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own class attribute


class StageEvent(Base):
    """The truth about stages; `cases.stage` is its projection. `details` holds what the move records."""

    __tablename__ = "stage_events"

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    from_stage: Mapped[Stage | None] = mapped_column(coded(Stage, "from_stage"))
    to_stage: Mapped[Stage] = mapped_column(coded(Stage, "to_stage"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    at: Mapped[datetime]
    reason: Mapped[str]
    details: Mapped[dict[str, Any]]


class Entry(Base):
    """One line of the timeline. Append-only: a correction is a new entry that points at the old."""

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


class Action(Base):
    __tablename__ = "actions"

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    text: Mapped[str]
    owner_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    due_on: Mapped[date]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class Waiting(Base):
    """Waiting on somebody: pauses staleness until `chase_on`, never a deadline."""

    __tablename__ = "waitings"

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    on_whom: Mapped[Name]
    since: Mapped[date]
    expected_on: Mapped[date | None]
    chase_on: Mapped[date]
    ended_on: Mapped[date | None]


class Flag(Base):
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


class Assignment(Base):
    """An offer of a place on a case, and what became of it. At most one lead offered or accepted."""

    __tablename__ = "assignments"
    __table_args__ = (
        Index(
            "uq_assignments_one_lead",
            "case_id",
            unique=True,
            sqlite_where=text("role = 'lead' AND status = 'accepted'"),
            postgresql_where=text("role = 'lead' AND status = 'accepted'"),
        ),
        Index(
            "uq_assignments_one_place",
            "case_id",
            "volunteer_id",
            unique=True,
            sqlite_where=text("status IN ('offered', 'accepted')"),
            postgresql_where=text("status IN ('offered', 'accepted')"),
        ),
        Index(None, "volunteer_id", "status"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    role: Mapped[AssignmentRole] = mapped_column(coded(AssignmentRole))
    status: Mapped[AssignmentStatus] = mapped_column(coded(AssignmentStatus))
    offered_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    offered_at: Mapped[datetime]
    reason: Mapped[str]
    answered_at: Mapped[datetime | None]
    no_conflict: Mapped[bool] = mapped_column(default=False)
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None]


class Finding(Base):
    """A coded assessment of one account, at most once per case and process."""

    __tablename__ = "findings"
    __table_args__ = (
        Index(
            "uq_findings_once_a_process",
            "case_id",
            "code",
            "case_process_id",
            unique=True,
            sqlite_where=text("case_process_id IS NOT NULL"),
            postgresql_where=text("case_process_id IS NOT NULL"),
        ),
        Index(
            "uq_findings_once_a_case",
            "case_id",
            "code",
            unique=True,
            sqlite_where=text("case_process_id IS NULL"),
            postgresql_where=text("case_process_id IS NULL"),
        ),
        Index(None, "code", "case_id"),
        # Holds all that a heatmap reads of a finding, in the order it groups by.
        Index("ix_findings_heatmap", "code", "evidence", "quarter", "case_id", "id", "case_process_id", "coded_at"),
        Index(None, "process_stage", "id"),
        CheckConstraint("length(quarter) = 6", name="quarter_like_2026Q4"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    code: Mapped[Code] = mapped_column(ForeignKey("finding_codes.code"))
    case_process_id: Mapped[int | None] = mapped_column(ForeignKey("case_processes.id"), index=True)
    process_stage: Mapped[Code | None]
    evidence: Mapped[Evidence] = mapped_column(coded(Evidence))
    quarter: Mapped[str] = mapped_column(String(6))
    note: Mapped[str]
    coded_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    coded_at: Mapped[datetime]
    second_coder_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    doctor_view: Mapped[DoctorView] = mapped_column(coded(DoctorView))


class CaseGround(Base):
    """A ground of discrimination alleged: kept apart from the doctor's own characteristics."""

    __tablename__ = "case_grounds"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    ground: Mapped[Code] = mapped_column(primary_key=True)


class Consent(Base):
    """One row per purpose and giving. Help never depends on any but the first, to hold the record."""

    __tablename__ = "consents"
    __table_args__ = (UniqueConstraint("case_id", "purpose", "given_at"),)

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    purpose: Mapped[ConsentPurpose] = mapped_column(coded(ConsentPurpose))
    wording: Mapped[Code]
    given: Mapped[bool]
    given_at: Mapped[datetime]
    expires_on: Mapped[date | None]
    withdrawn_at: Mapped[datetime | None]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
