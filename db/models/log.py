"""What happened and who looked: append-only; and the revision that tells caches what is fresh."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, Digest, Key

NO_DIGEST = "0" * 64


class Audit(Base):
    """One row per change: who did what to which case. Never holds free text or identity.

    Each row hangs on the one before it (db/audit_chain.py). Triggers refuse to change or delete any.
    """

    __tablename__ = "audit"

    id: Mapped[Key]
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"), index=True)
    action: Mapped[Code] = mapped_column(index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    details: Mapped[dict[str, Any]]
    previous: Mapped[Digest]
    hash: Mapped[Digest]


class AccessLog(Base):
    """One row per view, search, raw heatmap or opened identity, with the reason where one is asked.

    Triggers refuse to change or delete any.
    """

    __tablename__ = "access_log"
    __table_args__ = (Index(None, "case_id", "at"),)

    id: Mapped[Key]
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    action: Mapped[Code]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    reason: Mapped[str | None]


class Revision(Base):
    """A single row. `number` rises with every commit that changes data; `patterns` only with those
    that can move a heatmap; `database` tells two databases with the same number apart. The newest audit
    row's id and hash, and the state of its chain, are the head that a missing row is noticed by."""

    __tablename__ = "revision"

    id: Mapped[Key]
    number: Mapped[int]
    patterns: Mapped[int]
    database: Mapped[Code]
    is_demo: Mapped[bool]
    audit_id: Mapped[int] = mapped_column(default=0, server_default="0")
    audit_hash: Mapped[Digest] = mapped_column(default=NO_DIGEST, server_default=NO_DIGEST)
    audit_state: Mapped[Digest] = mapped_column(default=NO_DIGEST, server_default=NO_DIGEST)
