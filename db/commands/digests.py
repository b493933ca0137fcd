"""The daily digest: written down first, then sent, so that whatever restarts nobody gets it twice in a day."""

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
    """Somebody who wants one. The address stays out of the repr, and so out of logs."""

    volunteer_id: int
    username: str
    email: str = field(repr=False)


def due(session: Session, day: date) -> list[Wish]:
    """Those who want one and have not had it on this day, or the beginning of it."""
    had = select(Digest.volunteer_id).where(Digest.day == day)
    rows = session.execute(
        select(Volunteer.id, Volunteer.username, Volunteer.email)
        .join(Reminders, Reminders.volunteer_id == Volunteer.id)
        .where(Reminders.wants_digest, Volunteer.active, Volunteer.role != Role.OBSERVER, Volunteer.id.not_in(had))
        .order_by(Volunteer.id)
    )
    return [Wish(row.id, row.username, row.email) for row in rows if row.email]


def claim(session: Session, *, volunteer_id: int, day: date) -> bool:
    """Whether this is the one run that may send it: of two at once, the database lets only one write it down."""
    try:
        with session.begin_nested():
            session.add(Digest(volunteer_id=volunteer_id, day=day, state=DigestState.CLAIMED, at=clock.now()))
    except IntegrityError:
        return False
    return True


def settle(session: Session, *, volunteer_id: int, day: date, state: DigestState) -> None:
    """What became of it."""
    row = session.get_one(Digest, (volunteer_id, day))
    row.state, row.at = state, clock.now()


def give_back(session: Session, *, volunteer_id: int, day: date) -> None:
    """For one that certainly did not go out: the next run may try again."""
    session.delete(session.get_one(Digest, (volunteer_id, day)))


def not_known(session: Session, day: date) -> int:
    """How many of the day were begun and never settled: nobody knows whether they arrived."""
    begun = select(func.count()).where(Digest.day == day, Digest.state == DigestState.CLAIMED)
    return session.scalar(begun) or 0
