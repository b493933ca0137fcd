"""Accounts: people's names, hours, leave, employers and links, sessions and two-step sign-in."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import JSON

from db.base import Base, Code, Key, Name, coded
from db.choices import AffiliationKind, Role
from db.rules.limits import MOST_ACTIVE_CASES, MOST_CRISIS_CASES, MOST_PLEDGED_HOURS, MOST_POINTS


class Volunteer(Base):
    """A person with an account. Never deleted, so that entries keep their author."""

    __tablename__ = "volunteers"
    __table_args__ = (
        CheckConstraint("username = lower(username)", name="username_is_lower_case"),
        CheckConstraint(f"pledged_hours >= 0 AND pledged_hours <= {MOST_PLEDGED_HOURS}", name="pledged_hours_in_range"),
    )

    id: Mapped[Key]
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[Name]
    # Of the current name. Empty after an upgrade, until the next start.
    name_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    email: Mapped[str | None] = mapped_column(String(254))
    # Shown to a second lead who is asked to agree to a link.
    email_changed_at: Mapped[datetime | None]
    role: Mapped[Role] = mapped_column(coded(Role))
    password_hash: Mapped[str | None] = mapped_column(String(100))
    active: Mapped[bool] = mapped_column(default=True)
    joined_on: Mapped[date]
    pledged_hours: Mapped[float] = mapped_column(default=0)
    skills: Mapped[list[Any]] = mapped_column(JSON, default=list)
    says_full: Mapped[bool] = mapped_column(default=False)
    # Until that day they are reminded only of crises and limits, and suggested for nothing.
    quiet_until: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own class attribute


class VolunteerName(Base):
    """A name that somebody has or had, as keyed hashes of each way it may have been kept. Matched with the people named
    in a case. A new name is added; none is ever removed."""

    __tablename__ = "volunteer_names"
    __table_args__ = (UniqueConstraint("volunteer_id", "name_hash"),)

    id: Mapped[Key]
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    name_hash: Mapped[str] = mapped_column(String(64), index=True)
    added_at: Mapped[datetime]


class Leave(Base):
    """Days away, first and last included."""

    __tablename__ = "leaves"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        CheckConstraint("cover_id <> volunteer_id", name="somebody_else_covers"),
    )

    id: Mapped[Key]
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    # May read and work on their cases during the leave, and no longer.
    cover_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"), index=True)


class Caps(Base):
    """Caseload limits that a lead has set for one person. None leaves the usual limit."""

    __tablename__ = "caps"
    __table_args__ = (
        CheckConstraint(f"most_crisis_cases BETWEEN 0 AND {MOST_CRISIS_CASES}", name="most_crisis_cases_in_range"),
        CheckConstraint(f"most_active_cases BETWEEN 0 AND {MOST_ACTIVE_CASES}", name="most_active_cases_in_range"),
        CheckConstraint(f"most_points BETWEEN 0 AND {MOST_POINTS}", name="most_points_in_range"),
    )

    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), primary_key=True)
    most_crisis_cases: Mapped[int | None]
    most_active_cases: Mapped[int | None]
    most_points: Mapped[int | None]
    reason: Mapped[str]
    set_by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    set_at: Mapped[datetime]


class Affiliation(Base):
    """An employer, deanery or other organisation somebody belongs to; or a specialty circle in a region, where
    everybody knows everybody. `bars_until` is the last day it bars them: None while it lasts, then
    limits.conflict_years after its end.

    `waits` is for a declaration made soon after another. The person can be given nothing there at once, but still sees
    the cards of open cases until a lead agrees, or vanishing cards would show which organisation they are from."""

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
    declared_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    declared_at: Mapped[datetime | None]
    waits: Mapped[bool] = mapped_column(default=False, server_default=false())


class SignInSession(Base):
    """A session. Only a hash of its token is kept; the row is checked on every run.

    It ends at `expires_at`, or earlier at `idle_until`, which use extends. `proved_at` is when the person last
    confirmed their password in it. `cookie_taken_at` is when a browser fetched the cookie, which is possible once.
    `proof_hash` is of the sign-in provider's answer that started it, which no other session may use.
    """

    __tablename__ = "sign_in_sessions"
    __table_args__ = (Index(None, "volunteer_id", "address_hash"),)

    id: Mapped[Key]
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    device: Mapped[Name]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    idle_until: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    proved_at: Mapped[datetime | None]
    cookie_taken_at: Mapped[datetime | None]
    address_hash: Mapped[str | None] = mapped_column(String(64))
    proof_hash: Mapped[str | None] = mapped_column(String(64), unique=True)


class SignInAttempt(Base):
    """A failed attempt, by keyed hashes of the name typed (because people type passwords there by mistake) and of the
    network address; an empty address is unknown."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (Index(None, "name_hash", "at"), Index(None, "address_hash", "at"))

    id: Mapped[Key]
    name_hash: Mapped[str] = mapped_column(String(64))
    address_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class SecondFactor(Base):
    """An authenticator app. Its secret is sealed by the vault; `pending` is one that has not been confirmed by a code,
    and `last_step` is the time step of the last code accepted, so that none works twice."""

    __tablename__ = "second_factors"

    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), primary_key=True)
    secret: Mapped[bytes | None]
    pending: Mapped[bytes | None]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int | None]


class RecoveryCode(Base):
    """The keyed hash of a recovery code for a lost phone, which works once."""

    __tablename__ = "recovery_codes"

    id: Mapped[Key]
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    used_at: Mapped[datetime | None]


class OneTimeLink(Base):
    """A link that sets a password once: for a new volunteer, or (no volunteer) for the first lead."""

    __tablename__ = "one_time_links"

    id: Mapped[Key]
    volunteer_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
