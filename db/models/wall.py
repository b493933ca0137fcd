"""The conflict wall besides affiliations: recusals, people named in a case, exceptions, notices."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Key, coded
from db.choices import PartyRole


class Recusal(Base):
    """Somebody who has stepped back from a case, and must not see it whatever their role; or (`is_kept`) whom what the
    case said before a correction barred, until two leads let them see it."""

    __tablename__ = "recusals"
    __table_args__ = (UniqueConstraint("volunteer_id", "case_id"),)

    id: Mapped[Key]
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    reason: Mapped[str]
    at: Mapped[datetime]
    is_kept: Mapped[bool] = mapped_column(default=False, server_default=false())


class Party(Base):
    """Somebody named in a case, by role and keyed hash of the name: enough to find a conflict, and to accuse nobody.
    The name itself is never kept."""

    __tablename__ = "parties"
    __table_args__ = (UniqueConstraint("case_id", "name_hash"),)

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    role: Mapped[PartyRole] = mapped_column(coded(PartyRole))
    name_hash: Mapped[str] = mapped_column(String(64), index=True)
    added_at: Mapped[datetime]


class WallException(Base):
    """Lets one barred person see one case until a day: asked for by somebody and agreed by somebody else, neither of
    them the person."""

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
    """A conflict found after the person had been on the case or viewed it, for a lead to check."""

    __tablename__ = "conflict_notices"
    __table_args__ = (UniqueConstraint("volunteer_id", "case_id"),)

    id: Mapped[Key]
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    found_at: Mapped[datetime]
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    noted_at: Mapped[datetime | None]


class ConflictCheck(Base):
    """The names of a case's organisations that somebody was shown before they could read it, and their answer.

    `bodies` is a fingerprint of those names: an answer counts only for the names they saw.
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
