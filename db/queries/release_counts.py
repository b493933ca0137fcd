"""The exact tables of a release: a fixed set, over all cases, from the findings coded by the end of the quarter.

Nothing here depends on a viewer: the tables go to `db/rules/release_protect.py`, and never to a page.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from db import clock
from db.choices import EXAMINED, RELEASED_DIMENSIONS, Dimension, Stage
from db.left_out import doctors_left_out
from db.models import Case, Release, ReleaseTable, StageEvent
from db.queries.examined import CONDITIONS, conditions, listed
from db.queries.examined import counted as count_examined
from db.queries.finding_arrays import NONE, Coded, FindingArrays, look_up, place
from db.queries.heatmap_lines import column_labels, finding_lines
from db.rules.disclosure import is_thin
from db.rules.facts import EXAMINERS
from db.rules.quarters import quarter_after, quarter_start, quarters_between
from db.rules.release_protect import RawTable
from db.rules.tally import Counts, Ints, Tally, tally

ALL = "all"
CASELOAD, DOCTORS = "caseload", "doctors"
OPEN, OPENED, CLOSED = "open", "opened", "closed"
# Without process stages: a hundred columns with a few doctors each would all be withheld.
# The codes for no process or ground, and for what happened before the first year of the releases.
NO_ONE, EARLIER = "none", "earlier"
NOT_STATED = "not_stated"
ENDED = tuple(stage for stage in Stage if not stage.is_open)
Mask = NDArray[np.bool_]


class Counted(NamedTuple):
    """The tables, and how many doctors are in none because they said no to counts."""

    tables: tuple[RawTable, ...]
    left_out: int


class Period(NamedTuple):
    name: str
    first: str
    last: str


def counted(session: Session, quarter: str) -> Counted:
    """All tables of this quarter's release: each dimension, then the caseload, for all time and each year; then what
    was examined, for all time."""
    arrays = FindingArrays(coded_before=end_of(quarter), with_process=True)
    out = doctors_left_out(session)
    spans = list(periods(quarter, first_year(session, quarter)))
    by_finding = _finding_tables(session, arrays, spans, out)
    caseloads = _caseloads(session, arrays, spans, out)
    return Counted((*by_finding, *caseloads, _examined(session, quarter, out)), len(out))


def periods(quarter: str, since: int) -> Iterator[Period]:
    """All time, then each year up to the quarter."""
    yield Period(ALL, "", quarter)
    for year in range(since, int(quarter[:4]) + 1):
        yield Period(str(year), f"{year}Q1", min(f"{year}Q4", quarter))


def first_year(session: Session, quarter: str) -> int:
    """The first year in releases: that of the oldest case when the first release was made, and fixed since then."""
    years = select(func.min(ReleaseTable.period)).join(Release, Release.id == ReleaseTable.release_id)
    known = session.scalar(years.where(ReleaseTable.period != ALL, Release.discarded_at.is_(None)))
    if known is not None:
        return min(int(known), int(quarter[:4]))
    oldest = session.scalar(select(func.min(Case.opened_on)))
    return min(oldest.year if oldest else int(quarter[:4]), int(quarter[:4]))


def end_of(quarter: str) -> datetime:
    return datetime.combine(quarter_start(quarter_after(quarter)), time(), tzinfo=clock.LONDON)


def _finding_tables(
    session: Session, arrays: FindingArrays, spans: Sequence[Period], out: Sequence[int]
) -> Iterator[RawTable]:
    rows = [line.code for line in finding_lines(session, None)]
    findings, cases, at = arrays.findings(session), arrays.cases(session), arrays.case_position(session)
    row = place(findings.code, rows)
    counts = (row >= 0) & (at >= 0) & ~np.isin(cases.doctor[at], out)
    for period in spans:
        inside = within(findings.quarter, period)[findings.quarter.at] & counts
        for dimension in RELEASED_DIMENSIONS:
            lines, coded = arrays.things(session, dimension)
            columns = _columns(session, dimension, period, since=int(spans[1].name))
            column = column_of(dimension, coded, columns)
            keep = inside[lines]
            counted_by = tally(
                row[lines][keep],
                column[keep],
                cases.seat[at[lines][keep]],
                cases.seats,
                rows=len(rows),
                columns=len(columns),
            )
            yield _raw(dimension.value, period.name, rows, columns, counted_by)


def within(quarter: Coded, period: Period) -> Mask:
    return np.array([period.first <= code <= period.last for code in quarter.codes], dtype=bool)


def _columns(session: Session, dimension: Dimension, period: Period, since: int) -> list[str]:
    """The whole published list, even where nobody is in a column."""
    if dimension is Dimension.QUARTER:
        if period.name != ALL:
            return quarters_between([period.first, period.last])
        return [EARLIER, *quarters_between([f"{since}Q1", period.last])]
    listed = [code for code in column_labels(session, dimension, ()) if code != NONE]
    return [*listed, NO_ONE] if dimension in (Dimension.PROCESS, Dimension.GROUND) else listed


def column_of(dimension: Dimension, coded: Coded, columns: Sequence[str]) -> Ints:
    """The position of each finding's column; a code that is on no list counts as not stated."""
    if dimension is Dimension.QUARTER:
        return place(coded, columns, otherwise=0)
    beside = NO_ONE if NO_ONE in columns else NOT_STATED
    names = [code or beside for code in coded.codes]
    return place(Coded(names, coded.at), columns, otherwise=columns.index(beside))


