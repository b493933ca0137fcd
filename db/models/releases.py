"""Releases: the fixed numbers of a closed quarter, and who reviewed and signed them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import JSON

from db.base import Base, Code, Digest, Key

STANDING: dict[str, Any] = {
    "sqlite_where": text("discarded_at IS NULL"),
    "postgresql_where": text("discarded_at IS NULL"),
}


class Release(Base):
    """Everything that may be shown of one closed quarter: computed once, reviewed by a lead, signed by a second.

    `fingerprint` is a hash of what it shows. Reviewing and signing name it, so that nobody signs what they have not
    seen. `open_pairs` and `left_out` count all cases, so they must not be shown to a lead who is barred from any.
    """

    __tablename__ = "releases"
    __table_args__ = (
        Index("uq_releases_standing", "quarter", unique=True, **STANDING),
        CheckConstraint("length(quarter) = 6", name="quarter_like_2026Q4"),
        CheckConstraint("signed_at IS NULL OR reviewed_at IS NOT NULL", name="signed_after_review"),
        CheckConstraint("signed_at IS NULL OR discarded_at IS NULL", name="never_discarded_once_signed"),
    )

    id: Mapped[Key]
    quarter: Mapped[str] = mapped_column(String(6))
    rule_version: Mapped[Code]
    fingerprint: Mapped[Digest]
    computed_at: Mapped[datetime]
    computed_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    open_pairs: Mapped[int]
    left_out: Mapped[int]
    # How many of its cells and totals show a number, show "0-7", and are withheld.
    shown_numbers: Mapped[int]
    shown_low: Mapped[int]
    withheld: Mapped[int]
    reviewed_at: Mapped[datetime | None]
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    signed_at: Mapped[datetime | None]
    signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    discarded_at: Mapped[datetime | None]
    discarded_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    discarded_why: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own class attribute


class ReleaseTable(Base):
    """One table of a release: as it may be shown, and exact, which is only for protecting later releases."""

    __tablename__ = "release_tables"
    __table_args__ = (UniqueConstraint("release_id", "dimension", "period"),)

    id: Mapped[Key]
    release_id: Mapped[int] = mapped_column(ForeignKey("releases.id"))
    dimension: Mapped[Code]
    period: Mapped[Code]
    frozen: Mapped[dict[str, Any]] = mapped_column(JSON)
    raw: Mapped[dict[str, Any]] = mapped_column(JSON)
