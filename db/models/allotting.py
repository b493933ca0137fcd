"""Places on a case, hand-overs that wait for their answer, and debriefs that are owed."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Key, coded
from db.choices import AssignmentRole, AssignmentStatus
from db.rules.allotting import DebriefKind, DebriefOutcome


class Assignment(Base):
    """An offer of a place on a case, and what became of it. At most one accepted lead."""

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
            sqlite_where=text("status IN ('offered', 'accepted') AND role <> 'interim'"),
            postgresql_where=text("status IN ('offered', 'accepted') AND role <> 'interim'"),
        ),
        # An interim contact may be offered the case itself: the one place ends as the other begins.
        Index(
            "uq_assignments_one_interim",
            "case_id",
            "volunteer_id",
            unique=True,
            sqlite_where=text("status IN ('offered', 'accepted') AND role = 'interim'"),
            postgresql_where=text("status IN ('offered', 'accepted') AND role = 'interim'"),
        ),
        Index(
            "ix_assignments_live",
            "case_id",
            "volunteer_id",
            sqlite_where=text("status IN ('offered', 'accepted')"),
            postgresql_where=text("status IN ('offered', 'accepted')"),
        ),
        Index(None, "ended_at"),
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


class Handover(Base):
    """What an offer of the lead takes over while the present case lead stays: their place, which ends with this note
    as the offer is accepted, and not before."""

    __tablename__ = "handovers"

    id: Mapped[Key]
    # By which words are taken out of everything written on a case.
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"), unique=True)
    replaces_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"), index=True)
    note: Mapped[str]


class Debrief(Base):
    """Owed to somebody on a case after a hearing or a death, until it took place or was not wanted. Until some days
    after `happened_on` they are offered nothing heavy, unless they said themselves that they are `ready`."""

    __tablename__ = "debriefs"
    __table_args__ = (
        UniqueConstraint("volunteer_id", "case_id", "kind", "happened_on"),
        CheckConstraint("(outcome IS NULL) = (recorded_at IS NULL)", name="recorded_with_its_outcome"),
        Index(None, "case_id"),
        Index(None, "happened_on"),
        Index(
            "ix_debriefs_due",
            "volunteer_id",
            sqlite_where=text("outcome IS NULL"),
            postgresql_where=text("outcome IS NULL"),
        ),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    kind: Mapped[DebriefKind] = mapped_column(coded(DebriefKind))
    happened_on: Mapped[date]
    outcome: Mapped[DebriefOutcome | None] = mapped_column(coded(DebriefOutcome))
    ready: Mapped[bool] = mapped_column(default=False)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    recorded_at: Mapped[datetime | None]
