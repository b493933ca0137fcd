"""Campaign and policy outputs: the sentences they make, what each rests on, and what became of them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, Key, coded
from db.choices import ConsentPurpose
from db.rules.outputs import OutputStatus

OPEN: dict[str, Any] = {"sqlite_where": text("settled_at IS NULL"), "postgresql_where": text("settled_at IS NULL")}


class Output(Base):
    """`ready_by_id` found it right; somebody else released it. `figures` is what its numbers were on that day: the
    release they come from, and by claim the doctors who agreed and the released number of each finding."""

    __tablename__ = "outputs"
    __table_args__ = (
        CheckConstraint("(ready_by_id IS NULL) = (ready_at IS NULL)", name="ready_or_not"),
        CheckConstraint("(released_by_id IS NULL) = (released_at IS NULL)", name="released_or_not"),
    )

    id: Mapped[Key]
    kind: Mapped[Code]
    title: Mapped[str]
    to_whom: Mapped[str]
    owner_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    due_on: Mapped[date]
    status: Mapped[OutputStatus] = mapped_column(coded(OutputStatus), index=True)
    planned_by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    planned_at: Mapped[datetime]
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    changed_at: Mapped[datetime]
    ready_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    ready_at: Mapped[datetime | None]
    released_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    released_at: Mapped[datetime | None]
    sent_on: Mapped[date | None]
    figures: Mapped[dict[str, Any]]
    replied_on: Mapped[date | None]
    reply: Mapped[str]
    result: Mapped[Code | None]
    dropped_why: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own class attribute


class Claim(Base):
    """A sentence of an output. Removed, it is in it no more; after the release nothing is removed or changed."""

    __tablename__ = "claims"

    id: Mapped[Key]
    output_id: Mapped[int] = mapped_column(ForeignKey("outputs.id"), index=True)
    text: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    at: Mapped[datetime]
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    removed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own class attribute


class ClaimBasis(Base):
    """What a claim rests on: a lesson, with its case; or a finding, of every doctor in the latest signed release."""

    __tablename__ = "claim_bases"
    __table_args__ = (
        UniqueConstraint("claim_id", "learning_id"),
        UniqueConstraint("claim_id", "finding"),
        CheckConstraint("(learning_id IS NULL) <> (finding IS NULL)", name="of_one"),
        CheckConstraint("(learning_id IS NULL) = (case_id IS NULL)", name="with_its_case"),
    )

    id: Mapped[Key]
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    learning_id: Mapped[int | None] = mapped_column(ForeignKey("learnings.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    finding: Mapped[Code | None] = mapped_column(index=True)


class ClaimFlag(Base):
    """A consent behind a claim was withdrawn. Open until somebody has changed or removed the claim or, of one that was
    published, said what was done."""

    __tablename__ = "claim_flags"
    __table_args__ = (
        Index("uq_claim_flags_open", "claim_id", "case_id", "purpose", unique=True, **OPEN),
        CheckConstraint("(settled_by_id IS NULL) = (settled_at IS NULL)", name="settled_or_not"),
    )

    id: Mapped[Key]
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    purpose: Mapped[ConsentPurpose] = mapped_column(coded(ConsentPurpose))
    at: Mapped[datetime]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    settled_at: Mapped[datetime | None]
    settled_how: Mapped[str | None]


class AdvocacyResult(Base):
    """What came of an entry that approached a body for a doctor: when it was sent, the reply, and the result."""

    __tablename__ = "advocacy_results"

    id: Mapped[Key]
    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id"), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    sent_on: Mapped[date]
    expected_on: Mapped[date | None]
    replied_on: Mapped[date | None]
    reply: Mapped[str]
    result: Mapped[Code | None]
    by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own class attribute
