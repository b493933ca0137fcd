"""Corrections: what was put right on a case, by whom and why; and the earlier editions of findings."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, Key, coded
from db.choices import DoctorView, Evidence
from db.rules.corrections import Corrected


class Correction(Base):
    """One thing put right. `was` is the old value in words; None for a doctor's identity, whose old values are not
    kept, and where the old words were personal."""

    __tablename__ = "corrections"
    __table_args__ = (
        Index(None, "case_id", "what"),
        CheckConstraint(
            "was IS NULL OR what NOT IN ('name', 'contact', 'safe_channel', 'safe_times', 'never_use')",
            name="no_old_identity",
        ),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    what: Mapped[Corrected] = mapped_column(coded(Corrected))
    was: Mapped[str | None]
    reason: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    at: Mapped[datetime]


class FindingEdition(Base):
    """A finding as it was before a correction; the newest edition is the `Finding` itself, which alone counts.
    `finding_id` is None once the finding has been withdrawn."""

    __tablename__ = "finding_editions"
    __table_args__ = (
        # Two people acting at once cannot both correct the same edition.
        UniqueConstraint("finding_id", "edition"),
        CheckConstraint("edition >= 1", name="counted_from_one"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    finding_id: Mapped[int | None] = mapped_column(ForeignKey("findings.id"))
    correction_id: Mapped[int] = mapped_column(ForeignKey("corrections.id"))
    edition: Mapped[int]
    code: Mapped[Code] = mapped_column(ForeignKey("finding_codes.code"))
    case_process_id: Mapped[int | None] = mapped_column(ForeignKey("case_processes.id"))
    process_stage: Mapped[Code | None]
    evidence: Mapped[Evidence] = mapped_column(coded(Evidence))
    quarter: Mapped[str] = mapped_column(String(6))
    note: Mapped[str]
    doctor_view: Mapped[DoctorView] = mapped_column(coded(DoctorView))
    coded_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    coded_at: Mapped[datetime]
    second_coder_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
