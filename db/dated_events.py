"""Reading what a doctor may tell of with its day, for forms and commands alike."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import DatedEvent as Row
from db.rules.dated_events import DatedEvent


def events_of(session: Session) -> tuple[DatedEvent, ...]:
    """Every dated event, in the order of its list."""
    return tuple(
        DatedEvent(row.code, row.process, row.place, row.value, row.label, tuple(row.rules.split()), row.as_date)
        for row in session.scalars(select(Row).order_by(Row.position))
    )
