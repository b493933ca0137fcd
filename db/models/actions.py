"""Actions: what to do next on a case, who does it and by when; moves with reasons, and offers to somebody else."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Key, coded
from db.choices import AssignmentStatus
from db.rules.actions import ActionEnd

UNDONE = text("done_at IS NULL")
LIVE = text("status = 'offered'")


class Action(Base):
    """Something to do. Every open case has at least one that is not done. `ended_how` is None for actions that ended
    before this was kept."""

    __tablename__ = "actions"
    __table_args__ = (
        Index("ix_actions_undone_owner", "owner_id", "due_on", sqlite_where=UNDONE, postgresql_where=UNDONE),
        Index("ix_actions_undone_due", "due_on", sqlite_where=UNDONE, postgresql_where=UNDONE),
        CheckConstraint(
            "done_at IS NOT NULL OR (done_by_id IS NULL AND ended_how IS NULL)", name="ended_says_how_and_when"
        ),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    text: Mapped[str]
    owner_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    due_on: Mapped[date]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    ended_how: Mapped[ActionEnd | None] = mapped_column(coded(ActionEnd))


class ActionMove(Base):
    """A move of an action to a later date, with its reason. Only ever added to, so that moves can be counted."""

    __tablename__ = "action_moves"
    __table_args__ = (CheckConstraint("to_on > from_on", name="moves_to_a_later_day"),)

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    action_id: Mapped[int] = mapped_column(ForeignKey("actions.id"), index=True)
    from_on: Mapped[date]
    to_on: Mapped[date]
    reason: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    at: Mapped[datetime]


class ActionOffer(Base):
    """An offer of an action to somebody else. It stays its owner's until they accept."""

    __tablename__ = "action_offers"
    __table_args__ = (
        Index("uq_action_offers_live", "action_id", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),
        Index("ix_action_offers_live_to", "to_id", sqlite_where=LIVE, postgresql_where=LIVE),
        CheckConstraint("from_id <> to_id", name="goes_to_somebody_else"),
        CheckConstraint("(status = 'offered') = (answered_at IS NULL)", name="live_until_answered"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    action_id: Mapped[int] = mapped_column(ForeignKey("actions.id"), index=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    offered_by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    offered_at: Mapped[datetime]
    note: Mapped[str]
    status: Mapped[AssignmentStatus] = mapped_column(coded(AssignmentStatus))
    answered_at: Mapped[datetime | None]
    answer: Mapped[str | None]
