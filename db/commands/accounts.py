"""Accounts: one-time links, passwords, sign-in sessions."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CursorResult, func, select, update
from sqlalchemy.orm import Session

from db import clock
from db.access import viewer_of
from db.choices import Role
from db.commands.record import audit, clean_text
from db.commands.throttle import address_hash
from db.commands.usernames import checked_username
from db.commands.wall import add_names
from db.declared import Patterns, change, command
from db.errors import CommandRefused
from db.models import OneTimeLink, SignInSession, Volunteer
from db.rules.limits import NAME_LENGTH
from db.sign_in import token_hash

LINK_DAYS = 7
STARTS_WITHIN = timedelta(minutes=10)
IDLE = timedelta(hours=1)
BAD_LINK = "This link has been used, has expired or is incomplete. Ask a lead for a new one."


change("sign_in", says="signed in", moves_access=False)
change("sign_out", says="signed out", moves_access=False)
change("use_link", says="used a one-time link", moves_access=False)


def new_link(session: Session, *, volunteer_id: int | None) -> str:
    """A one-time token that sets a password: for one person, or (None) for the first lead. Ends earlier ones."""
    end_links(session, volunteer_id=volunteer_id)
    return _link(session, volunteer_id)


def _link(session: Session, volunteer_id: int | None) -> str:
    token, moment = secrets.token_urlsafe(32), clock.now()
    session.add(
        OneTimeLink(
            volunteer_id=volunteer_id,
            token_hash=token_hash(token),
            created_at=moment,
            expires_at=moment + timedelta(days=LINK_DAYS),
        )
    )
    return token


def end_links(session: Session, *, volunteer_id: int | None, made_before: datetime | None = None) -> None:
    """Ends a person's unused links; with `made_before`, those made before then."""
    unused = update(OneTimeLink).where(OneTimeLink.volunteer_id == volunteer_id, OneTimeLink.used_at.is_(None))
    if made_before is not None:
        unused = unused.where(OneTimeLink.created_at < made_before)
    session.execute(unused.values(used_at=clock.now()))


def first_lead_link(session: Session) -> str | None:
    """The token of the first lead's link if the database has no accounts; None if it has any. Ends earlier ones, but
    for those of servers that started with this one: whichever is used first is the only one."""
    if session.scalar(select(func.count()).select_from(Volunteer)):
        return None
    end_links(session, volunteer_id=None, made_before=clock.now() - STARTS_WITHIN)
    return _link(session, None)


def link_opens(session: Session, token: str) -> tuple[bool, str | None]:
    """(whether it is for the first lead, the username it is for). Refuses a used, expired or unknown token."""
    link = _live_link(session, token)
    if link.volunteer_id is None:
        return True, None
    return False, session.get_one(Volunteer, link.volunteer_id).username


def use_link(session: Session, *, token: str, password_hash: str, username: str = "", name: str = "") -> int:
    """Sets a password by a one-time link; the first lead's link also makes their account.

    Ends every session of the person. Refuses a used, expired or unknown token.
    """
    link = _live_link(session, token)
    if link.volunteer_id is None:
        if session.scalar(select(func.count()).select_from(Volunteer)):
            raise CommandRefused(BAD_LINK)
        person = Volunteer(
            username=checked_username(session, username),
            name=clean_text(name, field="name", label="Name", most=NAME_LENGTH),
            role=Role.LEAD,
            joined_on=clock.today(),
            skills=[],
            active=True,
        )
        session.add(person)
        add_names(session, person)
    else:
        person = session.get_one(Volunteer, link.volunteer_id)
    person.password_hash = password_hash
    link.used_at = clock.now()
    end_sessions(session, volunteer_id=person.id)
    audit(session, None, "use_link", volunteer_id=person.id)
    return person.id


@command(says="changed their password", patterns=Patterns.NEVER, moves_access=False)
def change_password(session: Session, *, actor_id: int, password_hash: str, keep_token: str) -> None:
    """Stores a new hash and ends every other session of the person."""
    viewer = viewer_of(session, actor_id)
    session.get_one(Volunteer, viewer.id).password_hash = password_hash
    end_sessions(session, volunteer_id=viewer.id, keep_token=keep_token)
    audit(session, viewer, "change_password", volunteer_id=viewer.id)


