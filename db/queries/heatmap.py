"""The heatmap: how many doctors have each finding, by one dimension. Counted behind the conflict wall,
then released by `db/rules/disclosure.py` for everybody but a lead."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, barred_cases
from db.choices import CaseState, Dimension, Evidence, FindingKind
from db.queries.finding_arrays import Coded, FindingArrays
from db.queries.heatmap_lines import Line, column_labels, finding_lines
from db.rules.disclosure import release_counts
from db.rules.quarters import quarter_before, quarter_of, quarter_start
from db.rules.tally import Ints, Tally, tally

Mask = NDArray[np.bool_]
RAW_NOTE = (
    "Exact numbers of doctors. A doctor who has a finding in two cases counts once, so cells need not add up to totals."
)


@dataclass(frozen=True)
class HeatmapFilters:
    """What is counted; empty means any. Quarters are like 2026Q4, both ends included."""

    dimension: Dimension = Dimension.BODY_KIND
    kind: FindingKind | None = None
    period_from: str | None = None
    period_to: str | None = None
    evidence: tuple[Evidence, ...] = ()
    state: CaseState | None = None
    process: str | None = None

    @property
    def needs_process(self) -> bool:
        return bool(self.process) or self.dimension in (Dimension.PROCESS, Dimension.PROCESS_STAGE)


@dataclass(frozen=True)
class Heatmap:
    """A table that may be shown as it is. For all but leads no field holds, or follows the order of, a raw
    count: `cells`, one tuple per row, and the totals are released strings. `is_raw` is a lead's own view."""

    filters: HeatmapFilters
    rows: tuple[Line, ...]
    columns: tuple[Line, ...]
    cells: tuple[tuple[str, ...], ...]
    total: str
    note: str
    is_raw: bool

    @property
    def is_empty(self) -> bool:
        return not self.columns


def heatmap(
    session: Session, viewer: Viewer, filters: HeatmapFilters, *, arrays: FindingArrays | None = None
) -> Heatmap:
    """Doctors by finding and dimension, over the cases that may stand behind a count for this viewer.

    `arrays` may be kept from an earlier call at the same revision, with the same `coded_before(viewer)` and
    `filters.needs_process`: then only the counting is done again.
    """
    if not viewer.sees_cases:
        filters = _for_everybody(filters)
    arrays = arrays or FindingArrays(coded_before=coded_before(viewer), with_process=filters.needs_process)
    rows = finding_lines(session, filters.kind)
    lines, coded = _things(session, arrays, filters.dimension)
    labels = column_labels(session, filters.dimension, coded.codes)
    columns = [Line(code, label) for code, label in labels.items()]
    findings, cases = arrays.findings(session), arrays.cases(session)
    row = _place(findings.code, [line.code for line in rows])[lines]
    column = _place(coded, list(labels))
    keep = _counted(session, viewer, arrays, filters)[lines] & (row >= 0)
    seat = cases.seat[arrays.case_position(session)[lines][keep]]
    counts = tally(row[keep], column[keep], seat, cases.seats, rows=len(rows), columns=len(columns))
    show = _raw if viewer.is_lead else _released
    return show(filters, rows, columns, counts)


def _things(session: Session, arrays: FindingArrays, dimension: Dimension) -> tuple[Ints, Coded]:
    """What is counted: each finding, once more for each further ground; and its column's code."""
    if dimension is Dimension.GROUND:
        return arrays.grounds(session)
    every = np.arange(len(arrays.findings(session).case_id))
    return every, arrays.dimension(session, dimension)


def _place(coded: Coded, order: Sequence[str]) -> Ints:
    """For each line the place of its code in that order; -1 where it is not in it."""
    place = {code: at for at, code in enumerate(order)}
    return np.array([place.get(code, -1) for code in coded.codes], dtype=np.int64)[coded.at]


def coded_before(viewer: Viewer) -> datetime | None:
    """Those who do not see cases get complete quarters only, as they stood when the last one ended: a number
    that moved from week to week would tell of a new case (domain.md §5, rule 8)."""
    if viewer.sees_cases:
        return None
    return datetime.combine(quarter_start(quarter_of(clock.today())), time(), tzinfo=clock.LONDON)


def _for_everybody(filters: HeatmapFilters) -> HeatmapFilters:
    last = quarter_before(quarter_of(clock.today()))
    return HeatmapFilters(dimension=filters.dimension, kind=filters.kind, period_to=last)


