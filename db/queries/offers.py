"""Who a place or an action on a case may be given to."""

import functools

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from db.access import Viewer, barred_people, read_case
from db.choices import Role
from db.models import Volunteer
from db.queries.names import namesakes


def offerable(session: Session, viewer: Viewer, reference: str) -> dict[int, str]:
    """{id: name} of active caseworkers who are not barred from this case; namesakes with their usernames.

    Refuses with NotFound whoever may not read the case in full.
    """
    case = read_case(session, viewer, reference)
    apart = namesakes(session)
    return {row.id: apart.get(row.id, row.name) for row in session.execute(_caseworkers(), {"case_id": case.id})}


@functools.cache
def _caseworkers() -> Select[int, str]:
    barred = barred_people(bindparam("case_id"))
    return (
        select(Volunteer.id, Volunteer.name)
        .where(Volunteer.active, Volunteer.role != Role.OBSERVER, Volunteer.id.not_in(barred))
        .order_by(Volunteer.name, Volunteer.id)
    )
