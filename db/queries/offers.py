"""Who may be offered a place or an action on a case, and what the viewer has been offered."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from db.access import Viewer, barred_among, barred_people, read_case, visible_among
from db.action_access import is_checked
from db.asked import ShownBodies, asked_case, bodies_of_each, checks_of, has_said, is_to_cover
from db.case_reference import is_reference
from db.choices import AssignmentRole, AssignmentStatus, Role
from db.models import Assignment, Case, ConflictCheck, Volunteer
from db.queries.names import namesakes

MOST = 50


@dataclass(frozen=True)
class OwnOffer:
    """An offer of a place to the viewer. `shown` has the organisations' names, once they have asked to see them; `card`
    is whether they may see the case's card."""

    id: int
    reference: str
    role: AssignmentRole
    reason: str
    is_matched: bool
    card: bool
    shown: ShownBodies | None


def offerable(session: Session, viewer: Viewer, reference: str, place: bool = False) -> dict[int, str]:
    """{id: name} of active leads and volunteers who are not barred from this case, namesakes with their usernames. For
    an action (not `place`), only those who may know of the case while its organisation is not matched.

    Refuses (NotFound) anybody who may not read the case in full.
    """
    case = read_case(session, viewer, reference)
    apart, found = namesakes(session), session.execute(_caseworkers(place), {"case_id": case.id})
    return {row.id: apart.get(row.id, row.name) for row in found}


@functools.cache
def _caseworkers(place: bool) -> Select[int, str]:
    barred = barred_people(bindparam("case_id"))
    checked = [] if place else [is_checked(bindparam("case_id"))]
    return (
        select(Volunteer.id, Volunteer.name)
        .where(Volunteer.active, Volunteer.role != Role.OBSERVER, Volunteer.id.not_in(barred), *checked)
        .order_by(Volunteer.name, Volunteer.id)
    )


def own_offers(session: Session, viewer: Viewer, reference: str) -> list[OwnOffer]:
    """Offers of a place on this case waiting for the viewer's answer, oldest first; none if they are barred from it."""
    tidy = reference.strip().upper()
    asked = {"reference": tidy, "viewer_id": viewer.id}
    # PostgreSQL refuses some characters, such as null.
    rows = session.execute(_offers(), asked).all() if is_reference(tidy) else []
    if not rows:
        return []
    case = rows[0].Case
    if barred_among(session, viewer, [case.id]):
        return []
    card, shown = case.id in visible_among(session, viewer, [case.id]), _shown(session, viewer, [case])[case.id]
    return [
        OwnOffer(
            id=offer.id,
            reference=tidy,
            role=offer.role,
            reason=offer.reason,
            is_matched=case.organisation_id is not None,
            card=card,
            shown=shown,
        )
        for offer, _ in rows
    ]


@functools.cache
def _offers() -> Select[Assignment, Case]:
    return (
        select(Assignment, Case)
        .join(Case, Case.id == Assignment.case_id)
        .where(
            Case.reference == bindparam("reference"),
            Case.is_open,
            Assignment.volunteer_id == bindparam("viewer_id"),
            Assignment.status == AssignmentStatus.OFFERED,
        )
        .order_by(Assignment.id)
    )


def bodies_to_answer(session: Session, viewer: Viewer, reference: str) -> ShownBodies | None:
    """The names the viewer was shown when asked about this case; None if they have not looked yet or the names have
    changed. Refuses (NotFound) anybody who is not asked."""
    case = asked_case(session, viewer, reference)
    return _shown(session, viewer, [case])[case.id]


def must_say(session: Session, viewer: Viewer, reference: str) -> bool:
    """Whether the viewer has yet to see the names and say that they know of no conflict. Refuses (NotFound) anybody who
    is not asked."""
    return not has_said(session, viewer, asked_case(session, viewer, reference))


def cover_to_answer(session: Session, viewer: Viewer) -> dict[str, ShownBodies | None]:
    """{reference: the names they were shown, as `bodies_to_answer` has them} of cases the viewer is to cover and has
    not answered about, the most urgent first; none they are barred from."""
    said = select(ConflictCheck.case_id).where(
        ConflictCheck.volunteer_id == viewer.id, ConflictCheck.no_conflict.is_not(None)
    )
    own = select(Assignment.case_id).where(
        Assignment.volunteer_id == viewer.id, Assignment.status == AssignmentStatus.ACCEPTED
    )
    rows = session.scalars(
        select(Case)
        .where(is_to_cover(viewer), Case.id.not_in(said), Case.id.not_in(own))
        .order_by(Case.queue_rank, Case.queue_due_on, Case.id)
        .limit(MOST)
    ).all()
    shut = barred_among(session, viewer, [row.id for row in rows]) if rows else set()
    shown = _shown(session, viewer, rows)
    return {row.reference: shown[row.id] for row in rows if row.id not in shut}


def _shown(session: Session, viewer: Viewer, cases: Sequence[Case]) -> dict[int, ShownBodies | None]:
    if not cases:
        return {}
    known, now = checks_of(session, viewer, cases), bodies_of_each(session, cases)
    return {id: bodies if id in known and known[id].bodies == bodies.mark else None for id, bodies in now.items()}
