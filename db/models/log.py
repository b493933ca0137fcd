"""What happened and who looked: append-only; and the revision that tells caches what is fresh."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, Key


class Audit(Base):
    """One row per change: who did what to which case. Never holds free text or identity."""

    __tablename__ = "audit"

    id: Mapped[Key]
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"), index=True)
    action: Mapped[Code]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    details: Mapped[dict[str, Any]]


class AccessLog(Base):
    """One row per view, search, raw heatmap or opened identity, with the reason where one is asked."""

    __tablename__ = "access_log"
    __table_args__ = (Index(None, "case_id", "at"),)

    id: Mapped[Key]
    at: Mapped[datetime]
    actor_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    action: Mapped[Code]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    reason: Mapped[str | None]


class Revision(Base):
    """A single row. `number` rises with every commit that changes data; `patterns` only with those
    that can move a heatmap; `database` tells two databases with the same number apart."""

    __tablename__ = "revision"

    id: Mapped[Key]
    number: Mapped[int]
    patterns: Mapped[int]
    database: Mapped[Code]
    is_demo: Mapped[bool]