def start_session(
    session: Session,
    *,
    volunteer_id: int,
    device: str,
    days: float,
    idle: timedelta = IDLE,
    address: str = "",
    proof: str = "",
) -> str:
    """Starts a session and returns its token; only the token's hash is stored.

    It ends after `days`, or sooner if it is idle for `idle`. The password counts as just confirmed. `proof` is the
    sign-in provider's answer, if there is one; refuses an answer that was used before.
    """
    token, moment = secrets.token_urlsafe(32), clock.now()
    if is_used(session, proof):
        raise CommandRefused("That sign-in has already been used. Sign in with your organisation again.")
    ends = moment + timedelta(days=days)
    session.add(
        SignInSession(
            volunteer_id=volunteer_id,
            token_hash=token_hash(token),
            device=device[:200],
            created_at=moment,
            seen_at=moment,
            idle_until=min(ends, moment + idle),
            expires_at=ends,
            proved_at=moment,
            address_hash=address_hash(session, address) or None,
            proof_hash=token_hash(proof) if proof else None,
        )
    )
    audit(session, None, "sign_in", volunteer_id=volunteer_id)
    return token


def is_used(session: Session, proof: str) -> bool:
    """Whether this answer of a sign-in provider has started a session before."""
    begun = select(SignInSession.id).where(SignInSession.proof_hash == token_hash(proof))
    return bool(proof) and session.scalar(begun) is not None


def seen(session: Session, *, token: str, idle: timedelta = IDLE) -> None:
    """Notes that a session is in use, so that it does not end as idle."""
    moment = clock.now()
    _change_live(session, token, seen_at=moment, idle_until=moment + idle)


def prove(session: Session, *, token: str) -> None:
    """Notes that the person has just confirmed their password in this session."""
    _change_live(session, token, proved_at=clock.now())


def take_cookie(session: Session, *, token: str) -> datetime | None:
    """When this session's cookie ends; None if the session is over or its cookie has been taken before."""
    row = SignInSession.token_hash == token_hash(token)
    if not _change_live(session, token, SignInSession.cookie_taken_at.is_(None), cookie_taken_at=clock.now()):
        return None
    return session.scalar(select(SignInSession.expires_at).where(row))


def _change_live(session: Session, token: str, *also: ColumnElement[bool], **values: datetime) -> bool:
    """Changes a session that is still live; False if there is none."""
    moment = clock.now()
    changed = session.execute(
        update(SignInSession)
        .where(
            SignInSession.token_hash == token_hash(token),
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > moment,
            SignInSession.idle_until > moment,
            *also,
        )
        .values(values)
    )
    assert isinstance(changed, CursorResult)
    return changed.rowcount == 1


def end_session(session: Session, *, actor_id: int, session_id: int | None = None, token: str = "") -> None:
    """Ends one of the person's own sessions, by id or token, in every tab and for any copied cookie."""
    which = SignInSession.id == session_id if session_id else SignInSession.token_hash == token_hash(token)
    session.execute(
        update(SignInSession)
        .where(which, SignInSession.volunteer_id == actor_id, SignInSession.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
    audit(session, None, "sign_out", volunteer_id=actor_id)


def end_sessions(session: Session, *, volunteer_id: int, keep_token: str = "") -> None:
    """Ends all of a person's sessions except the one with `keep_token`."""
    session.execute(
        update(SignInSession)
        .where(
            SignInSession.volunteer_id == volunteer_id,
            SignInSession.ended_at.is_(None),
            SignInSession.token_hash != token_hash(keep_token),
        )
        .values(ended_at=clock.now())
    )


def _live_link(session: Session, token: str) -> OneTimeLink:
    link = session.scalar(select(OneTimeLink).where(OneTimeLink.token_hash == token_hash(token)))
    if link is None or link.used_at is not None or link.expires_at < clock.now():
        raise CommandRefused(BAD_LINK)
    return link