def _caseloads(
    session: Session, arrays: FindingArrays, spans: Sequence[Period], out: Sequence[int]
) -> Iterator[RawTable]:
    cases = arrays.cases(session)
    standing = [OPEN, OPENED, CLOSED]
    for period in spans:
        found = _caseload(session, period, spans[0].last)
        ids = [np.array(found[name], dtype=np.int64) for name in standing]
        row = np.repeat(np.arange(len(standing)), [len(part) for part in ids])
        at = look_up(cases.position, np.concatenate(ids))
        keep = (at >= 0) & ~np.isin(cases.doctor[at], out)
        seat, column = cases.seat[at[keep]], np.zeros(int(keep.sum()), dtype=np.int64)
        counts = tally(row[keep], column, seat, cases.seats, rows=len(standing), columns=1)
        yield _raw(CASELOAD, period.name, standing, [DOCTORS], counts)


def _examined(session: Session, quarter: str, out: Sequence[int]) -> RawTable:
    """Conditions on the day against who examined them. For all time only: the day is often not known."""
    rows, columns = list(listed(session, CONDITIONS)), list(listed(session, EXAMINERS))
    found = [one for one in conditions(session, before=end_of(quarter)) if one.doctor not in out]
    return _raw(EXAMINED, ALL, rows, columns, count_examined(found, rows, columns))


def _caseload(session: Session, period: Period, quarter: str) -> dict[str, list[int]]:
    """Ids of cases open when the quarter ended, opened in the period, and closed in the period."""
    after = quarter_after(period.last)
    begins = quarter_start(period.first) if period.first else None
    opened = select(Case.id).where(Case.opened_on < quarter_start(after))
    closed = select(StageEvent.case_id).where(StageEvent.to_stage == Stage.CLOSED, StageEvent.at < end_of(period.last))
    if begins is not None:
        opened = opened.where(Case.opened_on >= begins)
        closed = closed.where(StageEvent.at >= datetime.combine(begins, time(), tzinfo=clock.LONDON))
    return {
        OPEN: _open_at_end(session, quarter),
        OPENED: list(session.scalars(opened)),
        CLOSED: list(session.scalars(closed)),
    }


def _open_at_end(session: Session, quarter: str) -> list[int]:
    """Worked out from the stage events, as a case has only its present state."""
    end = end_of(quarter)

    def last(*conditions: ColumnElement[bool]) -> dict[int, datetime]:
        query = select(StageEvent.case_id, func.max(StageEvent.at)).where(StageEvent.at < end, *conditions)
        return dict(session.execute(query.group_by(StageEvent.case_id)).all())

    ended = last(StageEvent.to_stage.in_(ENDED))
    resumed = last(StageEvent.to_stage == Stage.TRIAGE, StageEvent.from_stage.in_(ENDED))
    taken = session.scalars(select(Case.id).where(Case.opened_on < quarter_start(quarter_after(quarter))))
    return [id for id in taken if id not in ended or (id in resumed and resumed[id] > ended[id])]


def _raw(dimension: str, period: str, rows: Sequence[str], columns: Sequence[str], counts: Tally) -> RawTable:
    return RawTable(
        dimension=dimension,
        period=period,
        rows=tuple(rows),
        columns=tuple(columns),
        cells=counts.cells.doctors,
        row_totals=counts.rows.doctors,
        column_totals=counts.columns.doctors,
        total=counts.total.doctors,
        thin_cells=_thin(counts.cells),
        thin_rows=_thin(counts.rows),
        thin_columns=_thin(counts.columns),
        thin_total=is_thin(*counts.total),
    )


def _thin(counts: Counts) -> Mask:
    """Whether each count comes from too few organisations; never for a count of 0."""
    thin = np.zeros(counts.doctors.shape, dtype=bool)
    somebody = counts.doctors > 0
    thin[somebody] = [
        is_thin(*count) for count in zip(*(numbers[somebody].tolist() for numbers in counts), strict=True)
    ]
    return thin
