"""Volunteers: their accounts, time, employers, conflicts and live sessions."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import JSON

from db.base import Base, Code, Key, Name, coded
from db.choices import AffiliationKind, Role


class Volunteer(Base):
    """A person with an account. Never deleted: entries keep their author."""

    __tablename__ = "volunteers"
    __table_args__ = (
        CheckConstraint("username = lower(username)", name="username_is_lower_case"),
        CheckConstraint("pledged_hours >= 0 AND pledged_hours <= 60", name="pledged_hours_in_range"),
    )

    id: Mapped[Key]
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[Name]
    # Matched with people named in a case. Empty until the next check for conflicts, after an upgrade.
    name_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    email: Mapped[str | None] = mapped_column(String(254))
    role: Mapped[Role] = mapped_column(coded(Role))
    password_hash: Mapped[str | None] = mapped_column(String(100))
    active: Mapped[bool] = mapped_column(default=True)
    joined_on: Mapped[date]
    pledged_hours: Mapped[float] = mapped_column(default=0)
    skills: Mapped[list[Any]] = mapped_column(JSON, default=list)
    says_full: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own class attribute


class Leave(Base):
    """Days away, both ends included."""

    __tablename__ = "leaves"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),)

    id: Mapped[Key]
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]


class Affiliation(Base):
    """An employer, deanery or other body a volunteer belongs to; or the circle of a specialty group in a region,
    where everybody knows everybody. `bars_until` is when it stops barring: never while it lasts, and for some
    years after (limits.conflict_years)."""

    __tablename__ = "affiliations"
    __table_args__ = (
        CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name="ends_after_it_starts"),
        CheckConstraint(
            "(kind = 'circle') = (organisation_id IS NULL)"
            " AND (kind = 'circle') = (specialty_group IS NOT NULL AND region IS NOT NULL)",
            name="a_body_or_a_circle",
        ),
        Index(None, "organisation_id", "volunteer_id"),
        Index(None, "specialty_group", "region"),
    )

    id: Mapped[Key]
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    kind: Mapped[AffiliationKind] = mapped_column(coded(AffiliationKind), default=AffiliationKind.EMPLOYER)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    specialty_group: Mapped[Code | None]
    region: Mapped[Code | None]
    started_on: Mapped[date]
    ended_on: Mapped[date | None]
    bars_until: Mapped[date | None]


class SignInSession(Base):
    """A live sign-in. Only a hash of its token is kept; the row decides on every run."""

    __tablename__ = "sign_in_sessions"

    id: Mapped[Key]
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    device: Mapped[Name]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignInAttempt(Base):
    """A failed attempt, by keyed hash of the name typed: people type passwords there by mistake."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (Index(None, "name_hash", "at"),)

    id: Mapped[Key]
    name_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class OneTimeLink(Base):
    """A link that sets a password once: for a new volunteer, or (no volunteer) for the first lead."""

    __tablename__ = "one_time_links"

    id: Mapped[Key]
    volunteer_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
