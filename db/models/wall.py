"""What the conflict wall is made of beside affiliations: recusals, people named in a case, exceptions, notices."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Key, coded
from db.choices import PartyRole


class Recusal(Base):
    """A person who must not see a case, whatever their role."""

    __tablename__ = "recusals"
    __table_args__ = (UniqueConstraint("volunteer_id", "case_id"),)

    id: Mapped[Key]
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    reason: Mapped[str]
    at: Mapped[datetime]


class Party(Base):
    """Somebody named in a case, by role and by keyed hash of the name: enough to match a conflict, and to accuse
    nobody. The name itself is never kept."""

    __tablename__ = "parties"
    __table_args__ = (UniqueConstraint("case_id", "name_hash"),)

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    role: Mapped[PartyRole] = mapped_column(coded(PartyRole))
    name_hash: Mapped[str] = mapped_column(String(64), index=True)
    added_at: Mapped[datetime]


class WallException(Base):
    """Lets one barred person see one case until a day: asked for by somebody, agreed by somebody else, neither
    of them the person."""

    __tablename__ = "wall_exceptions"
    __table_args__ = (
        CheckConstraint("agreed_by_id IS NULL OR agreed_by_id <> asked_by_id", name="two_people"),
        CheckConstraint("volunteer_id <> asked_by_id", name="not_for_oneself"),
        CheckConstraint("agreed_by_id IS NULL OR volunteer_id <> agreed_by_id", name="not_agreed_for_oneself"),
        Index(None, "volunteer_id", "case_id"),
    )

    id: Mapped[Key]
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    reason: Mapped[str]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    asked_at: Mapped[datetime]
    agreed_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    agreed_at: Mapped[datetime | None]
    ends_on: Mapped[date]
    ended_at: Mapped[datetime | None]


class ConflictNotice(Base):
    """A conflict found after the person had already been on the case or opened it: for a lead to look at."""

    __tablename__ = "conflict_notices"
    __table_args__ = (UniqueConstraint("volunteer_id", "case_id"),)

    id: Mapped[Key]
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    found_at: Mapped[datetime]
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    noted_at: Mapped[datetime | None]


class ConflictCheck(Base):
    """What one person was last shown of a case before they might read it, its bodies' names, and what they said.

    `bodies` is a fingerprint of those names: an answer counts for the names that were in view, and for no others.
    """

    __tablename__ = "conflict_checks"
    __table_args__ = (
        UniqueConstraint("volunteer_id", "case_id"),
        CheckConstraint("(answered_at IS NULL) = (no_conflict IS NULL)", name="answered_with_its_answer"),
    )

    id: Mapped[Key]
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    bodies: Mapped[str] = mapped_column(String(64))
    shown_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    no_conflict: Mapped[bool | None]
