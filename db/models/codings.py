"""A case coded a second time without sight of the first, and how differences were settled; the doctor's view of it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, Key, coded
from db.rules.codings import CodingStatus, DoctorSays, Settled

ASKED = text("status = 'asked'")


class Coding(Base):
    """A second coding of a case, from when it was asked for. While it waits, its coder is shown none of the case's
    findings."""

    __tablename__ = "codings"
    __table_args__ = (
        Index("uq_codings_asked", "case_id", unique=True, sqlite_where=ASKED, postgresql_where=ASKED),
        Index("ix_codings_asked_coder", "coder_id", sqlite_where=ASKED, postgresql_where=ASKED),
        CheckConstraint("coder_id <> asked_by_id", name="asked_of_another"),
        CheckConstraint("(status = 'asked') = (ended_at IS NULL)", name="asked_until_it_ends"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    coder_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    asked_at: Mapped[datetime]
    status: Mapped[CodingStatus] = mapped_column(coded(CodingStatus))
    ended_at: Mapped[datetime | None]


class CodingMark(Base):
    """A code that either coder chose, as at the hand-in: that never changes. `note` is the second coder's; the rest is
    how a difference was settled."""

    __tablename__ = "coding_marks"
    __table_args__ = (
        UniqueConstraint("coding_id", "code"),
        CheckConstraint("by_first OR by_second", name="chosen_by_somebody"),
        CheckConstraint("settled IS NULL OR by_first <> by_second", name="only_a_difference_is_settled"),
        CheckConstraint("(settled IS NULL) = (settled_at IS NULL)", name="settled_at_a_time"),
        CheckConstraint("(settled IS NULL) = (why IS NULL)", name="settled_for_a_reason"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    coding_id: Mapped[int] = mapped_column(ForeignKey("codings.id"))
    code: Mapped[Code] = mapped_column(ForeignKey("finding_codes.code"))
    by_first: Mapped[bool]
    by_second: Mapped[bool]
    note: Mapped[str]
    settled: Mapped[Settled | None] = mapped_column(coded(Settled))
    why: Mapped[str | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    settled_at: Mapped[datetime | None]


class DoctorSaid(Base):
    """What the doctor said of a finding, in their words. Only ever added to: the newest is their view. `finding_id` is
    None once the finding has been withdrawn."""

    __tablename__ = "doctor_said"

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    finding_id: Mapped[int | None] = mapped_column(ForeignKey("findings.id"), index=True)
    code: Mapped[Code] = mapped_column(ForeignKey("finding_codes.code"))
    view: Mapped[DoctorSays] = mapped_column(coded(DoctorSays))
    words: Mapped[str]
    said_on: Mapped[date]
    by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    at: Mapped[datetime]


class FindingMapping(Base):
    """A finding code that another replaced: counts show the old one's findings under the new one, and mark it."""

    __tablename__ = "finding_mappings"
    __table_args__ = (CheckConstraint("old_code <> new_code", name="another_code"),)

    old_code: Mapped[Code] = mapped_column(ForeignKey("finding_codes.code"), primary_key=True)
    new_code: Mapped[Code] = mapped_column(ForeignKey("finding_codes.code"))
    changed_on: Mapped[date]
    source: Mapped[str]
    checked_on: Mapped[date]
