"""The audit and the access log, both append-only, and the revision that caches go by."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, Digest, Key

NO_DIGEST = "0" * 64


class Audit(Base):
    """One row per change: who did what to which case. Never holds free text or identity.

    Each row builds on the one before it (db/audit_chain.py). Triggers prevent changes and deletions.
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
    """One row per view, search, raw heatmap or opened identity, with the reason if one is asked for.

    Triggers prevent changes and deletions.
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
    """A single row. `number` rises with every commit that changes data, and `patterns` only with those that can change
    a heatmap; `database` tells apart two databases with the same number. The newest audit row's id and hash and the
    state of the chain are its head, by which a missing row is noticed. `hash_check` and `identity_check` are made with
    the keys of this database, which are never in it: other keys are refused by them (db/key_check.py)."""

    __tablename__ = "revision"

    id: Mapped[Key]
    number: Mapped[int]
    patterns: Mapped[int]
    database: Mapped[Code]
    is_demo: Mapped[bool]
    audit_id: Mapped[int] = mapped_column(default=0, server_default="0")
    audit_hash: Mapped[Digest] = mapped_column(default=NO_DIGEST, server_default=NO_DIGEST)
    audit_state: Mapped[Digest] = mapped_column(default=NO_DIGEST, server_default=NO_DIGEST)
    hash_check: Mapped[Digest | None]
    identity_check: Mapped[bytes | None] = mapped_column(LargeBinary)


class NightStep(Base):
    """A part of the nightly run (db/nightly/), once for each day. `ended_at` is empty while it runs, and if it was cut
    off; `failed` says in a few words what went wrong, and never holds anything of a case."""

    __tablename__ = "night_steps"

    day: Mapped[date] = mapped_column(primary_key=True)
    step: Mapped[Code] = mapped_column(primary_key=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    failed: Mapped[str | None]
