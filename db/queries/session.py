"""Who is signed in, and the data's revision: the one small query in every run."""

import functools
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from db import clock
from db.choices import Role
from db.models import RecoveryCode, Reminders, Revision, SecondFactor, SignInSession, Volunteer
from db.sign_in import token_hash
from db.vault import vault_of


@dataclass(frozen=True)
class Person:
    """The signed-in person, and the revision of the data at the start of this run."""

    id: int
    role: Role
    name: str
    username: str
    session_id: int
    seen_at: datetime
    proved_at: datetime | None
    has_password: bool
    has_factor: bool
    database: str
    revision: int
    patterns: int
    is_demo: bool
    seen_audit_id: int
    quiet_until: date | None

    @property
    def is_lead(self) -> bool:
        return self.role is Role.LEAD

    @property
    def must_add_factor(self) -> bool:
        """A lead's password alone must not open everything. In the demonstration the password is public anyway."""
        return self.is_lead and not self.has_factor and not self.is_demo

    @property
    def sees_cases(self) -> bool:
        return self.role is not Role.OBSERVER

    @property
    def key(self) -> tuple[int, str, str, int]:
        """The key of a cached read: person, role, database, revision."""
        return (self.id, self.role.value, self.database, self.revision)

    @property
    def patterns_key(self) -> tuple[int, str, str, int]:
        """The same for a heatmap, which changes only with findings, cases or walls."""
        return (self.id, self.role.value, self.database, self.patterns)


def person_of(session: Session, token: str) -> Person | None:
    """The person whose live session has this token; None if it has ended, expired, been idle or never existed."""
    asked = {"token_hash": token_hash(token), "now": clock.now()}
    row = session.execute(_live_session(), asked).one_or_none()
    return Person(**row._mapping) if row else None


@functools.cache
def _live_session() -> Select[*tuple[object, ...]]:
    return (
        select(
            Volunteer.id,
            Volunteer.role,
            Volunteer.name,
            Volunteer.username,
            SignInSession.id.label("session_id"),
            SignInSession.seen_at,
            SignInSession.proved_at,
            Volunteer.password_hash.is_not(None).label("has_password"),
            SecondFactor.confirmed_at.is_not(None).label("has_factor"),
            Revision.database,
            Revision.number.label("revision"),
            Revision.patterns,
            Revision.is_demo,
            func.coalesce(Reminders.seen_audit_id, 0).label("seen_audit_id"),
            Volunteer.quiet_until,
        )
        .select_from(SignInSession)
        .join(Volunteer, Volunteer.id == SignInSession.volunteer_id)
        .join(Revision, Revision.id == 1)
        .outerjoin(SecondFactor, SecondFactor.volunteer_id == Volunteer.id)
        .outerjoin(Reminders, Reminders.volunteer_id == Volunteer.id)
        .where(
            SignInSession.token_hash == bindparam("token_hash"),
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > bindparam("now"),
            SignInSession.idle_until > bindparam("now"),
            Volunteer.active,
        )
    )


def account_of(session: Session, username: str) -> tuple[int, str] | None:
    """(id, password hash) of an active account with a password; None otherwise."""
    row = session.execute(
        select(Volunteer.id, Volunteer.password_hash).where(
            Volunteer.username == username.strip().lower(),
            Volunteer.active,
            Volunteer.password_hash.is_not(None),
        )
    ).one_or_none()
    return (row.id, str(row.password_hash)) if row else None


def account_of_email(session: Session, email: str) -> int | None:
    """The id of the only active account with this email; None if there is none or more than one."""
    found = session.scalars(
        select(Volunteer.id).where(func.lower(Volunteer.email) == email.strip().lower(), Volunteer.active).limit(2)
    ).all()
    return found[0] if email.strip() and len(found) == 1 else None


@dataclass(frozen=True)
class Factor:
    """Somebody's two-step sign-in: whether it is on, a secret waiting for its first code, recovery codes left."""

    in_use: bool
    pending: str | None
    recovery_left: int


def factor_of(session: Session, volunteer_id: int) -> Factor:
    """One person's two-step sign-in; `pending` is only for that person's own screen."""
    row = session.get(SecondFactor, volunteer_id)
    left = select(func.count()).where(RecoveryCode.volunteer_id == volunteer_id, RecoveryCode.used_at.is_(None))
    return Factor(
        in_use=row is not None and row.confirmed_at is not None,
        pending=vault_of(session).open_text(row.pending) if row and row.pending else None,
        recovery_left=session.scalar(left) or 0,
    )


@dataclass(frozen=True)
class LiveSession:
    """One of a person's own live sessions."""

    id: int
    device: str
    created_at: datetime
    seen_at: datetime


def live_sessions(session: Session, volunteer_id: int) -> list[LiveSession]:
    """A person's own live sessions, newest first."""
    rows = session.execute(
        select(SignInSession.id, SignInSession.device, SignInSession.created_at, SignInSession.seen_at)
        .where(
            SignInSession.volunteer_id == volunteer_id,
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > clock.now(),
            SignInSession.idle_until > clock.now(),
        )
        .order_by(SignInSession.seen_at.desc(), SignInSession.id)
    )
    return [LiveSession(**row._mapping) for row in rows]


def about_account(session: Session, username: str) -> tuple[str, ...]:
    """The account's username, name and email, which must not be used in its password."""
    row = session.execute(
        select(Volunteer.username, Volunteer.name, Volunteer.email).where(Volunteer.username == username)
    ).first()
    return tuple(filter(None, row)) if row else ()
