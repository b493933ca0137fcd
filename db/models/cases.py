"""Doctors, identities, and cases with their cards."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, Key, Name, coded
from db.choices import (
    Channel,
    Representation,
    Stage,
    YesNo,
)
from db.rules.points import CAP

OPEN_ONLY: dict[str, Any] = {"sqlite_where": text("is_open = 1"), "postgresql_where": text("is_open")}

# The first place in the queue: a doctor in crisis, then any other urgent flag, then the rest.
CRISIS_RANK, URGENT_RANK, PLAIN_RANK = 0, 1, 2
FAR_FUTURE = date(9999, 12, 31)


class Doctor(Base):
    """A person, without anything about them, used to count distinct doctors. Each case is opened with a new one; cases
    known to be the same doctor's share one (`DoctorAnswer`)."""

    __tablename__ = "doctors"

    id: Mapped[Key]
    created_at: Mapped[datetime]


class CaseIdentity(Base):
    """The identity given with one case: encrypted with keys kept outside the database (db/vault.py), and shown only
    with that case. The keyed hashes of contact and name show which cases may be the same doctor's without opening
    anything; after an upgrade they are empty until the next start. `doctor_id` is the doctor the case was opened with,
    which it gets back when it is no longer joined to another."""

    __tablename__ = "identities"
    __table_args__ = (Index(None, "name_hash", "contact_hash"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctors.id"), unique=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    # What the doctor told of themselves, apart: opening the identity does not open it.
    characteristics: Mapped[bytes | None] = mapped_column(LargeBinary)
    contact_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    name_hash: Mapped[str | None] = mapped_column(String(64))
    # What the search index has of it: a keyed hash of each word of the name and of each contact.
    search_words: Mapped[str | None]


LIVE: dict[str, Any] = {"sqlite_where": text("undone_at IS NULL"), "postgresql_where": text("undone_at IS NULL")}
LINKED: dict[str, Any] = {"sqlite_where": text("ended_at IS NULL"), "postgresql_where": text("ended_at IS NULL")}


class DoctorAnswer(Base):
    """A lead's answer on whether two cases are the same doctor's; `one_id` is the smaller. Cases joined by answers in
    force share a doctor, whatever the order in which they were joined and undone. `by_id` is empty for cases that an
    earlier version joined automatically."""

    __tablename__ = "doctor_answers"
    __table_args__ = (
        CheckConstraint("one_id < other_id", name="two_cases_in_order"),
        Index("uq_doctor_answers_live", "one_id", "other_id", unique=True, **LIVE),
        Index(None, "other_id"),
    )

    id: Mapped[Key]
    one_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    is_one: Mapped[bool]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    at: Mapped[datetime]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    undone_at: Mapped[datetime | None]


class CaseLink(Base):
    """Two cases that belong together; `one_id` is the smaller. It is shown only to whoever may read both in full."""

    __tablename__ = "case_links"
    __table_args__ = (
        CheckConstraint("one_id < other_id", name="two_cases_in_order"),
        Index("uq_case_links_live", "one_id", "other_id", "kind", unique=True, **LINKED),
        Index(None, "other_id"),
    )

    id: Mapped[Key]
    one_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[Code]
    by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    at: Mapped[datetime]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    ended_at: Mapped[datetime | None]


class Case(Base):
    """One piece of work for a doctor. The columns under "card" are worked out by db/card.py."""

    __tablename__ = "cases"
    __table_args__ = (
        # The queue's order, then its filters: pages and counts are read from the index alone.
        Index(
            "ix_cases_queue",
            "queue_rank",
            "queue_due_on",
            "queue_since",
            "id",
            "is_open",
            "stage",
            "body_kind",
            "region",
            "lead_id",
            "grade",
            "specialty_group",
            "opened_on",
            "ours_due_on",
            # A case whose organisation is not matched is on no volunteer's list.
            "organisation_id",
            **OPEN_ONLY,
        ),
        Index("ix_cases_open_lead", "lead_id", **OPEN_ONLY),
        Index("ix_cases_open_stage", "stage", **OPEN_ONLY),
        # First the organisation, which the conflict wall looks up; then everything a heatmap reads of a case.
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
        # For the walls of specialty circles.
        Index(None, "specialty_group", "region", "opened_on"),
        Index(None, "opened_on"),
        Index(None, "closed_on"),
        CheckConstraint("length(reference) = 10", name="reference_has_ten_characters"),
        CheckConstraint(f"points_override BETWEEN 0 AND {CAP}", name="points_override_in_range"),
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
    # The queue's order, without nulls so that the same index works in both databases.
    queue_rank: Mapped[int] = mapped_column(default=PLAIN_RANK)
    queue_due_on: Mapped[date] = mapped_column(default=FAR_FUTURE)
    queue_since: Mapped[date] = mapped_column(default=FAR_FUTURE)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own class attribute
