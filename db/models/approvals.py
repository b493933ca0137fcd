"""Requests that a second lead must agree to, and what an only lead did without one."""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, coded
from db.rules.four_eyes import ApprovalKind, ApprovalOutcome


def _drawn() -> int:
    # Not from a sequence, whose gaps would reveal requests about cases that a reader may not see.
    return secrets.randbelow(2**31 - 1) + 1


class Approval(Base):
    """About somebody's account or employment, or (`case_id`) a name on a case. `payload` has what to do, in codes, and
    how things were when it was asked. `seen_*` is for what an only lead did: checked by another lead later."""

    __tablename__ = "approvals"
    __table_args__ = (
        CheckConstraint(
            "outcome <> 'agreed' OR (settled_by_id IS NOT NULL AND settled_by_id <> asked_by_id)", name="two_people"
        ),
        CheckConstraint(
            "outcome <> 'agreed' OR volunteer_id IS NULL OR volunteer_id <> settled_by_id",
            name="not_agreed_by_the_person",
        ),
        CheckConstraint("(outcome IN ('waiting', 'alone')) = (settled_at IS NULL)", name="settled_says_when"),
        Index(None, "outcome", "asked_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=_drawn)
    kind: Mapped[ApprovalKind] = mapped_column(coded(ApprovalKind))
    volunteer_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    payload: Mapped[dict[str, Any]]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    asked_at: Mapped[datetime]
    outcome: Mapped[ApprovalOutcome] = mapped_column(coded(ApprovalOutcome), default=ApprovalOutcome.WAITING)
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    settled_at: Mapped[datetime | None]
    seen_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    seen_at: Mapped[datetime | None]
