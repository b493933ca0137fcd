"""Leave, and who covers: cover starts and ends with the leave automatically."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import viewer_of
from db.choices import Role
from db.commands.people import self_or_lead
from db.commands.record import audit
from db.declared import Patterns, command
from db.errors import CommandRefused
from db.models import Leave, Volunteer


@command(says="added leave", patterns=Patterns.NEVER)
def add_leave(
    session: Session, *, actor_id: int, volunteer_id: int, starts_on: date, ends_on: date, cover_id: int | None = None
) -> None:
    """Adds leave, first and last day included: a person's own, or anybody's for a lead; with or without cover.

    During the leave the person covering has the cases in their lists and may read them, except any they are barred
    from. Refuses: an end before the start, and somebody who cannot cover (`_check_cover`).
    """
    viewer = self_or_lead(session, actor_id, volunteer_id)
    if ends_on < starts_on:
        raise CommandRefused("Last day: choose the first day or a later one.", field="ends_on")
    row = Leave(volunteer_id=volunteer_id, starts_on=starts_on, ends_on=ends_on)
    if cover_id is not None:
        _check_cover(session, row, cover_id)
        row.cover_id = cover_id
    session.add(row)
    audit(
        session,
        viewer,
        "add_leave",
        volunteer_id=volunteer_id,
        starts_on=starts_on.isoformat(),
        ends_on=ends_on.isoformat(),
        cover_id=cover_id,
    )


@command(says="changed who covers", patterns=Patterns.NEVER)
def change_cover(session: Session, *, actor_id: int, leave_id: int, cover_id: int | None) -> None:
    """Changes or removes the person covering: by the person on leave or a lead. The person covering may only remove
    themselves.

    Refuses: leave that is over or deleted, somebody else's, and somebody who cannot cover.
    """
    row = session.get(Leave, leave_id)
    if row is None or row.ends_on < clock.today():
        raise CommandRefused("That leave has ended or been deleted.")
    steps_back = row.cover_id == actor_id and cover_id is None
    viewer = viewer_of(session, actor_id) if steps_back else self_or_lead(session, actor_id, row.volunteer_id)
    if cover_id is not None and cover_id != row.cover_id:
        _check_cover(session, row, cover_id)
    row.cover_id = cover_id
    audit(session, viewer, "change_cover", volunteer_id=row.volunteer_id, leave_id=row.id, cover_id=cover_id)


@command(says="ended leave", patterns=Patterns.NEVER)
def end_leave(session: Session, *, actor_id: int, leave_id: int) -> None:
    """Deletes leave that has not begun, or ends current leave as of yesterday."""
    row = session.get(Leave, leave_id)
    if row is None:
        raise CommandRefused("That leave has ended or been deleted.")
    viewer = self_or_lead(session, actor_id, row.volunteer_id)
    yesterday = clock.today() - timedelta(days=1)
    if row.starts_on > yesterday:
        session.delete(row)
    else:
        row.ends_on = min(row.ends_on, yesterday)
    audit(session, viewer, "end_leave", volunteer_id=row.volunteer_id)


def _check_cover(session: Session, leave: Leave, cover_id: int) -> None:
    """Refuses: nobody, the person on leave, an observer, somebody at capacity or away on one of those days."""
    person = session.get(Volunteer, cover_id)
    if person is None or not person.active or person.role is Role.OBSERVER or person.id == leave.volunteer_id:
        raise CommandRefused("Cover: choose from the list.", field="cover_id")
    if person.says_full:
        raise CommandRefused(f"Cover: {person.name} is at capacity. Choose somebody else.", field="cover_id")
    away = select(Leave.id).where(
        Leave.volunteer_id == cover_id, Leave.starts_on <= leave.ends_on, Leave.ends_on >= leave.starts_on
    )
    if session.scalar(away.limit(1)) is not None:
        raise CommandRefused(f"Cover: {person.name} is away on some of those days. Choose another.", field="cover_id")
