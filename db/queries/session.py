"""Who is signed in and how fresh the data is: the one tiny query of every run."""

import functools
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from db import clock
from db.choices import Role
from db.commands.accounts import token_hash
from db.models import Revision, SignInSession, Volunteer


@dataclass(frozen=True)
class Person:
    """The signed-in person with the revision of the data at the start of this run."""

    id: int
    role: Role
    name: str
    username: str
    session_id: int
    seen_at: datetime
    database: str
    revision: int
    patterns: int
    is_demo: bool

    @property
    def is_lead(self) -> bool:
        return self.role is Role.LEAD

    @property
    def sees_cases(self) -> bool:
        return self.role is not Role.OBSERVER

    @property
    def key(self) -> tuple[int, str, str, int]:
        """What a cached read is keyed by: who, in which role, in which database, at which revision."""
        return (self.id, self.role.value, self.database, self.revision)

    @property
    def patterns_key(self) -> tuple[int, str, str, int]:
        """The same for a heatmap: it goes stale only when findings, cases or walls change."""
        return (self.id, self.role.value, self.database, self.patterns)


def person_of(session: Session, token: str) -> Person | None:
    """The person whose live session this token is; None if it ended, expired or was never there."""
    asked = {"token_hash": token_hash(token), "now": clock.now()}
    row = session.execute(_live_session(), asked).one_or_none()
    return Person(**row._mapping) if row else None


@functools.cache
def _live_session() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Volunteer.id,
            Volunteer.role,
            Volunteer.name,
            Volunteer.username,
            SignInSession.id.label("session_id"),
            SignInSession.seen_at,
            Revision.database,
            Revision.number.label("revision"),
            Revision.patterns,
            Revision.is_demo,
        )
        .select_from(SignInSession)
        .join(Volunteer, Volunteer.id == SignInSession.volunteer_id)
        .join(Revision, Revision.id == 1)
        .where(
            SignInSession.token_hash == bindparam("token_hash"),
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > bindparam("now"),
            Volunteer.active,
        )
    )


def account_of(session: Session, username: str) -> tuple[int, str] | None:
    """(id, password hash) of an active account that has a password; None otherwise."""
    row = session.execute(
        select(Volunteer.id, Volunteer.password_hash).where(
            Volunteer.username == username.strip().lower(),
            Volunteer.active,
            Volunteer.password_hash.is_not(None),
        )
    ).one_or_none()
    return (row.id, str(row.password_hash)) if row else None


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
        )
        .order_by(SignInSession.seen_at.desc(), SignInSession.id)
    )
    return [LiveSession(**row._mapping) for row in rows]
