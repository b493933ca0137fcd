"""Who may see and do what: deny by default. Every query and every command starts here.

The conflict wall comes before any role: somebody who belongs to an organisation in the case, or has stepped back
from it, sees nothing of it. A barred reference and an unknown one raise the same `NotFound`.
"""

import functools
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    exists,
    false,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from db.case_reference import is_reference
from db.choices import AssignmentStatus, Condition, Role
from db.errors import NotAllowed, NotFound
from db.id_lists import among
from db.models import (
    Assignment,
    Case,
    ConflictCheck,
    Leave,
    Volunteer,
)
from db.walls import TODAY, Id, barred_cases, barred_pairs, barred_people, is_barred

__all__ = [
    "CARD_CONDITIONS",
    "CARD_FIELDS",
    "TODAY",
    "CardField",
    "Viewer",
    "barred_cases",
    "barred_once",
    "barred_pairs",
    "barred_people",
    "counted_cases",
    "full_among",
    "full_cases",
    "full_few",
    "full_of_visible",
    "is_barred",
    "kept",
    "own_cases",
    "read_case",
    "require_lead",
    "see_card",
    "see_how_much",
    "stands_for",
    "viewer_of",
    "visible_among",
    "visible_cases",
]


class CardField(StrEnum):
    """Everything a card shows (“card” in docs/words.md). The rest is for people who may read the case in full: no list
    shows it to others, and none of their filters, sorts, searches or counts looks at it."""

    REFERENCE = "reference"
    STAGE = "stage"
    PROCESSES = "processes"
    FLAGS = "flags"
    REGION = "region"
    BODY_KIND = "body_kind"
    # How long since it was received, in its stage, and without a case lead.
    AGES = "ages"
    # Date, whose it is, and its rule or kind; not a name somebody typed, nor whether there is a plan.
    DEADLINES = "deadlines"
    # Only that it has no case lead: without that nobody could volunteer for it.
    UNALLOCATED = "unallocated"


