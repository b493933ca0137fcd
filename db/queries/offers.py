"""Who a place on a case may be offered to."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.access import Viewer, barred_people, see_card
from db.choices import Role
from db.models import Volunteer


def offerable(session: Session, viewer: Viewer, reference: str) -> dict[int, str]:
    """{id: name} of active caseworkers a place on this case may be offered to: none who is barred from it.

    For leads who may see the case; empty for everybody else.
    """
    if not viewer.is_lead:
        return {}
    case = see_card(session, viewer, reference)
    rows = session.execute(
        select(Volunteer.id, Volunteer.name)
        .where(Volunteer.active, Volunteer.role != Role.OBSERVER, Volunteer.id.not_in(barred_people(case.id)))
        .order_by(Volunteer.name, Volunteer.id)
    )
    return {row.id: row.name for row in rows}
