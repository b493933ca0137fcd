"""The daily digest: recorded before it is sent, so that nobody gets it twice in a day whatever restarts."""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db import clock
from db.choices import Role
from db.models import Digest, DigestState, Reminders, Volunteer


@dataclass(frozen=True)
class Wish:
    """Somebody who wants a digest. Their address is not in the repr, and so not in logs."""

    volunteer_id: int
    username: str
    email: str = field(repr=False)


def due(session: Session, day: date) -> list[Wish]:
    """The people who want a digest and for whom none has been started on this day."""
    had = select(Digest.volunteer_id).where(Digest.day == day)
    rows = session.execute(
        select(Volunteer.id, Volunteer.username, Volunteer.email)
        .join(Reminders, Reminders.volunteer_id == Volunteer.id)
        .where(Reminders.wants_digest, Volunteer.active, Volunteer.role != Role.OBSERVER, Volunteer.id.not_in(had))
        .order_by(Volunteer.id)
    )
    return [Wish(row.id, row.username, row.email) for row in rows if row.email]


def claim(session: Session, *, volunteer_id: int, day: date) -> bool:
    """Whether this run may send it: if two run at once, the database lets only one record it."""
    try:
        with session.begin_nested():
            session.add(Digest(volunteer_id=volunteer_id, day=day, state=DigestState.CLAIMED, at=clock.now()))
    except IntegrityError:
        return False
    return True


def settle(session: Session, *, volunteer_id: int, day: date, state: DigestState) -> None:
    """Records what became of it."""
    row = session.get_one(Digest, (volunteer_id, day))
    row.state, row.at = state, clock.now()


def give_back(session: Session, *, volunteer_id: int, day: date) -> None:
    """For a digest that was certainly not sent: the next run may try again."""
    session.delete(session.get_one(Digest, (volunteer_id, day)))


def not_known(session: Session, day: date) -> int:
    """How many of the day's digests were started and not settled: they may or may not have arrived."""
    begun = select(func.count()).where(Digest.day == day, Digest.state == DigestState.CLAIMED)
    return session.scalar(begun) or 0
