"""Who may see and do what: deny by default. Every query and every command starts here.

Above every role stands the conflict wall: a person affiliated with a body of the case, or recused from
it, sees nothing of it. A barred reference and an unknown one are the same `NotFound`.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from db.choices import AssignmentStatus, Role
from db.errors import NotAllowed, NotFound
from db.models import Affiliation, Assignment, Case, CaseProcess, Organisation, Recusal, Volunteer


@dataclass(frozen=True)
class Viewer:
    """Who is looking. Made by `viewer_of` from the database on every run, never from the browser."""

    id: int
    role: Role

    @property
    def is_lead(self) -> bool:
        return self.role is Role.LEAD

    @property
    def sees_cases(self) -> bool:
        return self.role in (Role.LEAD, Role.VOLUNTEER)


def viewer_of(session: Session, volunteer_id: int) -> Viewer:
    """The active person with this id, or `NotFound`."""
    role = session.scalar(select(Volunteer.role).where(Volunteer.id == volunteer_id, Volunteer.active))
    if role is None:
        raise NotFound("This account is not active.")
    return Viewer(id=volunteer_id, role=role)


def barred_cases(volunteer_id: int | ColumnElement[int]) -> Select[int]:
    """Ids of the cases behind this person's wall: by body of the case, by body of a process, by recusal."""
    affiliation, parent = aliased(Affiliation), aliased(Organisation)
    related = or_(
        Organisation.id == affiliation.organisation_id,
        Organisation.parent_id == affiliation.organisation_id,
        exists().where(parent.id == affiliation.organisation_id, parent.parent_id == Organisation.id),
    )
    walls = (
        select(Organisation.id.label("organisation_id"), affiliation.bars_until)
        .join(affiliation, related)
        .where(affiliation.volunteer_id == volunteer_id)
        .subquery()
    )
    in_time = or_(walls.c.bars_until.is_(None), walls.c.bars_until >= Case.opened_on)
    by_body = select(Case.id).join(walls, and_(walls.c.organisation_id == Case.organisation_id, in_time))
    by_process = (
        select(Case.id)
        .join(CaseProcess, CaseProcess.case_id == Case.id)
        .join(walls, and_(walls.c.organisation_id == CaseProcess.organisation_id, in_time))
    )
    by_recusal = select(Recusal.case_id).where(Recusal.volunteer_id == volunteer_id)
    barred = union_all(by_body, by_process, by_recusal).subquery()
    return select(barred.c[0])


def own_cases(volunteer_id: int) -> Select[int]:
    """Ids of the cases where this person has accepted a place that has not ended."""
    return select(Assignment.case_id).where(
        Assignment.volunteer_id == volunteer_id, Assignment.status == AssignmentStatus.ACCEPTED
    )


def counted_cases(viewer: Viewer) -> ColumnElement[bool]:
    """Cases that may stand behind a released count for this viewer: all but the barred ones."""
    return Case.id.not_in(barred_cases(viewer.id))


def visible_cases(viewer: Viewer) -> ColumnElement[bool]:
    """The condition on `Case` for every list, count, chart and search of cases (the card of design §5):
    leads see all, volunteers open cases and their own, observers none; nobody a barred one."""
    if not viewer.sees_cases:
        return Case.id.is_(None)
    wall = counted_cases(viewer)
    if viewer.is_lead:
        return wall
    return and_(wall, or_(Case.is_open, Case.id.in_(own_cases(viewer.id))))


def full_cases(viewer: Viewer) -> ColumnElement[bool]:
    """The condition on `Case` for what only the team and leads may read: summary, timeline, body's name."""
    if not viewer.sees_cases:
        return Case.id.is_(None)
    wall = counted_cases(viewer)
    return wall if viewer.is_lead else and_(wall, Case.id.in_(own_cases(viewer.id)))


def see_card(session: Session, viewer: Viewer, reference: str) -> Case:
    """The case, if its card is visible; else `NotFound`, whatever the reason."""
    return _fetch(session, visible_cases(viewer), reference)


def read_case(session: Session, viewer: Viewer, reference: str) -> Case:
    """The case, if this person may read it in full; else `NotFound`, whatever the reason."""
    return _fetch(session, full_cases(viewer), reference)


def _fetch(session: Session, condition: ColumnElement[bool], reference: str) -> Case:
    tidy = reference.strip().upper()
    case = session.scalar(select(Case).where(Case.reference == tidy, condition)) if len(tidy) == 10 else None
    if case is None:
        raise NotFound
    return case


def is_barred(session: Session, volunteer_id: int, case_id: int) -> bool:
    """Whether this person stands behind the wall for this case: asked before any offer."""
    wall = barred_cases(volunteer_id).subquery()
    return session.scalar(select(exists().where(wall.c[0] == case_id))) or False


def require_lead(viewer: Viewer) -> None:
    if not viewer.is_lead:
        raise NotAllowed("Only a lead may do this. Ask a lead, or say so in a status update.")
