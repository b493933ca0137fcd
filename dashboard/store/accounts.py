"""Accounts: who is signed in, signing in and out, one-time links."""

from dashboard.settings import settings
from dashboard.store.core import database
from db.commands import accounts
from db.queries import session as session_queries
from db.queries.session import Person


def person_of(token: str) -> Person | None:
    with database().read() as session:
        return session_queries.person_of(session, token)


def account_for_sign_in(username: str) -> tuple[int, str] | None:
    """Refuses while the name typed is slowed down; otherwise its account, if there is one."""
    with database().read() as session:
        accounts.check_throttle(session, username=username)
        return session_queries.account_of(session, username)


def note_failed_sign_in(username: str) -> None:
    with database().log() as session:
        accounts.note_failure(session, username=username)


def start_session(username: str, *, volunteer_id: int, device: str) -> str:
    with database().log() as session:
        accounts.forget_failures(session, username=username)
        return accounts.start_session(session, volunteer_id=volunteer_id, device=device, days=settings().session_days)


def note_seen(token: str) -> None:
    with database().log() as session:
        accounts.seen(session, token=token)


def end_session(person: Person, *, session_id: int | None = None, token: str = "") -> None:
    with database().log() as session:
        accounts.end_session(session, actor_id=person.id, session_id=session_id, token=token)


def live_sessions(person: Person) -> list[session_queries.LiveSession]:
    with database().read() as session:
        return session_queries.live_sessions(session, person.id)


def link_opens(token: str) -> tuple[bool, str | None]:
    with database().read() as session:
        return accounts.link_opens(session, token)


def use_link(token: str, *, password_hash: str, username: str = "", name: str = "") -> None:
    with database().write() as session:
        accounts.use_link(session, token=token, password_hash=password_hash, username=username, name=name)
