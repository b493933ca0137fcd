"""Places on cases, as integers: what each weighs and how it stands, for the workload of everybody at once. They hold
all that `workload` and `rebalancing` read of a case, so that neither changes while these don't.

Nothing here is filtered by viewer: whoever counts takes `seen_lines` first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from zlib import crc32

import numpy as np
from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    String,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, barred_cases, visible_cases
from db.choices import OPEN_STAGES, AssignmentRole, AssignmentStatus, Condition, Contact, Stage, Whose
from db.models import Assignment, Case, Deadline, Debrief, Entry, Flag
from db.queries.changed_cases import KeptLines, Lines, Read, lines_now
from db.queries.conditions import condition_sql, points_sql
from db.queries.finding_arrays import numbers_in
from db.rules.allotting import CRISIS, HEARING
from db.rules.limits import Limits


@dataclass(frozen=True)
class Carried:
    """What one person carries: in `points`, by stage, the rest in all. `cases` are accepted places, `active_cases` and
    `crisis_cases` not those of interim contacts, `heavy` the demanding cases of the last limits.heavy_window_days;
    `rests_since` is the day, as a number, of the last hearing or death that they are not over yet, or 0."""

    points: tuple[int, ...] = (0,) * len(OPEN_STAGES)
    cases: int = 0
    active_cases: int = 0
    crisis_cases: int = 0
    offers: int = 0
    updates_overdue: int = 0
    deadlines: int = 0
    heavy: int = 0
    rests_since: int = 0


# The columns that all lines begin with, those of a live place, and that of a rest.
CASE, PERSON = range(2)
STAGE, IS_ACCEPTED, IS_INTERIM, SHARE, IS_CRISIS, IS_LATE, DEADLINES = range(2, 9)
SINCE = 2
ACTIVE = OPEN_STAGES.index(Stage.ACTIVE)


def places_now(session: Session, today: date, limits: Limits, kept: KeptLines | None = None) -> KeptLines:
    """Live places, demanding ones, and rests. `kept`: from an earlier call, with the same day and limits."""
    reads: list[Read] = [partial(read, today=today, limits=limits) for read in (_live, _heavy, _rests)]
    return lines_now(session, kept, reads)


def carried(session: Session, viewer: Viewer, places: KeptLines) -> dict[int, Carried]:
    """By volunteer, over the cases that the viewer may see; without those who carry nothing."""
    live, heavy, rests = _seen(session, viewer, places.kinds)
    people, at = np.unique(np.concatenate([kind[:, PERSON] for kind in (live, heavy, rests)]), return_inverse=True)
    who, demanding, resting = np.split(at, [len(live), len(live) + len(heavy)])
    since = np.zeros(len(people), dtype=np.int64)
    np.maximum.at(since, resting, rests[:, SINCE])

    def counted(wanted: Lines, times: Lines | None = None) -> list[int]:
        found = np.bincount(who[wanted], None if times is None else times[wanted], len(people))
        return [int(number) for number in found]

    accepted = live[:, IS_ACCEPTED] == 1
    full = accepted & (live[:, IS_INTERIM] == 0)
    by_stage = [counted(accepted & (live[:, STAGE] == stage), live[:, SHARE]) for stage in range(len(OPEN_STAGES))]
    columns = (
        zip(*by_stage, strict=True),
        counted(accepted),
        counted(full & (live[:, STAGE] == ACTIVE)),
        counted(full & (live[:, IS_CRISIS] == 1)),
        counted(~accepted),
        counted(accepted & (live[:, IS_LATE] == 1)),
        counted(accepted, live[:, DEADLINES]),
        np.bincount(demanding, minlength=len(people)).tolist(),
        since.tolist(),
    )
    return {person: Carried(*line) for person, *line in zip(people.tolist(), *columns, strict=True)}


def _seen(session: Session, viewer: Viewer, kinds: Sequence[Lines]) -> list[Lines]:
    """The lines of cases that the viewer may see."""
    if viewer.is_lead:
        # All but few: those few are listed in less time.
        hidden = _ids(session, barred_cases(viewer.id))
        return [lines[~np.isin(lines[:, CASE], hidden)] for lines in kinds]
    shown = _ids(session, select(Case.id).where(visible_cases(viewer)))
    return [lines[np.isin(lines[:, CASE], shown)] for lines in kinds]


def _ids(session: Session, query: Select[int]) -> Lines:
    """As one text: rows would take longer than the query."""
    ids = query.subquery()
    return numbers_in(session.scalar(select(func.aggregate_strings(cast(ids.c[0], String), ","))) or "")


def _live(session: Session, condition: ColumnElement[bool], *, today: date, limits: Limits) -> Lines:
    """Places offered or accepted, on open cases."""
    # Most cases have no flags, which is faster to check first.
    crisis = and_(Case.flags != "", (literal(" ") + Case.flags + " ").contains(f" {CRISIS} "))
    late = and_(Assignment.role == AssignmentRole.LEAD, condition_sql(Condition.UPDATE_OVERDUE, today, limits))
    counted = (
        Assignment.case_id,
        Assignment.volunteer_id,
        case(*((Case.stage == stage, at) for at, stage in enumerate(OPEN_STAGES)), else_=0),
        _as_number(Assignment.status == AssignmentStatus.ACCEPTED),
        _as_number(Assignment.role == AssignmentRole.INTERIM),
        points_share(Assignment.role, points_sql(today, limits)),
        _as_number(crisis),
        _as_number(late),
        _due(today, limits),
        # These only moves between people go by, and those below.
        points_sql(today, limits),
        _as_number(Case.organisation_id.is_not(None)),
        _reached(),
    )
    compared = (Assignment.answered_at, Case.hearing_on, Case.flags, Case.process_codes)
    query = select(*counted, *compared).join(Case, Case.id == Assignment.case_id)
    rows = session.execute(query.where(_is_live(), Case.is_open, condition)).all()
    first = len(counted)
    return _lines(((*row[:first], *map(_mark, row[first:])) for row in rows), columns=first + len(compared))


def _mark(fact: object) -> int:
    """A number for a day or some words, only to tell whether they are as they were."""
    return crc32(str(fact).encode())


def _heavy(session: Session, condition: ColumnElement[bool], *, today: date, limits: Limits) -> Lines:
    """Each person and demanding case once, where they were on it, not as interim contact, in the last
    limits.heavy_window_days: one with a crisis or a hearing since, or limits.heavy_points or more now."""
    start = today - timedelta(days=limits.heavy_window_days)
    codes = Flag.code.in_((CRISIS, HEARING))
    # Apart, because only live flags have an index by case.
    flagged = exists().where(Flag.case_id == Case.id, Flag.cleared_at.is_(None), codes)
    was_flagged = Case.id.in_(select(Flag.case_id).where(Flag.cleared_at >= clock.midnight(start), codes))
    heard = exists().where(Debrief.case_id == Case.id, Debrief.happened_on >= start)
    weighty = and_(Case.is_open, points_sql(today, limits) >= limits.heavy_points)
    query = (
        select(Assignment.case_id, Assignment.volunteer_id)
        .distinct()
        .join(Case, Case.id == Assignment.case_id)
        .where(
            Assignment.role != AssignmentRole.INTERIM,
            _held_since(start),
            or_(weighty, flagged, was_flagged, heard),
            condition,
        )
    )
    return _lines(session.execute(query), columns=2)


def _rests(session: Session, condition: ColumnElement[bool], *, today: date, limits: Limits) -> Lines:
    """Hearings and deaths within limits.cool_down_days that somebody has not said to be over, and their days."""
    first = today - timedelta(days=limits.cool_down_days)
    place = exists().where(Assignment.case_id == Debrief.case_id, condition)
    query = select(Debrief.case_id, Debrief.volunteer_id, Debrief.happened_on)
    rows = session.execute(query.where(Debrief.happened_on >= first, ~Debrief.ready, place))
    return _lines(((case_id, person, day.toordinal()) for case_id, person, day in rows), columns=3)


def _held_since(start: date) -> ColumnElement[bool]:
    ended = and_(
        Assignment.status == AssignmentStatus.ENDED,
        Assignment.answered_at.is_not(None),
        Assignment.ended_at >= clock.midnight(start),
    )
    return or_(Assignment.status == AssignmentStatus.ACCEPTED, ended)


def _lines(rows: Iterable[Sequence[int]], *, columns: int) -> Lines:
    return np.array([tuple(row) for row in rows], dtype=np.int64).reshape(-1, columns)


def _as_number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def points_share(role: SQLColumnExpression[AssignmentRole], weight: ColumnElement[int]) -> ColumnElement[int]:
    """`rules.points.share` as an expression."""
    return case((role == AssignmentRole.LEAD, weight), else_=(weight + 1) // 2)


def _due(today: date, limits: Limits) -> ScalarSelect[int]:
    """How many of our deadlines on `Case` are within the window."""
    last = today + timedelta(days=limits.deadline_window_days)
    return (
        select(func.count())
        .where(
            Deadline.case_id == Case.id,
            Deadline.due_on.between(today, last),
            Deadline.met_on.is_(None),
            Deadline.lapsed_on.is_(None),
            Deadline.whose == Whose.OURS,
        )
        .correlate(Case)
        .scalar_subquery()
    )


def _reached() -> ScalarSelect[int]:
    """How often whoever has the place has reached the doctor."""
    own = and_(Entry.case_id == Case.id, Entry.author_id == Assignment.volunteer_id)
    return (
        select(func.count()).where(own, Entry.contact == Contact.REACHED).correlate(Case, Assignment).scalar_subquery()
    )


def _is_live() -> ColumnElement[bool]:
    """Offered or accepted, as literals like in the index on live places: with bound values neither database would use
    it, and would read every place there has ever been."""
    live = [AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED]
    return Assignment.status.in_(bindparam("live", live, expanding=True, literal_execute=True))
