"""A person's own reminders: what they have read in the inbox, their calendar's secret address, the daily digest."""

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
    """Marks the changes up to this one as read. Never unmarks any."""
    newest = session.get_one(Revision, 1).audit_id
    row = _own(session, actor_id)
    row.seen_audit_id = max(row.seen_audit_id, min(seen_audit_id, newest))


@command(says="made a calendar address", patterns=Patterns.NEVER, password=Password.AGAIN, moves_access=False)
def make_calendar(session: Session, *, actor_id: int) -> str:
    """Makes a new secret address; an earlier one stops at once. Returns its token, which cannot be shown again.

    Refuses observers, who have no cases.
    """
    viewer = viewer_of(session, actor_id)
    if not viewer.sees_cases:
        raise CommandRefused("A calendar shows your cases, and observers have none.")
    token = secrets.token_urlsafe(32)
    row = _own(session, actor_id)
    row.calendar_hash, row.calendar_made_at, row.calendar_read_at = _hash(session, token), clock.now(), None
    audit(session, viewer, "make_calendar")
    return token


@command(says="stopped a calendar address", patterns=Patterns.NEVER, moves_access=False)
def stop_calendar(session: Session, *, actor_id: int) -> None:
    """Stops the address at once. Calendars keep what they have already read. Refuses if there is none."""
    viewer = viewer_of(session, actor_id)
    row = _own(session, actor_id)
    if row.calendar_hash is None:
        raise CommandRefused("There is no calendar address to stop.")
    row.calendar_hash = row.calendar_made_at = row.calendar_read_at = None
    audit(session, viewer, "stop_calendar")


@command(says="chose whether to get the daily email", patterns=Patterns.NEVER, moves_access=False)
def set_digest(session: Session, *, actor_id: int, wants_digest: bool) -> None:
    """Starts or stops the daily email. Refuses to start it without an email address, and for observers."""
    viewer = viewer_of(session, actor_id)
    if wants_digest and not viewer.sees_cases:
        raise CommandRefused("The email lists what needs you on your cases, and observers have none.")
    if wants_digest and not session.get_one(Volunteer, actor_id).email:
        raise CommandRefused("There is no email address on your account. A lead can add one.", field="wants_digest")
    _own(session, actor_id).wants_digest = wants_digest
    audit(session, viewer, "set_digest", wanted=wants_digest)


def take_calendar(session: Session, token: str) -> Viewer | None:
    """Whose calendar this is, noting that it was read; None if there is no such calendar or its owner has left."""
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
