"""Who is barred from which case. Only `db/access.py` and code about the wall itself should use this."""

import functools
from collections.abc import Sequence

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    Join,
    Select,
    SQLColumnExpression,
    Subquery,
    and_,
    bindparam,
    cast,
    exists,
    join,
    null,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from db import clock
from db.models import Affiliation, BodyKin, Case, CaseProcess, Party, Recusal, VolunteerName, WallException

# An id, or the parameter for one in a cached statement.
Id = int | BindParameter[int]
# Worked out when a statement runs, so that a cached one does not keep an old date.
TODAY = bindparam("wall_today", callable_=lambda: clock.today(), type_=Date)


def barred_pairs(
    *,
    volunteer_id: Id | None = None,
    case_ids: Sequence[int | ColumnElement[int]] | Select[int] | Select[int | None] | None = None,
    dated: bool = False,
    also_waiting: bool = False,
) -> Subquery:
    """(volunteer_id, case_id) of everybody barred from a case: by the organisation of the case or of a process, by
    specialty circle, by being named in it, or by having stepped back; for one person, or for some cases, or for all.
    Leaves out exceptions in force. `dated` adds `since`, the first day at that organisation or in that circle, None for
    the rest. `also_waiting` includes declarations that wait for a lead (`Affiliation.waits`): use it for what somebody
    may do or read in full, but not for the cards they see.
    """
    # Of a few cases the organisation is looked at, not looked up: by its index SQLite would read every case of all
    # organisations that anybody declared.
    body: SQLColumnExpression[int | None] = Case.organisation_id if case_ids is None else Case.organisation_id + 0
    arms = [
        *_walls_of_bodies(volunteer_id, dated, also_waiting, body),
        *_walls_of_people(volunteer_id, dated, also_waiting),
    ]
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


def _walls_of_bodies(
    volunteer_id: Id | None, dated: bool, also_waiting: bool, body: SQLColumnExpression[int | None]
) -> list[Select[*tuple[object, ...]]]:
    of_body = [Affiliation.volunteer_id, Affiliation.bars_until, *([Affiliation.started_on] if dated else [])]
    walls = [
        select(*of_body, column.label("organisation_id")).select_from(source) for column, source in _related_bodies()
    ]
    if volunteer_id is not None:
        walls = [arm.where(Affiliation.volunteer_id == volunteer_id) for arm in walls]
    if not also_waiting:
        walls = [arm.where(~Affiliation.waits) for arm in walls]
    wall = union(*walls).subquery()
    in_time = or_(wall.c.bars_until.is_(None), wall.c.bars_until >= Case.opened_on)
    since = [wall.c.started_on.label("since")] if dated else []
    pair = select(wall.c.volunteer_id, Case.id.label("case_id"), *since)
    by_body = pair.join(Case, and_(wall.c.organisation_id == body, in_time))
    by_process = pair.join(CaseProcess, wall.c.organisation_id == CaseProcess.organisation_id).join(
        Case, and_(Case.id == CaseProcess.case_id, in_time)
    )
    return [by_body, by_process]


def _walls_of_people(volunteer_id: Id | None, dated: bool, also_waiting: bool) -> list[Select[*tuple[object, ...]]]:
    in_time = or_(Affiliation.bars_until.is_(None), Affiliation.bars_until >= Case.opened_on)
    same_circle = and_(Case.specialty_group == Affiliation.specialty_group, Case.region == Affiliation.region)
    joined, never = ([Affiliation.started_on], [cast(null(), Date)]) if dated else ([], [])
    circle = select(Affiliation.volunteer_id, Case.id, *joined).join(Case, and_(same_circle, in_time))
    circle = circle if also_waiting else circle.where(~Affiliation.waits)
    same_name = Party.name_hash == VolunteerName.name_hash
    named = select(VolunteerName.volunteer_id, Party.case_id, *never).join(Party, same_name)
    recusals = select(Recusal.volunteer_id, Recusal.case_id, *never)
    arms = [(circle, Affiliation.volunteer_id), (named, VolunteerName.volunteer_id), (recusals, Recusal.volunteer_id)]
    return [arm if volunteer_id is None else arm.where(whose == volunteer_id) for arm, whose in arms]


def _related_bodies() -> tuple[
    tuple[InstrumentedAttribute[int | None] | InstrumentedAttribute[int], type[Affiliation] | Join], ...
]:
    """The organisation itself, and those that count as one with it: sites, parents, predecessors, successors
    (`BodyKin`). One arm each, because an OR would use no index."""
    return (
        (Affiliation.organisation_id, Affiliation),
        (BodyKin.kin_id, join(Affiliation, BodyKin, BodyKin.body_id == Affiliation.organisation_id)),
    )


@functools.lru_cache(maxsize=512)
def barred_cases(volunteer_id: int, *, also_waiting: bool = False) -> Select[int]:
    """Ids of the cases this person is barred from."""
    # Cached: every read and write needs it, and building it costs more than running it.
    return select(barred_pairs(volunteer_id=volunteer_id, also_waiting=also_waiting).c.case_id)


def barred_people(case_id: int | BindParameter[int]) -> Select[int]:
    """Ids of the people barred from this case, who may be given nothing of it."""
    return select(barred_pairs(case_ids=[case_id], also_waiting=True).c.volunteer_id)


def is_barred(session: Session, volunteer_id: int, case_id: int) -> bool:
    """Whether this person is barred from this case; checked before every offer."""
    return session.scalar(_whether_barred(), {"volunteer_id": volunteer_id, "case_id": case_id}) or False


@functools.cache
def _whether_barred() -> Select[bool]:
    pairs = barred_pairs(volunteer_id=bindparam("volunteer_id"), case_ids=[bindparam("case_id")], also_waiting=True)
    return select(exists().select_from(pairs))


def barred_bodies(volunteer_id: Id) -> Select[int]:
    """Ids of the organisations somebody belongs or belonged to, and of those that count as one with them."""
    arms = [
        select(column).select_from(source).where(Affiliation.volunteer_id == volunteer_id)
        for column, source in _related_bodies()
    ]
    return select(union(*arms).subquery().c[0])
