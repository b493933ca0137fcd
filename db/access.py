"""Who may see and do what: deny by default. Every query and every command starts here.

Above every role stands the conflict wall: a person affiliated with a body of the case, or recused from
it, sees nothing of it. A barred reference and an unknown one are the same `NotFound`.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Date,
    Select,
    Subquery,
    and_,
    bindparam,
    cast,
    exists,
    false,
    join,
    literal,
    null,
    or_,
    select,
    true,
    union,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from db import clock
from db.case_reference import is_reference
from db.choices import AssignmentStatus, Role
from db.errors import NotAllowed, NotFound
from db.models import (
    Affiliation,
    Assignment,
    Case,
    CaseProcess,
    Leave,
    Organisation,
    Party,
    Recusal,
    Volunteer,
    WallException,
)


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


# An id, or the place of one in a statement that is put together once and kept.
Id = int | BindParameter[int]
# Asked for when a statement runs: one that is kept must not keep the day.
TODAY = bindparam("wall_today", callable_=lambda: clock.today(), type_=Date)


def viewer_of(session: Session, volunteer_id: int) -> Viewer:
    """The active person with this id, or `NotFound`."""
    role = session.scalar(select(Volunteer.role).where(Volunteer.id == volunteer_id, Volunteer.active))
    if role is None:
        raise NotFound("This account is not active.")
    return Viewer(id=volunteer_id, role=role)


def barred_pairs(
    *, volunteer_id: Id | None = None, case_ids: Sequence[int | ColumnElement[int]] | None = None, dated: bool = False
) -> Subquery:
    """(volunteer_id, case_id) of everybody behind the wall of a case: by body of the case, by body of a
    process, by specialty circle, by being named in it, by recusal; for one person, or for some cases, or all.
    Without the pairs that two other people have let through until a day to come. `dated` adds `since`, the first
    day at that body or in that circle, None for the rest.
    """
    arms = [*_walls_of_bodies(volunteer_id, dated), *_walls_of_people(volunteer_id, dated)]
    if case_ids is not None:
        arms = [arm.where(arm.selected_columns[1].in_(case_ids)) for arm in arms]
    walls = union_all(*arms).subquery()
    let_through = exists().where(
        WallException.volunteer_id == walls.c.volunteer_id,
        WallException.case_id == walls.c.case_id,
        WallException.agreed_at.is_not(None),
        WallException.ended_at.is_(None),
        WallException.ends_on >= TODAY,
    )
    return select(*walls.c).where(~let_through).subquery()


def _walls_of_bodies(volunteer_id: Id | None, dated: bool) -> list[Select[*tuple[Any, ...]]]:
    of_body = [Affiliation.volunteer_id, Affiliation.bars_until, *([Affiliation.started_on] if dated else [])]
    walls = [
        select(*of_body, column.label("organisation_id")).select_from(source) for column, source in _related_bodies()
    ]
    if volunteer_id is not None:
        walls = [arm.where(Affiliation.volunteer_id == volunteer_id) for arm in walls]
    wall = union(*walls).subquery()
    in_time = or_(wall.c.bars_until.is_(None), wall.c.bars_until >= Case.opened_on)
    since = [wall.c.started_on.label("since")] if dated else []
    pair = select(wall.c.volunteer_id, Case.id.label("case_id"), *since)
    by_body = pair.join(Case, and_(wall.c.organisation_id == Case.organisation_id, in_time))
    by_process = pair.join(CaseProcess, wall.c.organisation_id == CaseProcess.organisation_id).join(
        Case, and_(Case.id == CaseProcess.case_id, in_time)
    )
    return [by_body, by_process]


def _walls_of_people(volunteer_id: Id | None, dated: bool) -> list[Select[*tuple[Any, ...]]]:
    in_time = or_(Affiliation.bars_until.is_(None), Affiliation.bars_until >= Case.opened_on)
    same_circle = and_(Case.specialty_group == Affiliation.specialty_group, Case.region == Affiliation.region)
    joined, never = ([Affiliation.started_on], [cast(null(), Date)]) if dated else ([], [])
    circle = select(Affiliation.volunteer_id, Case.id, *joined).join(Case, and_(same_circle, in_time))
    same_name = Party.name_hash == Volunteer.name_hash
    named = select(Volunteer.id, Party.case_id, *never).join(Party, same_name)
    recusals = select(Recusal.volunteer_id, Recusal.case_id, *never)
    arms = [(circle, Affiliation.volunteer_id), (named, Volunteer.id), (recusals, Recusal.volunteer_id)]
    return [arm if volunteer_id is None else arm.where(whose == volunteer_id) for arm, whose in arms]


def _related_bodies() -> tuple[tuple[Any, Any], ...]:
    """The body itself, those it is parent of, its parent. An arm each: joined by OR, no index would serve."""
    child, own = aliased(Organisation), aliased(Organisation)
    return (
        (Affiliation.organisation_id, Affiliation),
        (child.id, join(Affiliation, child, child.parent_id == Affiliation.organisation_id)),
        (own.parent_id, join(Affiliation, own, own.id == Affiliation.organisation_id)),
    )


@functools.lru_cache(maxsize=512)
def barred_cases(volunteer_id: int) -> Select[int]:
    """Ids of the cases behind this person's wall."""
    # Kept, because every read and every write asks, and putting it together costs more than running it.
    return select(barred_pairs(volunteer_id=volunteer_id).c.case_id)


