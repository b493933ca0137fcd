"""What leadership's numbers are counted from, as integers: read once, and after a change only of the changed cases.

Nothing here is filtered by viewer: `Seen` takes the lines of the cases that somebody may see.
"""

import functools
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from sqlalchemy import ColumnElement, String, and_, case, cast, exists, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from db import clock
from db.access import Viewer, barred_cases
from db.choices import SUBSTANTIVE_ENTRIES, AssignmentRole, AssignmentStatus, Contact, Lack, Stage, Whose
from db.models import (
    Assignment,
    Case,
    CaseProcess,
    Deadline,
    Entry,
    Organisation,
    ProcessOutcome,
    StageEvent,
    Waiting,
)
from db.queries.changed_cases import Lines, changed_cases, newest_change
from db.queries.days import Hour, london_day_of
from db.queries.finding_arrays import numbers_in
from db.queries.lacking import lacks_sql

ENDED = tuple(stage for stage in Stage if not stage.is_open)
CLOSED, PASSED_ON, REOPENED = range(3)
HELD = (AssignmentStatus.ACCEPTED, AssignmentStatus.ENDED)
# Columns. Each line begins with the id of its case; days are ordinals, and 0 where there is none.
CASE = 0
OPENED, REACHED, LED = 1, 2, 3
WHAT, ENDED_ON = 1, 2
FROM, UNTIL = 1, 2
IS_OURS, KIND, DUE, MET, OVER = 1, 2, 3, 4, 5
OUTCOME, CAME_ON = 1, 2
LACK = 1
LACKS = tuple(Lack)


class LeadershipLines(NamedTuple):
    """Up to date with a line of the audit, and whole from the day `since` on.

    `openings`: each case opened since, with the day the doctor was first reached and the first on which somebody
    accepted to lead it. `endings`: each end and each reopening. `places`: each time somebody led a case, from and
    until. `deadlines`: those due since that still apply, ours and theirs, with the position in `kinds` of the kind of
    organisation they are put down to, and the day a case ended that is over. `outcomes`: those reached since, of each
    the newest edition, with the position in `reached` of its process and outcome. `lacking`: what an open case lacked
    on the day `lacked_on`, by the position in LACKS. `quiet`: by day, each case without recent news at its end.
    """

    audit_id: int
    since: date
    openings: Lines
    endings: Lines
    places: Lines
    deadlines: Lines
    kinds: tuple[str, ...]
    outcomes: Lines
    reached: tuple[tuple[str, str], ...]
    lacking: Lines
    lacked_on: date
    quiet: dict[date, Lines]


def lines_now(
    session: Session, kept: LeadershipLines | None, since: date, stalled_days: int, today: date
) -> LeadershipLines:
    """The lines for the record as it is now, on this day. `kept`: from an earlier call with the same `since` and
    `stalled_days`, and of an earlier revision of the record."""
    # Read before the lines, so that what is kept under it is never older.
    head = newest_change(session)
    changed = changed_cases(session, kept.audit_id, head) if kept else None
    ids = None if changed is None else sorted(changed)
    kinds, reached = (list(kept.kinds), list(kept.reached)) if kept else ([], [])

    def with_old(fresh: Lines, old: Lines | None) -> Lines:
        return fresh if old is None or ids is None else np.concatenate([old[~np.isin(old[:, CASE], ids)], fresh])

    # Before `kinds` and `reached` are told.
    deadlines = with_old(_deadlines(session, since, ids, kinds), kept.deadlines if kept else None)
    outcomes = with_old(_outcomes(session, since, ids, reached), kept.outcomes if kept else None)
    # A consent may have run out overnight.
    lacked = kept.lacking if kept and kept.lacked_on == today else None
    lacking = with_old(_lacking(session, today, None if lacked is None else ids), lacked)
    quiet = kept.quiet if kept and ids is not None else {}
    return LeadershipLines(
        audit_id=head,
        since=since,
        openings=with_old(_openings(session, since, ids), kept.openings if kept else None),
        endings=with_old(_endings(session, since, ids), kept.endings if kept else None),
        places=with_old(_places(session, since, ids), kept.places if kept else None),
        deadlines=deadlines,
        kinds=tuple(kinds),
        outcomes=outcomes,
        reached=tuple(reached),
        lacking=lacking,
        lacked_on=today,
        quiet={day: with_old(_quiet(session, day, stalled_days, ids), old) for day, old in quiet.items()},
    )


