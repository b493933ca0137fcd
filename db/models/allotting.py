"""Places on a case, handovers waiting for an answer, and debriefs."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Key, coded
from db.choices import AssignmentRole, AssignmentStatus
from db.rules.allotting import DebriefKind, DebriefOutcome


class Assignment(Base):
    """An offer of a place on a case, and what became of it. A case has at most one accepted case lead. `answer` is what
    the person said as they answered: for leads and whoever offered it."""

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
        # A separate index, because an interim contact may be offered the case itself.
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
    answer: Mapped[str | None]
    no_conflict: Mapped[bool] = mapped_column(default=False)
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None]


class Handover(Base):
    """The place that an offer of a case replaces: it ends, with this note, when the offer is accepted, and not
    before."""

    __tablename__ = "handovers"

    id: Mapped[Key]
    # For redactions, which look for words in every table with a `case_id`.
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"), unique=True)
    replaces_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"), index=True)
    note: Mapped[str]


class Debrief(Base):
    """A debrief to arrange with somebody on a case after a hearing or a death, until they have talked or said no. For
    limits.cool_down_days after `happened_on` they are offered no demanding cases, unless they say they are `ready`."""

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
