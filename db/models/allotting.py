"""Hand-overs that wait for their answer, and debriefs that are owed."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Key, coded
from db.rules.allotting import DebriefKind, DebriefOutcome


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