def with_quiet(session: Session, lines: LeadershipLines, days: Iterable[date], stalled_days: int) -> LeadershipLines:
    """The same, which also know who was quiet on these days. `lines` are of the present revision."""
    asked = set(days)
    # A process may live for months: of other days only those that end a month may be asked for again.
    still = {day: each for day, each in lines.quiet.items() if day in asked or (day + timedelta(days=1)).day == 1}
    new = {day: _quiet(session, day, stalled_days, None) for day in asked - still.keys()}
    return lines._replace(quiet=still | new)


def seen_lines(session: Session, viewer: Viewer, lines: LeadershipLines) -> LeadershipLines:
    """Without the cases that this lead is barred from: few enough to be listed."""
    barred = select(barred_cases(viewer.id).subquery().c[0].label("id")).subquery()
    listed = session.scalar(select(func.aggregate_strings(cast(barred.c.id, String), ",")))
    hidden = numbers_in(listed or "")
    if not hidden.size:
        return lines

    def shown(some: Lines) -> Lines:
        return some[~np.isin(some[:, CASE], hidden)]

    return lines._replace(
        openings=shown(lines.openings),
        endings=shown(lines.endings),
        places=shown(lines.places),
        deadlines=shown(lines.deadlines),
        outcomes=shown(lines.outcomes),
        lacking=shown(lines.lacking),
        quiet={day: shown(each) for day, each in lines.quiet.items()},
    )


def _openings(session: Session, since: date, ids: Sequence[int] | None) -> Lines:
    reached = select(func.min(Entry.at)).where(Entry.case_id == Case.id, Entry.contact == Contact.REACHED)
    led = select(func.min(Assignment.answered_at)).where(
        Assignment.case_id == Case.id, Assignment.role == AssignmentRole.LEAD, Assignment.status.in_(HELD)
    )
    first, then = (Hour(part.correlate(Case).scalar_subquery()) for part in (reached, led))
    query = select(Case.id, Case.opened_on, first, then).where(Case.opened_on >= since, _among(Case.id, ids))
    rows = session.execute(query)
    return _lines(((id, on.toordinal(), _day(told), _day(taken)) for id, on, told, taken in rows), 4)


def _endings(session: Session, since: date, ids: Sequence[int] | None) -> Lines:
    # A reopening always goes to triage: naming that lets one index serve both.
    reopened = and_(StageEvent.to_stage == Stage.TRIAGE, StageEvent.from_stage.in_(ENDED))
    what = case((reopened, REOPENED), (StageEvent.to_stage == Stage.CLOSED, CLOSED), else_=PASSED_ON)
    query = select(StageEvent.case_id, what, Hour(StageEvent.at)).where(
        StageEvent.at >= clock.midnight(since),
        or_(StageEvent.to_stage.in_(ENDED), reopened),
        _among(StageEvent.case_id, ids),
    )
    return _lines(((id, kind, _day(at)) for id, kind, at in session.execute(query)), 3)


def _places(session: Session, since: date, ids: Sequence[int] | None) -> Lines:
    query = select(Assignment.case_id, Hour(Assignment.answered_at), Hour(Assignment.ended_at)).where(
        Assignment.role == AssignmentRole.LEAD,
        Assignment.status.in_(HELD),
        or_(Assignment.ended_at.is_(None), Assignment.ended_at >= clock.midnight(since)),
        _among(Assignment.case_id, ids),
    )
    return _lines(((id, _day(first), _day(last)) for id, first, last in session.execute(query)), 3)