def _counted(session: Session, viewer: Viewer, arrays: FindingArrays, filters: HeatmapFilters) -> Mask:
    """Which findings are counted: not behind the wall, and what the filters ask for."""
    findings, cases = arrays.findings(session), arrays.cases(session)
    at = arrays.case_position(session)
    barred = np.zeros(len(cases.seat) + 1, dtype=bool)
    barred[-1] = True  # a finding whose case was not there yet is at -1
    walled = session.scalars(barred_cases(viewer.id)).all()
    barred[_places(cases.position, walled)] = True
    counted: Mask = ~barred[at]
    if filters.state is not None:
        is_open = np.zeros(len(barred), dtype=bool)
        is_open[_places(cases.position, arrays.open_cases(session))] = True
        counted &= is_open[at] == (filters.state is CaseState.OPEN)
    if filters.evidence:
        counted &= _one_of(findings.evidence.codes, filters.evidence)[findings.evidence.at]
    if filters.period_from or filters.period_to:
        first, last = filters.period_from or "", filters.period_to or "9999Q4"
        inside = np.array([first <= quarter <= last for quarter in findings.quarter.codes], dtype=bool)
        counted &= inside[findings.quarter.at]
    if filters.process:
        process = arrays.process(session)
        counted &= _one_of(process.codes, [filters.process])[process.at]
    return counted


def _places(position: Ints, ids: Sequence[int] | Ints) -> Ints:
    wanted = np.asarray(ids, dtype=np.int64)
    return position[wanted[wanted < len(position)]]


def _one_of(codes: Sequence[str], wanted: Sequence[str]) -> Mask:
    return np.array([code in wanted for code in codes], dtype=bool)


def _raw(filters: HeatmapFilters, rows: list[Line], columns: list[Line], counts: Tally) -> Heatmap:
    cells = _grid(counts.cells, len(rows), len(columns))
    across, down = (
        dict(zip(frame[axis].tolist(), frame["doctors"].tolist(), strict=True))
        for axis, frame in (("row", counts.rows), ("column", counts.columns))
    )
    return _shown(
        filters,
        [replace(line, total=str(across.get(at, 0))) for at, line in enumerate(rows)],
        [replace(line, total=str(down.get(at, 0))) for at, line in enumerate(columns)],
        [[str(number) for number in line] for line in cells.tolist()],
        str(counts.total.doctors),
        RAW_NOTE,
        is_raw=True,
    )


def _grid(cells: pd.DataFrame, rows: int, columns: int) -> Ints:
    grid = np.zeros((rows, columns), dtype=np.int64)
    grid[cells["row"], cells["column"]] = cells["doctors"]
    return grid


def _released(filters: HeatmapFilters, rows: list[Line], columns: list[Line], counts: Tally) -> Heatmap:
    row_codes, column_codes = [line.code for line in rows], [line.code for line in columns]
    names = {"row": np.array(row_codes, dtype=object), "column": np.array(column_codes, dtype=object)}

    def named(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(**{axis: names[axis][frame[axis]] for axis in names if axis in frame})

    table = release_counts(
        named(counts.cells), named(counts.rows), named(counts.columns), counts.total,
        rows=row_codes, columns=column_codes,
    )  # fmt: skip
    shown = table.cells["released"].tolist()
    width = len(columns)
    return _shown(
        filters,
        [replace(line, total=table.row_totals[line.code]) for line in rows],
        [replace(line, total=table.column_totals[line.code]) for line in columns],
        [shown[at * width : (at + 1) * width] for at in range(len(rows))],
        table.total,
        table.note,
        is_raw=False,
    )


def _shown(
    filters: HeatmapFilters, rows: list[Line], columns: list[Line], cells: list[list[str]], total: str, note: str,
    *, is_raw: bool,
) -> Heatmap:  # fmt: skip
    """Leaves out columns where every cell shows 0, save quarters between others."""
    some = [any(line[at] != "0" for line in cells) for at in range(len(columns))]
    if filters.dimension is Dimension.QUARTER and any(some):
        first, last = some.index(True), len(some) - some[::-1].index(True)
        some = [first <= at < last for at in range(len(some))]
    return Heatmap(
        filters=filters,
        rows=tuple(rows),
        columns=tuple(line for line, kept in zip(columns, some, strict=True) if kept),
        cells=tuple(tuple(shown for shown, kept in zip(line, some, strict=True) if kept) for line in cells),
        total=total,
        note=note,
        is_raw=is_raw,
    )
