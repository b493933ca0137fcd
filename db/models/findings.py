"""Findings, grounds alleged, and consents."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, Key, coded
from db.choices import (
    Approached,
    ConsentPurpose,
    DoctorView,
    Evidence,
)


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
        # Everything a heatmap reads of a finding, in the order it groups by.
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
    """A ground of discrimination that the doctor alleges, kept apart from their own characteristics."""

    __tablename__ = "case_grounds"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    ground: Mapped[Code] = mapped_column(primary_key=True)


class Consent(Base):
    """One row for each answer on each purpose. Support depends only on the consent to hold the record."""

    __tablename__ = "consents"
    __table_args__ = (
        UniqueConstraint("case_id", "purpose", "given_at"),
        # Everything read to find doctors who said no to counts.
        Index(
            "ix_consents_counts",
            "case_id",
            "given_at",
            "given",
            "withdrawn_at",
            "expires_on",
            sqlite_where=text("purpose = 'counts'"),
            postgresql_where=text("purpose = 'counts'"),
        ),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    purpose: Mapped[ConsentPurpose] = mapped_column(coded(ConsentPurpose))
    # Only where the purpose is to contact somebody; None in answers to the older, general question.
    whom: Mapped[Approached | None] = mapped_column(coded(Approached))
    wording: Mapped[Code]
    given: Mapped[bool]
    given_at: Mapped[datetime]
    expires_on: Mapped[date | None]
    withdrawn_at: Mapped[datetime | None]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
