"""Employers and other bodies a volunteer belongs to: what the conflict wall is made of."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from db.access import barred_pairs, require_lead, viewer_of
from db.commands.assignments import end_barred_places
from db.commands.people import self_or_lead
from db.commands.record import audit
from db.errors import CommandRefused
from db.models import Affiliation, Organisation

CONFLICT_YEARS = 2


def add_affiliation(
    session: Session,
    *,
    actor_id: int,
    volunteer_id: int,
    organisation_id: int,
    started_on: date,
    ended_on: date | None = None,
    conflict_years: int = CONFLICT_YEARS,
) -> None:
    """Declares an employer or other body: cases there vanish for that person at once, and their places on
    them end. One's own, or anybody's for a lead. An ended one goes on barring for `conflict_years`.
    """
    viewer = self_or_lead(session, actor_id, volunteer_id)
    if session.get(Organisation, organisation_id) is None:
        raise CommandRefused("Body: choose one of those offered.", field="organisation_id")
    if ended_on is not None and ended_on < started_on:
        raise CommandRefused("To: choose a day on or after the first.", field="ended_on")
    session.add(
        Affiliation(
            volunteer_id=volunteer_id,
            organisation_id=organisation_id,
            started_on=started_on,
            ended_on=ended_on,
            bars_until=bars_until(ended_on, conflict_years),
        )
    )
    audit(session, viewer, "add_affiliation", volunteer_id=volunteer_id, organisation_id=organisation_id)
    session.flush()
    end_barred_places(session, viewer, barred=barred_pairs(volunteer_id=volunteer_id))


def end_affiliation(
    session: Session, *, actor_id: int, affiliation_id: int, ended_on: date, conflict_years: int = CONFLICT_YEARS
) -> None:
    """Ends an affiliation. Leads only: a person must not lower their own wall."""
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    row = session.get(Affiliation, affiliation_id)
    if row is None:
        raise CommandRefused("That affiliation is not there any more.")
    if row.volunteer_id == viewer.id:
        raise CommandRefused("Another lead must end your own affiliation.")
    if ended_on < row.started_on:
        raise CommandRefused("To: choose a day on or after the first.", field="ended_on")
    row.ended_on, row.bars_until = ended_on, bars_until(ended_on, conflict_years)
    audit(session, viewer, "end_affiliation", volunteer_id=row.volunteer_id, affiliation_id=row.id)


def bars_until(ended_on: date | None, years: int) -> date | None:
    return None if ended_on is None else ended_on + timedelta(days=round(365.25 * years))
