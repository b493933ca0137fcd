"""Volunteers: their accounts, time, employers, conflicts and live sessions."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import JSON

from db.base import Base, Code, Key, Name, coded
from db.choices import AffiliationKind, Role
from db.rules.limits import MOST_ACTIVE_CASES, MOST_CRISIS_CASES, MOST_PLEDGED_HOURS, MOST_POINTS


class Volunteer(Base):
    """A person with an account. Never deleted: entries keep their author."""

    __tablename__ = "volunteers"
    __table_args__ = (
        CheckConstraint("username = lower(username)", name="username_is_lower_case"),
        CheckConstraint(f"pledged_hours >= 0 AND pledged_hours <= {MOST_PLEDGED_HOURS}", name="pledged_hours_in_range"),
    )

    id: Mapped[Key]
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[Name]
    # That of the present name. Empty until it is next filled in, after an upgrade.
    name_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    email: Mapped[str | None] = mapped_column(String(254))
    # Whoever agrees to a link is told of an address that is new.
    email_changed_at: Mapped[datetime | None]
    role: Mapped[Role] = mapped_column(coded(Role))
    password_hash: Mapped[str | None] = mapped_column(String(100))
    active: Mapped[bool] = mapped_column(default=True)
    joined_on: Mapped[date]
    pledged_hours: Mapped[float] = mapped_column(default=0)
    skills: Mapped[list[Any]] = mapped_column(JSON, default=list)
    says_full: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own class attribute


class VolunteerName(Base):
    """A name that a volunteer has or had, by keyed hash, and by each way it may have been kept: matched with the
    people named in a case. A new name adds to them; none is ever taken away."""

    __tablename__ = "volunteer_names"
    __table_args__ = (UniqueConstraint("volunteer_id", "name_hash"),)

    id: Mapped[Key]
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    name_hash: Mapped[str] = mapped_column(String(64), index=True)
    added_at: Mapped[datetime]


class Leave(Base):
    """Days away, both ends included."""

    __tablename__ = "leaves"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        CheckConstraint("cover_id <> volunteer_id", name="somebody_else_covers"),
    )

    id: Mapped[Key]
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    # Reads and works their cases while the leave runs, and not a day longer.
    cover_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"), index=True)


class Caps(Base):
    """What a lead lets one person carry beyond, or short of, the limits for all. None leaves the limit as it is."""

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
    """An employer, deanery or other body a volunteer belongs to; or the circle of a specialty group in a region,
    where everybody knows everybody. `bars_until` is when it stops barring: never while it lasts, and for some
    years after (limits.conflict_years).

    `waits` is for what a volunteer declared soon after another: they are given nothing there from then on, and see
    the cards of open cases as before until a lead agrees, or they could tell by what vanishes which body is whose."""

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
    """A live sign-in. Only a hash of its token is kept; the row decides on every run.

    It ends at `expires_at`, and before that at `idle_until`, which use puts off. `proved_at` is when the person
    last gave their password in it. `cookie_taken_at` is when a browser fetched the cookie, which it may do once;
    `proof_hash` stands for the provider's answer it began with, which no second sign-in may use.
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
    """A failed attempt, by keyed hash of the name typed (people type passwords there by mistake) and of the
    address it came from; an empty address is one we cannot know."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (Index(None, "name_hash", "at"), Index(None, "address_hash", "at"))

    id: Mapped[Key]
    name_hash: Mapped[str] = mapped_column(String(64))
    address_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class SecondFactor(Base):
    """An authenticator app. Its secret is sealed by the vault; `pending` is one not confirmed by a code yet, and
    `last_step` the time step of the last code accepted, so that none works twice."""

    __tablename__ = "second_factors"

    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), primary_key=True)
    secret: Mapped[bytes | None]
    pending: Mapped[bytes | None]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int | None]


class RecoveryCode(Base):
    """One of the codes for a lost authenticator: a keyed hash, good for one sign-in."""

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
