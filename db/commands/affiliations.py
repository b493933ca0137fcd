"""Employers, deaneries and circles a volunteer belongs to: what the conflict wall is made of."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from db.access import require_lead, viewer_of
from db.choices import AffiliationKind
from db.commands.people import self_or_lead
from db.commands.record import audit
from db.commands.wall import end_barred_access, keeps_a_lead
from db.errors import CommandRefused
from db.models import Affiliation, CodedTerm, Organisation

CONFLICT_YEARS = 2


def add_affiliation(
    session: Session,
    *,
    actor_id: int,
    volunteer_id: int,
    organisation_id: int | None = None,
    started_on: date,
    ended_on: date | None = None,
    kind: AffiliationKind = AffiliationKind.EMPLOYER,
    specialty_group: str | None = None,
    region: str | None = None,
    conflict_years: int = CONFLICT_YEARS,
) -> None:
    """Declares a body somebody belongs to, or a specialty circle in a region: cases there vanish for that person
    at once, and their places on them end. One's own, or anybody's for a lead. An ended one goes on barring for
    `conflict_years`. Refuses: unknown codes, and a lead's own where no other lead could see a case any more.
    """
    viewer = self_or_lead(session, actor_id, volunteer_id)
    where = _where(session, kind, organisation_id, specialty_group, region)
    if ended_on is not None and ended_on < started_on:
        raise CommandRefused("To: choose a day on or after the first.", field="ended_on")
    with keeps_a_lead(session):
        session.add(
            Affiliation(
                volunteer_id=volunteer_id,
                kind=kind,
                started_on=started_on,
                ended_on=ended_on,
                bars_until=bars_until(ended_on, conflict_years),
                **where,
            )
        )
    audit(session, viewer, "add_affiliation", volunteer_id=volunteer_id, kind=kind, **where)
    end_barred_access(session, viewer, volunteer_id=volunteer_id)


def _where(
    session: Session,
    kind: AffiliationKind,
    organisation_id: int | None,
    specialty_group: str | None,
    region: str | None,
) -> dict[str, Any]:
    if kind is not AffiliationKind.CIRCLE:
        if organisation_id is None or session.get(Organisation, organisation_id) is None:
            raise CommandRefused("Body: choose one of those offered.", field="organisation_id")
        return {"organisation_id": organisation_id}
    if specialty_group is None or session.get(CodedTerm, ("specialty_group", specialty_group)) is None:
        raise CommandRefused("Specialty group: choose one of those offered.", field="specialty_group")
    if region is None or session.get(CodedTerm, ("region", region)) is None:
        raise CommandRefused("Region: choose one of those offered.", field="region")
    return {"specialty_group": specialty_group, "region": region}


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
