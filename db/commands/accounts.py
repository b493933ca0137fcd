"""Accounts: one-time links, passwords, sign-in sessions and the throttle of failed attempts."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from db import clock
from db.access import viewer_of
from db.choices import Role
from db.commands.record import audit, clean_text, vault_of
from db.commands.wall import name_hash
from db.errors import CommandRefused
from db.models import OneTimeLink, SignInAttempt, SignInSession, Volunteer

LINK_DAYS = 7
ATTEMPTS_BEFORE_DELAY = 5
WINDOW = timedelta(minutes=15)
BAD_LINK = "This link has been used, has expired or is not complete. Ask a lead for a new one."


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def new_link(session: Session, *, volunteer_id: int | None) -> str:
    """A one-time token that sets a password: for one person, or (None) for the first lead. Replaces others."""
    token = secrets.token_urlsafe(32)
    moment = clock.now()
    session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.volunteer_id == volunteer_id, OneTimeLink.used_at.is_(None))
        .values(used_at=moment)
    )
    session.add(
        OneTimeLink(
            volunteer_id=volunteer_id,
            token_hash=token_hash(token),
            created_at=moment,
            expires_at=moment + timedelta(days=LINK_DAYS),
        )
    )
    return token


def first_lead_link(session: Session) -> str | None:
    """The set-up link's token for a database without any account; None where there is one."""
    if session.scalar(select(func.count()).select_from(Volunteer)):
        return None
    return new_link(session, volunteer_id=None)


def link_opens(session: Session, token: str) -> tuple[bool, str | None]:
    """(is it for the first lead, the username it is for). Refuses a used, expired or unknown token."""
    link = _live_link(session, token)
    if link.volunteer_id is None:
        return True, None
    return False, session.get_one(Volunteer, link.volunteer_id).username


def use_link(session: Session, *, token: str, password_hash: str, username: str = "", name: str = "") -> int:
    """Sets a password by a one-time link; with the first lead's link, also makes that account.

    Ends every session of the person. Refuses a used, expired or unknown token.
    """
    from db.commands.people import checked_username

    link = _live_link(session, token)
    if link.volunteer_id is None:
        if session.scalar(select(func.count()).select_from(Volunteer)):
            raise CommandRefused(BAD_LINK)
        person = Volunteer(
            username=checked_username(session, username),
            name=clean_text(name, field="name", label="Name", most=200),
            name_hash=name_hash(session, name),
            role=Role.LEAD,
            joined_on=clock.today(),
            skills=[],
            active=True,
        )
        session.add(person)
        session.flush()
    else:
        person = session.get_one(Volunteer, link.volunteer_id)
    person.password_hash = password_hash
    link.used_at = clock.now()
    end_sessions(session, volunteer_id=person.id)
    audit(session, None, "use_link", volunteer_id=person.id)
    return person.id


def change_password(session: Session, *, actor_id: int, password_hash: str, keep_token: str) -> None:
    """Stores a new hash and ends every other session of the person."""
    viewer = viewer_of(session, actor_id)
    session.get_one(Volunteer, viewer.id).password_hash = password_hash
    end_sessions(session, volunteer_id=viewer.id, keep_token=keep_token)
    audit(session, viewer, "change_password", volunteer_id=viewer.id)


def start_session(session: Session, *, volunteer_id: int, device: str, days: float) -> str:
    """Begins a sign-in session and returns its token; only the token's hash is stored."""
    token = secrets.token_urlsafe(32)
    moment = clock.now()
    session.add(
        SignInSession(
            volunteer_id=volunteer_id,
            token_hash=token_hash(token),
            device=device[:200],
            created_at=moment,
            seen_at=moment,
            expires_at=moment + timedelta(days=days),
        )
    )
    audit(session, None, "sign_in", volunteer_id=volunteer_id)
    return token


def seen(session: Session, *, token: str) -> None:
    """Notes that a session is in use."""
    session.execute(
        update(SignInSession).where(SignInSession.token_hash == token_hash(token)).values(seen_at=clock.now())
    )


def end_session(session: Session, *, actor_id: int, session_id: int | None = None, token: str = "") -> None:
    """Ends one of one's own sessions, by id or by token: every tab and copied cookie of it is dead."""
    which = SignInSession.id == session_id if session_id else SignInSession.token_hash == token_hash(token)
    session.execute(
        update(SignInSession)
        .where(which, SignInSession.volunteer_id == actor_id, SignInSession.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
    audit(session, None, "sign_out", volunteer_id=actor_id)


def end_sessions(session: Session, *, volunteer_id: int, keep_token: str = "") -> None:
    """Ends every session of a person, save the one with `keep_token`."""
    session.execute(
        update(SignInSession)
        .where(
            SignInSession.volunteer_id == volunteer_id,
            SignInSession.ended_at.is_(None),
            SignInSession.token_hash != token_hash(keep_token),
        )
        .values(ended_at=clock.now())
    )


def check_throttle(session: Session, *, username: str) -> None:
    """Refuses after several failures of one name within a quarter of an hour, the same for a name that
    does not exist: the wait doubles with each further failure, up to that quarter of an hour.
    """
    moment = clock.now()
    failures, last = session.execute(
        select(func.count(), func.max(SignInAttempt.at)).where(
            SignInAttempt.name_hash == _name_hash(session, username), SignInAttempt.at > moment - WINDOW
        )
    ).one()
    if failures < ATTEMPTS_BEFORE_DELAY:
        return
    ready = last + min(WINDOW, timedelta(seconds=15 * 2 ** (failures - ATTEMPTS_BEFORE_DELAY)))
    if ready > moment:
        wait = max(1, round((ready - moment).total_seconds()))
        raise CommandRefused(f"Too many attempts. Wait {wait} seconds, then try again.")


def note_failure(session: Session, *, username: str) -> None:
    """Remembers a failed attempt by keyed hash, and forgets those that no longer count."""
    moment = clock.now()
    session.execute(delete(SignInAttempt).where(SignInAttempt.at < moment - WINDOW))
    session.add(SignInAttempt(name_hash=_name_hash(session, username), at=moment))


def forget_failures(session: Session, *, username: str) -> None:
    """After a sign-in that worked."""
    session.execute(delete(SignInAttempt).where(SignInAttempt.name_hash == _name_hash(session, username)))


def _live_link(session: Session, token: str) -> OneTimeLink:
    link = session.scalar(select(OneTimeLink).where(OneTimeLink.token_hash == token_hash(token)))
    if link is None or link.used_at is not None or link.expires_at < clock.now():
        raise CommandRefused(BAD_LINK)
    return link


def _name_hash(session: Session, username: str) -> str:
    return vault_of(session).keyed_hash("sign-in " + username.strip().lower()[:200])