def _deadlines(session: Session, since: date, ids: Sequence[int] | None, kinds: list[str]) -> Lines:
    put_down_to = func.coalesce(Organisation.kind, Case.body_kind)
    query = (
        select(Deadline.case_id, Deadline.whose, put_down_to, Deadline.due_on, Deadline.met_on, Case.closed_on)
        .join(Case, Case.id == Deadline.case_id)
        .outerjoin(CaseProcess, CaseProcess.id == Deadline.case_process_id)
        .outerjoin(Organisation, Organisation.id == CaseProcess.organisation_id)
        .where(
            Deadline.whose != Whose.WINDOW,
            Deadline.lapsed_on.is_(None),
            Deadline.due_on >= since,
            _among(Deadline.case_id, ids),
        )
    )
    found = []
    for id, whose, kind, due, met, over in session.execute(query):
        if kind not in kinds:
            kinds.append(kind)
        days = (day.toordinal() if day else 0 for day in (due, met, over))
        found.append((id, int(whose is Whose.OURS), kinds.index(kind), *days))
    return _lines(found, 6)


def _outcomes(session: Session, since: date, ids: Sequence[int] | None, reached: list[tuple[str, str]]) -> Lines:
    newer = aliased(ProcessOutcome)
    is_newest = ~exists().where(
        newer.case_process_id == ProcessOutcome.case_process_id,
        newer.number == ProcessOutcome.number,
        newer.edition > ProcessOutcome.edition,
    )
    query = (
        select(ProcessOutcome.case_id, CaseProcess.process, ProcessOutcome.outcome, ProcessOutcome.happened_on)
        .join(CaseProcess, CaseProcess.id == ProcessOutcome.case_process_id)
        .where(
            ProcessOutcome.happened_on >= since,
            ~ProcessOutcome.withdrawn,
            is_newest,
            _among(ProcessOutcome.case_id, ids),
        )
    )
    places = {what: place for place, what in enumerate(reached)}
    found = []
    for id, process, outcome, on in session.execute(query):
        place = places.setdefault((process, outcome), len(places))
        found.append((id, place, on.toordinal()))
    reached[:] = places
    return _lines(found, 3)


def _lacking(session: Session, today: date, ids: Sequence[int] | None) -> Lines:
    lacking = (select(Case.id).where(lacks_sql(lack, today), _among(Case.id, ids)).subquery() for lack in LACKS)
    # As one text each: tens of thousands of rows would take longer to become rows than to be read.
    listed = [select(func.aggregate_strings(cast(cases.c.id, String), ",")).scalar_subquery() for cases in lacking]
    found = []
    for place, told in enumerate(map(numbers_in, (each or "" for each in session.execute(select(*listed)).one()))):
        found.append(np.column_stack([told, np.full_like(told, place)]))
    return np.concatenate(found)


def _quiet(session: Session, day: date, stalled_days: int, ids: Sequence[int] | None) -> Lines:
    """By what was so that day, whatever has come since: open that long, no news in that time, and not waiting."""
    since = day - timedelta(days=stalled_days)
    end, start = clock.midnight(day + timedelta(days=1)), clock.midnight(since + timedelta(days=1))
    news = exists().where(
        Entry.case_id == Case.id, Entry.at >= start, Entry.at < end, Entry.kind.in_(SUBSTANTIVE_ENTRIES)
    )
    waits = exists().where(
        Waiting.case_id == Case.id,
        Waiting.since <= day,
        Waiting.chase_on > day,
        or_(Waiting.ended_on.is_(None), Waiting.ended_on > day),
    )
    was_open = and_(Case.opened_on <= since, or_(Case.is_open, Case.closed_on > day))
    query = select(Case.id).where(was_open, ~news, ~waits, _among(Case.id, ids))
    return _lines(((id,) for id in session.scalars(query)), 1)


def _among(column: InstrumentedAttribute[int], ids: Sequence[int] | None) -> ColumnElement[bool]:
    return true() if ids is None else column.in_(ids)


@functools.lru_cache(maxsize=50_000)
def _day(hour: str | None) -> int:
    return london_day_of(hour).toordinal() if hour else 0


def _lines(rows: Iterable[Sequence[int]], columns: int) -> Lines:
    return np.array(list(rows), dtype=np.int64).reshape(-1, columns)
