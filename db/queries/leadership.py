"""The casework over a month or a quarter, beside the one before and the same a year before. For leads, exact, over the
cases they may see; see `released_caseloads` in `db/queries/releases.py` for what everybody else is shown."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session

from db.access import Viewer, counted_cases, require_lead
from db.choices import Lack, Role
from db.models import Case, Debrief, Leave, Volunteer
from db.queries.changed_cases import Lines
from db.queries.counting_changes import CountingChanges, counting_changes
from db.queries.leadership_lines import (
    CAME_ON,
    CLOSED,
    DUE,
    ENDED_ON,
    FROM,
    IS_OURS,
    KIND,
    LACK,
    LACKS,
    LED,
    MET,
    OPENED,
    OUTCOME,
    OVER,
    PASSED_ON,
    REACHED,
    REOPENED,
    UNTIL,
    WHAT,
    LeadershipLines,
    seen_lines,
)
from db.rules.periods import Period, month_around, quarter_around
from db.rules.quarters import last_quarters, quarter_of, quarter_start
from db.rules.spread import Share, Spread, spread

MONTHS = 13
QUARTERS = 5
# So far back does the year before the oldest period that can be chosen reach.
QUARTERS_READ = QUARTERS + 5


@dataclass(frozen=True)
class CaseworkOf:
    """One period; what is not over is counted up to `until`, and everything as it stands today.

    `open`, `unallocated` and `quiet` are of the end of that day: cases open; led by nobody; open and not waiting, with
    nothing of substance for limits.stalled_days. `first_contact` and `allocation` are days from receipt, of the cases
    opened in the period that have come so far; `waiting_contact` and `waiting_lead` have not. `limits`: ours that fell
    due, and how many were met in time. `bodies`: by kind (code), theirs that fell due, and how many they passed.
    `outcomes`: (process, outcome, how many), both codes.
    """

    period: Period
    until: date
    opened: int
    closed: int
    passed_on: int
    reopened: int
    open: int
    unallocated: int
    quiet: int
    first_contact: Spread
    waiting_contact: int
    allocation: Spread
    waiting_lead: int
    limits: Share
    bodies: tuple[tuple[str, Share], ...]
    outcomes: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True)
class Wellbeing:
    """Of `people` with an account who do casework, how many are on leave today, say that they are at capacity, and have
    asked to be left alone for now; and how many debriefs are to be arranged."""

    people: int
    on_leave: int
    at_capacity: int
    quiet: int
    debriefs: int


@dataclass(frozen=True)
class Leadership:
    """`months`: a row for each of the last MONTHS months, oldest first: month (its first day), opened, ended, open,
    unallocated (both at its end, or now). `lacking`: open cases, by what they lack."""

    now: CaseworkOf
    before: CaseworkOf
    year_before: CaseworkOf
    months: pd.DataFrame
    wellbeing: Wellbeing
    lacking: dict[Lack, int]
    changes: CountingChanges


def offered_periods(today: date) -> tuple[Period, ...]:
    """This quarter and those before, then this month and those before, a year back."""
    quarters = [quarter_around(quarter_start(code)) for code in last_quarters(quarter_of(today), QUARTERS)]
    months = [month_around(today)]
    while len(months) < MONTHS:
        months.append(months[-1].before)
    return (*quarters, *months)


def read_since(today: date) -> date:
    """The first day that any offered period looks at."""
    return quarter_start(last_quarters(quarter_of(today), QUARTERS_READ)[-1])


def days_asked(period: Period, today: date) -> tuple[date, ...]:
    """The last days, or today, of what is compared."""
    return tuple(min(each.last, today) for each in (period, period.before, period.year_before))


def leadership(session: Session, viewer: Viewer, period: Period, today: date, lines: LeadershipLines) -> Leadership:
    """`lines` are of the same revision and day, since `read_since(today)`, and quiet is known on `days_asked`. Refuses
    anybody but a lead."""
    require_lead(viewer)
    counting = _Counting(session, viewer, today, seen_lines(session, viewer, lines))
    return Leadership(
        now=counting.of(period),
        before=counting.of(period.before),
        year_before=counting.of(period.year_before),
        months=counting.months(),
        wellbeing=_wellbeing(session, viewer, today),
        lacking=counting.lacking(),
        changes=counting_changes(session, viewer, period.year_before.first, min(period.last, today)),
    )


class _Counting:
    """Periods counted from the same lines."""

    def __init__(self, session: Session, viewer: Viewer, today: date, lines: LeadershipLines) -> None:
        self._today, self._lines = today, lines
        open_now = select(func.count()).select_from(Case).where(Case.is_open, counted_cases(viewer))
        self._open_now = session.scalar(open_now) or 0
        is_back = lines.endings[:, WHAT] == REOPENED
        self._opened = np.sort(lines.openings[:, OPENED])
        self._ended = np.sort(lines.endings[~is_back, ENDED_ON])
        self._back = np.sort(lines.endings[is_back, ENDED_ON])
        self._taken = np.sort(lines.places[:, FROM])
        self._left = np.sort(lines.places[lines.places[:, UNTIL] > 0, UNTIL])

    def of(self, period: Period) -> CaseworkOf:
        until = min(period.last, self._today)
        first, last = period.first.toordinal(), until.toordinal()
        openings = _within(self._lines.openings, OPENED, first, last)
        endings = _within(self._lines.endings, ENDED_ON, first, last)
        reached, led = openings[openings[:, REACHED] > 0], openings[openings[:, LED] > 0]
        due = _within(self._lines.deadlines, DUE, first, last)
        return CaseworkOf(
            period=period,
            until=until,
            opened=len(openings),
            closed=_count(endings[:, WHAT] == CLOSED),
            passed_on=_count(endings[:, WHAT] == PASSED_ON),
            reopened=_count(endings[:, WHAT] == REOPENED),
            open=self._open_at(last),
            unallocated=self._open_at(last) - self._led_at(last),
            quiet=len(self._lines.quiet[until]),
            first_contact=_days(reached, REACHED),
            waiting_contact=len(openings) - len(reached),
            allocation=_days(led, LED),
            waiting_lead=len(openings) - len(led),
            limits=_met(due[due[:, IS_OURS] == 1], self._today),
            bodies=self._bodies(due[due[:, IS_OURS] == 0]),
            outcomes=_commonest(_within(self._lines.outcomes, CAME_ON, first, last), self._lines.reached),
        )

    def lacking(self) -> dict[Lack, int]:
        return {lack: _count(self._lines.lacking[:, LACK] == place) for place, lack in enumerate(LACKS)}

    def months(self) -> pd.DataFrame:
        month, rows = month_around(self._today), []
        for _ in range(MONTHS):
            before, last = month.first.toordinal() - 1, month.last.toordinal()
            opened, ended = (_up_to(days, last) - _up_to(days, before) for days in (self._opened, self._ended))
            is_open = self._open_at(last)
            rows.append((month.first, opened, ended, is_open, is_open - self._led_at(last)))
            month = month.before
        return pd.DataFrame.from_records(rows[::-1], columns=["month", "opened", "ended", "open", "unallocated"])

    def _open_at(self, day: int) -> int:
        """At the end of that day: what is open now, without what came since and with what went since."""
        opened, ended, back = (len(days) - _up_to(days, day) for days in (self._opened, self._ended, self._back))
        return self._open_now - opened + ended - back

    def _led_at(self, day: int) -> int:
        return _up_to(self._taken, day) - _up_to(self._left, day)

    def _bodies(self, due: Lines) -> tuple[tuple[str, Share], ...]:
        # Of a case that ended before the day, nobody knows whether they kept to it.
        known = due[(due[:, MET] > 0) | (due[:, OVER] == 0) | (due[:, OVER] > due[:, DUE])]
        shares = []
        for at in np.unique(known[:, KIND]):
            met = _met(known[known[:, KIND] == at], self._today)
            if met.n:
                shares.append((self._lines.kinds[at], Share(met.n - met.part, met.n)))
        return tuple(sorted(shares))


def _within(lines: Lines, column: int, first: int, last: int) -> Lines:
    return lines[(lines[:, column] >= first) & (lines[:, column] <= last)]


def _up_to(days: NDArray[np.int64], day: int) -> int:
    """How many of these days, in order, are not after that one."""
    return int(np.searchsorted(days, day, side="right"))


def _count(which: NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(which))


def _days(lines: Lines, column: int) -> Spread:
    """From receipt. What was recorded as of an earlier day counts as none."""
    return spread(int(days) for days in np.maximum(lines[:, column] - lines[:, OPENED], 0))


def _met(due: Lines, today: date) -> Share:
    """In time, of those whose day is over or that were met."""
    over = due[(due[:, MET] > 0) | (due[:, DUE] < today.toordinal())]
    return Share(_count((over[:, MET] > 0) & (over[:, MET] <= over[:, DUE])), len(over))


def _commonest(outcomes: Lines, reached: Sequence[tuple[str, str]]) -> tuple[tuple[str, str, int], ...]:
    """The commonest of a process first."""
    found = Counter(reached[at] for at in outcomes[:, OUTCOME].tolist())
    ordered = sorted(found.items(), key=lambda each: (each[0][0], -each[1], each[0][1]))
    return tuple((process, outcome, many) for (process, outcome), many in ordered)


def _wellbeing(session: Session, viewer: Viewer, today: date) -> Wellbeing:
    at_work = and_(Volunteer.active, Volunteer.role != Role.OBSERVER)
    away = exists().where(Leave.volunteer_id == Volunteer.id, Leave.starts_on <= today, Leave.ends_on >= today)
    counted = [func.count().filter(which) for which in (away, Volunteer.says_full, Volunteer.quiet_until > today)]
    counts = select(func.count(), *counted).select_from(Volunteer).where(at_work)
    people, on_leave, at_capacity, quiet = (int(count) for count in session.execute(counts).one())
    owed = select(func.count()).select_from(Debrief).join(Case, Case.id == Debrief.case_id)
    debriefs = session.scalar(owed.where(Debrief.outcome.is_(None), counted_cases(viewer))) or 0
    return Wellbeing(people, on_leave, at_capacity, quiet, debriefs)