CARD_FIELDS = frozenset(CardField)
# Those that follow from a card's own fields. At risk does not: it depends on whether there is a plan.
CARD_CONDITIONS = frozenset(
    {Condition.CRISIS, Condition.UNALLOCATED, Condition.DEADLINE_MISSED, Condition.BODY_IN_BREACH}
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


def viewer_of(session: Session, volunteer_id: int) -> Viewer:
    """The active person with this id, or `NotFound`."""
    role = session.scalar(_active_role(), {"volunteer_id": volunteer_id})
    if role is None:
        raise NotFound("This account is not active.")
    return Viewer(id=volunteer_id, role=role)


@functools.cache
def _active_role() -> Select[Role]:
    return select(Volunteer.role).where(Volunteer.id == bindparam("volunteer_id"), Volunteer.active)


# Kept, as `barred_cases` is: nearly every read needs these, and building them costs more than running them.
kept = functools.lru_cache(maxsize=512)


@kept
def own_cases(volunteer_id: Id) -> Select[int]:
    """Ids of the cases this person is on, and of those they cover today.

    Cover lasts as long as the leave, and is not passed on: somebody who is away covers nobody. The person covering has
    a case once they have seen the names of its organisations and said that they know of no conflict.
    """
    said_no_conflict = exists().where(
        ConflictCheck.case_id == Assignment.case_id,
        ConflictCheck.volunteer_id == volunteer_id,
        ConflictCheck.no_conflict.is_(True),
    )
    return select(Assignment.case_id).where(
        Assignment.volunteer_id.in_(stands_for(volunteer_id)),
        Assignment.status == AssignmentStatus.ACCEPTED,
        or_(Assignment.volunteer_id == volunteer_id, said_no_conflict),
    )


@kept
def stands_for(volunteer_id: Id) -> CompoundSelect[int]:
    """Ids of this person, and of those on leave whom they cover today."""

    # Ids first, then places by index: joined to the cases, cover would make every read scan all places.
    def under_way(leave: type[Leave]) -> ColumnElement[bool]:
        return and_(leave.starts_on <= TODAY, leave.ends_on >= TODAY)

    own = aliased(Leave)
    away = exists().where(own.volunteer_id == volunteer_id, under_way(own))
    covered = select(Leave.volunteer_id).where(Leave.cover_id == volunteer_id, under_way(Leave), ~away)
    return union_all(select(literal(volunteer_id) if isinstance(volunteer_id, int) else volunteer_id), covered)


def counted_cases(viewer: Viewer) -> ColumnElement[bool]:
    """Every case this viewer is not barred from: what may be counted for them."""
    return Case.id.not_in(barred_cases(viewer.id))


def visible_cases(viewer: Viewer, *, barred: Select[int] | None = None) -> ColumnElement[bool]:
    """The condition on `Case` for every list, count, chart and search of cases (“card” in docs/words.md):
    leads see all, volunteers see open cases and their own, observers none; nobody sees one they are barred from.

    A case whose organisation is not matched is behind a provisional wall, because nobody can be checked for a
    conflict: a volunteer sees it only if they are on it."""
    not_barred = counted_cases(viewer) if barred is None else Case.id.not_in(barred)
    return and_(not_barred, _by_role(viewer.id, viewer.role, full=False))


@kept
def full_cases(viewer: Viewer) -> ColumnElement[bool]:
    """The condition on `Case` for what only the team and leads may read: summary, timeline, organisation."""
    return and_(Case.id.not_in(barred_cases(viewer.id, also_waiting=True)), full_of_visible(viewer))


def full_of_visible(viewer: Viewer) -> ColumnElement[bool]:
    """What `full_cases` adds to `visible_cases`, for a statement that has the latter already."""
    return _by_role(viewer.id, viewer.role, full=True)


def barred_once(viewer: Viewer) -> Select[int]:
    """For a statement that needs `barred` in several places: the database then works it out once."""
    return select(barred_cases(viewer.id).cte("barred").c.case_id)


@kept
def _by_role(viewer_id: Id, role: Role, *, full: bool) -> ColumnElement[bool]:
    if role is Role.VOLUNTEER:
        own = Case.id.in_(own_cases(viewer_id))
        return own if full else or_(and_(Case.is_open, Case.organisation_id.is_not(None)), own)
    return true() if role is Role.LEAD else false()


def visible_among(session: Session, viewer: Viewer, case_ids: Collection[int]) -> set[int]:
    """Those of a few cases whose card is visible. The same as `visible_cases`, but faster: that lists every case the
    person is barred from."""
    # Run even for no cases: one statement fewer would show that nothing was hidden.
    asked = {"ids": list(case_ids), "viewer_id": viewer.id}
    return set(session.scalars(_few_cases(viewer.role), asked))


def full_among(session: Session, viewer: Viewer, case_ids: Collection[int]) -> set[int]:
    """Those of a few cases that this viewer may read in full. The same as `full_cases`, but faster."""
    asked = {"ids": list(case_ids), "viewer_id": viewer.id}
    return set(session.scalars(_few_cases(viewer.role, full=True), asked))


def barred_among(session: Session, viewer: Viewer, case_ids: Collection[int]) -> set[int]:
    """Those of a few cases that this viewer is barred from."""
    asked = {"ids": list(case_ids), "viewer_id": viewer.id}
    return set(session.scalars(_barred_few(), asked))


@functools.cache
def _barred_few() -> Select[int]:
    return _walled(bindparam("viewer_id"), _few(), full=False)


@functools.cache
def _few_cases(role: Role, *, full: bool = False) -> Select[int]:
    viewer_id: BindParameter[int] = bindparam("viewer_id")
    few = _few()
    # The wall is asked of the few: PostgreSQL takes it for so dear when asked of cases that it reads them all instead.
    by_wall = few.c.id.not_in(_walled(viewer_id, few, full=full))
    return select(Case.id).join(few, few.c.id == Case.id).where(_by_role(viewer_id, role, full=full), by_wall)


def full_few(role: Role) -> ColumnElement[bool]:
    """`full_cases` for a cached statement with the parameters `viewer_id` and `ids`, the cases asked about."""
    viewer_id: BindParameter[int] = bindparam("viewer_id")
    return and_(_by_role(viewer_id, role, full=True), Case.id.not_in(_walled(viewer_id, _few(), full=True)))


def _few() -> CTE:
    return select(Case.id).where(among(Case.id, "ids")).cte("few")


def _walled(viewer_id: BindParameter[int], few: CTE, *, full: bool) -> Select[int]:
    """Those of a few cases that this person is barred from."""
    wall = barred_pairs(volunteer_id=viewer_id, case_ids=select(few.c.id), also_waiting=full)
    return select(wall.c.case_id)


def see_card(session: Session, viewer: Viewer, reference: str) -> Case:
    """The case, if its card is visible; else `NotFound`, whatever the reason."""
    return see_how_much(session, viewer, reference)[0]


def see_how_much(session: Session, viewer: Viewer, reference: str) -> tuple[Case, bool]:
    """As `see_card`, and whether this person may also read the case in full."""
    return _fetch(session, viewer, reference, full=False)


def read_case(session: Session, viewer: Viewer, reference: str) -> Case:
    """The case, if this person may read it in full; else `NotFound`, whatever the reason."""
    return _fetch(session, viewer, reference, full=True)[0]


def _fetch(session: Session, viewer: Viewer, reference: str, *, full: bool) -> tuple[Case, bool]:
    tidy = reference.strip().upper()
    asked = {"reference": tidy, "viewer_id": viewer.id}
    # Only a well-formed reference is looked up: PostgreSQL refuses some characters, such as null.
    found = session.execute(_one_case(viewer.role, full), asked).one_or_none() if is_reference(tidy) else None
    if found is None:
        raise NotFound
    case, in_full = found
    return case, in_full


@functools.cache
def _one_case(role: Role, full: bool) -> Select[Case, bool]:
    # The wall of this one case: listing every case a person is barred from takes far longer.
    viewer_id: BindParameter[int] = bindparam("viewer_id")
    it = Case.reference == bindparam("reference")
    one = [select(Case.id).where(it).scalar_subquery()]
    wall = barred_pairs(volunteer_id=viewer_id, case_ids=one, also_waiting=full)
    in_full = _by_role(viewer_id, role, full=True)
    return select(Case, in_full).where(it, _by_role(viewer_id, role, full=full), Case.id.not_in(select(wall.c.case_id)))


def require_lead(viewer: Viewer) -> None:
    if not viewer.is_lead:
        raise NotAllowed("Only a lead can do this. Ask a lead, or say so in a status update.")
