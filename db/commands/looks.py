"""Looks at what is here already, before a case is saved: each is logged, and a row of them slowed like sign-ins."""

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from db import clock
from db.access import viewer_of
from db.choices import AuditAction
from db.commands.throttle import WINDOW, ready_after
from db.errors import CommandRefused, NotAllowed
from db.models import AccessLog, SignInAttempt
from db.vault import vault_of

# More than anybody needs who takes messages down for a quarter of an hour, and far fewer than who tries a list.
FREE_LOOKS = 20


def note_look(session: Session, *, actor_id: int) -> None:
    """Logs one look for likely duplicates, without a word of what was looked for. Refuses: an observer, and whoever has
    looked often within a quarter of an hour, for a wait that doubles."""
    viewer = viewer_of(session, actor_id)
    if not viewer.sees_cases:
        raise NotAllowed("Only volunteers and leads may look for cases.")
    moment, hashed = clock.now(), _hash(session, viewer.id)
    session.execute(delete(SignInAttempt).where(SignInAttempt.at < moment - WINDOW))
    looks, last = session.execute(
        select(func.count(), func.max(SignInAttempt.at)).where(
            SignInAttempt.name_hash == hashed, SignInAttempt.at > moment - WINDOW
        )
    ).one()
    until = ready_after(looks - FREE_LOOKS, last, WINDOW)
    if until is not None and until > moment:
        wait = max(1, round((until - moment).total_seconds()))
        raise CommandRefused(
            f"You have looked for cases very often. The next look is in {wait} seconds. You can save without: a lead "
            "is told of what is alike."
        )
    session.add(SignInAttempt(name_hash=hashed, address_hash="", at=moment))
    session.add(AccessLog(at=moment, actor_id=viewer.id, action=AuditAction.SEARCH, case_id=None))


def _hash(session: Session, volunteer_id: int) -> str:
    # With a sign that no name typed at the sign-in keeps: nobody can use up somebody else's looks there.
    return vault_of(session).keyed_digest(f"look\0{volunteer_id}")
