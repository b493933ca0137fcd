"""One's own reminders: what of the inbox is read, the calendar's secret address, the daily digest."""

import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, viewer_of
from db.commands.record import audit, vault_of
from db.declared import Password, Patterns, command
from db.errors import CommandRefused
from db.models import Reminders, Revision, Volunteer


def mark_read(session: Session, *, actor_id: int, seen_audit_id: int) -> None:
    """Marks the changes up to this one as read; never takes a mark back."""
    newest = session.get_one(Revision, 1).audit_id
    row = _own(session, actor_id)
    row.seen_audit_id = max(row.seen_audit_id, min(seen_audit_id, newest))


@command(says="made a calendar address", patterns=Patterns.NEVER, password=Password.AGAIN, moves_access=False)
def make_calendar(session: Session, *, actor_id: int) -> str:
    """A new secret address; the one before it stops at once. Returns its token, which cannot be shown again.

    Refuses observers, who have no cases.
    """
    viewer = viewer_of(session, actor_id)
    if not viewer.sees_cases:
        raise CommandRefused("A calendar shows one’s cases, and you have none to see.")
    token = secrets.token_urlsafe(32)
    row = _own(session, actor_id)
    row.calendar_hash, row.calendar_made_at, row.calendar_read_at = _hash(session, token), clock.now(), None
    audit(session, viewer, "make_calendar")
    return token


@command(says="stopped a calendar address", patterns=Patterns.NEVER, moves_access=False)
def stop_calendar(session: Session, *, actor_id: int) -> None:
    """The address stops at once; what a calendar has already taken stays in it. Refuses where there is none."""
    viewer = viewer_of(session, actor_id)
    row = _own(session, actor_id)
    if row.calendar_hash is None:
        raise CommandRefused("There is no calendar address to stop.")
    row.calendar_hash = row.calendar_made_at = row.calendar_read_at = None
    audit(session, viewer, "stop_calendar")


@command(says="chose whether to get the daily e-mail", patterns=Patterns.NEVER, moves_access=False)
def set_digest(session: Session, *, actor_id: int, wants_digest: bool) -> None:
    """Begins or ends the daily e-mail. Refuses to begin without an e-mail address, and for observers."""
    viewer = viewer_of(session, actor_id)
    if wants_digest and not viewer.sees_cases:
        raise CommandRefused("The e-mail lists what needs you on your cases, and you have none to see.")
    if wants_digest and not session.get_one(Volunteer, actor_id).email:
        raise CommandRefused("There is no e-mail address on your account. A lead can add it.", field="wants_digest")
    _own(session, actor_id).wants_digest = wants_digest
    audit(session, viewer, "set_digest", wanted=wants_digest)


def take_calendar(session: Session, token: str) -> Viewer | None:
    """Whose calendar this is, and notes that it was read; None where there is none, or its person has left."""
    row = session.scalar(select(Reminders).where(Reminders.calendar_hash == _hash(session, token)))
    person = session.get(Volunteer, row.volunteer_id) if row else None
    if row is None or person is None or not person.active:
        return None
    row.calendar_read_at = clock.now()
    viewer = Viewer(id=person.id, role=person.role)
    return viewer if viewer.sees_cases else None


def _own(session: Session, actor_id: int) -> Reminders:
    row = session.get(Reminders, actor_id)
    if row is None:
        row = Reminders(volunteer_id=actor_id)
        session.add(row)
        session.flush()
    return row


def _hash(session: Session, token: str) -> str:
    return vault_of(session).keyed_hash(f"calendar {token}")
