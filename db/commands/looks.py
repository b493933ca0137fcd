"""Checks for likely duplicates before a case is saved: each is logged, and many in a row are slowed like sign-ins."""

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from db import clock
from db.access import viewer_of
from db.choices import AuditAction
from db.commands.throttle import WINDOW, ready_after
from db.errors import CommandRefused, NotAllowed
from db.models import AccessLog, SignInAttempt
from db.rules.words import many
from db.vault import vault_of

# More than anybody recording cases needs within WINDOW, and far fewer than somebody trying a list of names.
FREE_LOOKS = 20


def note_look(session: Session, *, actor_id: int) -> None:
    """Logs one check for likely duplicates, without what was looked for. Refuses: an observer, and somebody who has
    checked more than FREE_LOOKS times within WINDOW, for a wait that doubles each time."""
    viewer = viewer_of(session, actor_id)
    if not viewer.sees_cases:
        raise NotAllowed("Only volunteers and leads can look for cases.")
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
            f"You have checked for duplicates many times. You can check again in {many(wait, 'second')}, or save "
            "without checking: leads are told of cases that look alike."
        )
    session.add(SignInAttempt(name_hash=hashed, address_hash="", at=moment))
    session.add(AccessLog(at=moment, actor_id=viewer.id, action=AuditAction.SEARCH, case_id=None))


def _hash(session: Session, volunteer_id: int) -> str:
    # With a null, which no typed username can include: nobody can use up somebody else's checks by signing in.
    return vault_of(session).keyed_digest(f"look\0{volunteer_id}")
