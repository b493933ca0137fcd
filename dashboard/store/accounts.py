"""Accounts: who is signed in, signing in and out, one-time links, and the code of two-step sign-in."""

from datetime import datetime, timedelta

from dashboard.settings import settings
from dashboard.store.core import database
from db import sign_in
from db.commands import accounts, second_factor, throttle
from db.errors import CommandRefused
from db.queries import session as session_queries
from db.queries.session import Factor, Person
from db.rules.passwords import MOST_TYPED
from db.rules.words import many


def person_of(token: str) -> Person | None:
    with database().read() as session:
        return session_queries.person_of(session, token)


def account_for_sign_in(username: str, *, address: str) -> tuple[int, str] | None:
    """The account with this username, if there is one. Refuses while attempts for it are slowed down from here."""
    _wait_if_slowed(username, address)
    with database().read() as session:
        return session_queries.account_of(session, username)


def note_failed_sign_in(username: str, *, address: str) -> None:
    with database().log() as session:
        throttle.note_failure(session, name=username, address=address)


def needs_code(volunteer_id: int) -> bool:
    with database().read() as session:
        return sign_in.has_factor(session, volunteer_id)


def use_code(volunteer_id: int, code: str) -> None:
    """Refuses a wrong or used code. Whoever gets here knows the password, so failures count from any address."""
    if len(code) > MOST_TYPED:
        raise CommandRefused(second_factor.WRONG_CODE, field="code")
    name = f"code {volunteer_id}"
    _wait_if_slowed(name, "")
    try:
        with database().log() as session:
            second_factor.use_code(session, volunteer_id=volunteer_id, code=code)
            throttle.forget_failures(session, name=name)
    except CommandRefused:
        note_failed_sign_in(name, address="")
        raise


def account_of_email(email: str) -> int | None:
    with database().read() as session:
        return session_queries.account_of_email(session, email)


def about_account(username: str) -> tuple[str, ...]:
    with database().read() as session:
        return session_queries.about_account(session, username)


def is_used(proof: str) -> bool:
    """Whether this answer of a provider has started a session before."""
    with database().read() as session:
        return accounts.is_used(session, proof)


def start_session(volunteer_id: int, *, username: str, device: str, address: str, proof: str = "") -> str:
    told = settings()
    with database().log() as session:
        throttle.forget_failures(session, name=username, address=address)
        return accounts.start_session(
            session,
            volunteer_id=volunteer_id,
            device=device,
            days=told.session_hours / 24,
            idle=timedelta(minutes=told.session_idle_minutes),
            address=address,
            proof=proof,
        )


def take_cookie(token: str) -> datetime | None:
    """When this session's cookie expires; None if the session is over or its cookie was fetched before."""
    with database().log() as session:
        return accounts.take_cookie(session, token=token)


def note_seen(token: str) -> None:
    with database().log() as session:
        accounts.seen(session, token=token, idle=timedelta(minutes=settings().session_idle_minutes))


def note_proof(token: str) -> None:
    """Notes that the password was confirmed in this session. How long that counts is decided on each write."""
    with database().log() as session:
        accounts.prove(session, token=token)


def end_session(person: Person, *, session_id: int | None = None, token: str = "") -> None:
    with database().log() as session:
        accounts.end_session(session, actor_id=person.id, session_id=session_id, token=token)


def live_sessions(person: Person) -> list[session_queries.LiveSession]:
    with database().read() as session:
        return session_queries.live_sessions(session, person.id)


def factor(person: Person) -> Factor:
    """This person's two-step sign-in. Not cached, because a secret must not be kept."""
    with database().read() as session:
        return session_queries.factor_of(session, person.id)


def link_opens(token: str) -> tuple[bool, str | None]:
    if len(token) > MOST_TYPED:
        raise CommandRefused(accounts.BAD_LINK)
    with database().read() as session:
        return accounts.link_opens(session, token)


def use_link(token: str, *, password_hash: str, username: str = "", name: str = "") -> None:
    with database().write() as session:
        accounts.use_link(session, token=token, password_hash=password_hash, username=username, name=name)


def _wait_if_slowed(name: str, address: str) -> None:
    # Refused outside the transaction: what was noted in it must stay.
    with database().log() as session:
        seconds = throttle.seconds_to_wait(session, name=name, address=address)
    if seconds:
        raise CommandRefused(f"Too many attempts. Wait {many(seconds, 'second')}, then try again.")