def barred_people(case_id: int | BindParameter[int]) -> Select[int]:
    """Ids of the people behind the wall of this case."""
    return select(barred_pairs(case_ids=[case_id]).c.volunteer_id)


def own_cases(volunteer_id: Id) -> Select[int]:
    """Ids of the cases where this person has accepted a place that has not ended, or covers somebody who has.

    Cover begins and ends with the days of the leave, and is no chain: who is away themselves covers nobody.
    """
    return select(Assignment.case_id).where(
        Assignment.volunteer_id.in_(_stands_for(volunteer_id)), Assignment.status == AssignmentStatus.ACCEPTED
    )


def _stands_for(volunteer_id: Id) -> CompoundSelect[int]:
    # Ids first, then their places by its index: with cover joined to the cases every read would go through all places.
    def under_way(leave: type[Leave]) -> ColumnElement[bool]:
        return and_(leave.starts_on <= TODAY, leave.ends_on >= TODAY)

    own = aliased(Leave)
    away = exists().where(own.volunteer_id == volunteer_id, under_way(own))
    covered = select(Leave.volunteer_id).where(Leave.cover_id == volunteer_id, under_way(Leave), ~away)
    return union_all(select(literal(volunteer_id) if isinstance(volunteer_id, int) else volunteer_id), covered)


def counted_cases(viewer: Viewer) -> ColumnElement[bool]:
    """Cases that may stand behind a released count for this viewer: all but the barred ones."""
    return Case.id.not_in(barred_cases(viewer.id))


def visible_cases(viewer: Viewer) -> ColumnElement[bool]:
    """The condition on `Case` for every list, count, chart and search of cases (the card of design §5):
    leads see all, volunteers open cases and their own, observers none; nobody a barred one."""
    return and_(counted_cases(viewer), _by_role(viewer.id, viewer.role, full=False))


def full_cases(viewer: Viewer) -> ColumnElement[bool]:
    """The condition on `Case` for what only the team and leads may read: summary, timeline, body's name."""
    return and_(counted_cases(viewer), _by_role(viewer.id, viewer.role, full=True))


def _by_role(viewer_id: Id, role: Role, *, full: bool) -> ColumnElement[bool]:
    if role is Role.VOLUNTEER:
        own = Case.id.in_(own_cases(viewer_id))
        return own if full else or_(Case.is_open, own)
    return true() if role is Role.LEAD else false()


def see_card(session: Session, viewer: Viewer, reference: str) -> Case:
    """The case, if its card is visible; else `NotFound`, whatever the reason."""
    return _fetch(session, viewer, reference, full=False)


def read_case(session: Session, viewer: Viewer, reference: str) -> Case:
    """The case, if this person may read it in full; else `NotFound`, whatever the reason."""
    return _fetch(session, viewer, reference, full=True)


def reads_in_full(session: Session, viewer: Viewer, case: Case) -> bool:
    """Whether somebody who sees this card may read the case in full."""
    in_full = _by_role(viewer.id, viewer.role, full=True)
    return session.scalar(select(Case.id).where(Case.id == case.id, in_full)) is not None


def _fetch(session: Session, viewer: Viewer, reference: str, *, full: bool) -> Case:
    tidy = reference.strip().upper()
    asked = {"reference": tidy, "viewer_id": viewer.id}
    # What is no reference is never asked for: PostgreSQL cannot even hear of some of it, such as a null character.
    case = session.scalar(_one_case(viewer.role, full), asked) if is_reference(tidy) else None
    if case is None:
        raise NotFound
    return case


@functools.cache
def _one_case(role: Role, full: bool) -> Select[Case]:
    # The wall for this one case: to list all that a person is barred from takes far longer.
    viewer_id: BindParameter[int] = bindparam("viewer_id")
    it = Case.reference == bindparam("reference")
    wall = barred_pairs(volunteer_id=viewer_id, case_ids=[select(Case.id).where(it).scalar_subquery()])
    return select(Case).where(it, _by_role(viewer_id, role, full=full), Case.id.not_in(select(wall.c.case_id)))


def is_barred(session: Session, volunteer_id: int, case_id: int) -> bool:
    """Whether this person stands behind the wall for this case: asked before any offer."""
    return session.scalar(_whether_barred(), {"volunteer_id": volunteer_id, "case_id": case_id}) or False


@functools.cache
def _whether_barred() -> Select[bool]:
    pairs = barred_pairs(volunteer_id=bindparam("volunteer_id"), case_ids=[bindparam("case_id")])
    return select(exists().select_from(pairs))


def require_lead(viewer: Viewer) -> None:
    if not viewer.is_lead:
        raise NotAllowed("Only a lead may do this. Ask a lead, or say so in a status update.")
