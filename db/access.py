"""Who may see and do what: deny by default. Every query and every command starts here.

Above every role stands the conflict wall: a person affiliated with a body of the case, or recused from
it, sees nothing of it. A barred reference and an unknown one are the same `NotFound`.
"""

import functools
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import (
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
    "full_cases",
    "full_few",
    "full_of_visible",
    "is_barred",
    "own_cases",
    "read_case",
    "reads_in_full",
    "require_lead",
    "see_card",
    "stands_for",
    "viewer_of",
    "visible_among",
    "visible_cases",
]


class CardField(StrEnum):
    """All that a card has (“card” in docs/words.md). Whatever is not here is for those who may read the case in full:
    no list shows it to others, and no filter, sort, search or count of theirs looks at it."""

    REFERENCE = "reference"
    STAGE = "stage"
    PROCESSES = "processes"
    FLAGS = "flags"
    REGION = "region"
    BODY_KIND = "body_kind"
    # When it came, how long it is in its stage, how long it waits for a case lead.
    AGES = "ages"
    # Days, whose, and the rule or the kind; not the words somebody gave one, nor whether there is a plan for it.
    DEADLINES = "deadlines"
    # That nobody leads it, and no more: else nobody could volunteer for it.
    UNALLOCATED = "unallocated"


CARD_FIELDS = frozenset(CardField)
# Those that follow from a card's own fields. At risk does not: it asks whether somebody wrote down a plan.
CARD_CONDITIONS = frozenset({Condition.UNALLOCATED, Condition.DEADLINE_MISSED, Condition.BODY_IN_BREACH})


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


def own_cases(volunteer_id: Id) -> Select[int]:
    """Ids of the cases where this person has accepted a place that has not ended, or covers somebody who has.

    Cover begins and ends with the days of the leave, and is no chain: who is away themselves covers nobody. Whoever
    covers has each case once they have said, with its body's name in view, that they know of no conflict.
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


def stands_for(volunteer_id: Id) -> CompoundSelect[int]:
    """Ids of this person, and of those on leave whom they cover today."""

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


def visible_cases(viewer: Viewer, *, barred: Select[int] | None = None) -> ColumnElement[bool]:
    """The condition on `Case` for every list, count, chart and search of cases (“card” in docs/words.md):
    leads see all, volunteers open cases and their own, observers none; nobody a barred one.

    A case whose body is not matched stands behind a provisional wall, as nobody can have been checked: of those a
    volunteer sees only their own."""
    not_barred = counted_cases(viewer) if barred is None else Case.id.not_in(barred)
    return and_(not_barred, _by_role(viewer.id, viewer.role, full=False))


def full_cases(viewer: Viewer) -> ColumnElement[bool]:
    """The condition on `Case` for what only the team and leads may read: summary, timeline, body's name."""
    return and_(Case.id.not_in(barred_cases(viewer.id, also_waiting=True)), full_of_visible(viewer))


def full_of_visible(viewer: Viewer) -> ColumnElement[bool]:
    """What `full_cases` asks of a case beyond `visible_cases`, in a statement where that holds already."""
    return _by_role(viewer.id, viewer.role, full=True)


def barred_once(viewer: Viewer) -> Select[int]:
    """`barred` of one statement that asks for it in several places: the database then lists them once."""
    return select(barred_cases(viewer.id).cte("barred").c.case_id)


def _by_role(viewer_id: Id, role: Role, *, full: bool) -> ColumnElement[bool]:
    if role is Role.VOLUNTEER:
        own = Case.id.in_(own_cases(viewer_id))
        return own if full else or_(and_(Case.is_open, Case.organisation_id.is_not(None)), own)
    return true() if role is Role.LEAD else false()


def visible_among(session: Session, viewer: Viewer, case_ids: Collection[int]) -> set[int]:
    """Of a few cases those whose card is visible: the same as `visible_cases`, which first lists all that a person is
    barred from."""
    # Asked even of none: a statement less would tell that there was nothing to hide.
    asked = {"ids": list(case_ids), "viewer_id": viewer.id}
    return set(session.scalars(_few_cases(viewer.role), asked))


@functools.cache
def _few_cases(role: Role) -> Select[int]:
    return select(Case.id).where(Case.id.in_(bindparam("ids", expanding=True)), _among_few(role, full=False))


def full_few(role: Role) -> ColumnElement[bool]:
    """`full_cases` in a statement that is kept: for the viewer `viewer_id`, and cases that are among its `ids`."""
    return _among_few(role, full=True)


def _among_few(role: Role, *, full: bool) -> ColumnElement[bool]:
    viewer_id: BindParameter[int] = bindparam("viewer_id")
    # Named once, not in every part of the wall: PostgreSQL goes through a list of parameters again for each row.
    few = select(Case.id).where(Case.id.in_(bindparam("ids", expanding=True))).cte("few")
    wall = barred_pairs(volunteer_id=viewer_id, case_ids=select(few.c.id), also_waiting=full)
    return and_(_by_role(viewer_id, role, full=full), Case.id.not_in(select(wall.c.case_id)))


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
    one = [select(Case.id).where(it).scalar_subquery()]
    wall = barred_pairs(volunteer_id=viewer_id, case_ids=one, also_waiting=full)
    return select(Case).where(it, _by_role(viewer_id, role, full=full), Case.id.not_in(select(wall.c.case_id)))


def require_lead(viewer: Viewer) -> None:
    if not viewer.is_lead:
        raise NotAllowed("Only a lead may do this. Ask a lead, or say so in a status update.")
