"""The heatmap: how many doctors have each finding, by one dimension.

Exact and freely filtered for leads, counted behind the conflict wall. Everybody else sees what a release shows, in the
same form (`db/queries/releases.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from db.access import Viewer, barred_cases, counted_cases, require_lead
from db.choices import CaseState, Dimension, Evidence, FindingKind
from db.left_out import doctors_left_out
from db.queries.finding_arrays import FindingArrays, place
from db.queries.heatmap_lines import Line, column_labels, finding_lines
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
class Stamp:
    """Which release a table is of, which of its periods, and the day it was signed; None before that."""

    quarter: str
    period: str
    signed_on: date | None


@dataclass(frozen=True)
class Heatmap:
    """A table to be drawn. With a `stamp` it is of a release: no field holds, or follows the order of, a raw count;
    `cells`, one tuple per row, and the totals are released strings. Without one it is a lead's own exact view, of
    whose doctors `left_out` are in no release because they said no to counts."""

    filters: HeatmapFilters
    rows: tuple[Line, ...]
    columns: tuple[Line, ...]
    cells: tuple[tuple[str, ...], ...]
    total: str
    note: str
    stamp: Stamp | None = None
    left_out: int = 0

    @property
    def is_raw(self) -> bool:
        return self.stamp is None

    @property
    def is_empty(self) -> bool:
        return not self.columns


def heatmap(
    session: Session, viewer: Viewer, filters: HeatmapFilters, *, arrays: FindingArrays | None = None
) -> Heatmap:
    """Exact numbers of doctors by finding and dimension, over the cases that a lead may see. Refuses anybody else.

    `arrays` may be kept from an earlier call at the same revision, with the same `filters.needs_process`: then only
    the counting is done again.
    """
    require_lead(viewer)
    arrays = arrays or FindingArrays(with_process=filters.needs_process)
    rows = finding_lines(session, filters.kind)
    lines, coded = arrays.things(session, filters.dimension)
    labels = column_labels(session, filters.dimension, coded.codes)
    columns = [Line(code, label) for code, label in labels.items()]
    findings, cases = arrays.findings(session), arrays.cases(session)
    row = place(findings.code, [line.code for line in rows])[lines]
    column = place(coded, list(labels))
    keep = _counted(session, viewer, arrays, filters)[lines] & (row >= 0)
    seat = cases.seat[arrays.case_position(session)[lines][keep]]
    counts = tally(row[keep], column[keep], seat, cases.seats, rows=len(rows), columns=len(columns))
    doctors = np.unique(cases.seats.doctor[seat])
    # By what they said on cases that this lead may see: a no behind the wall must not show.
    left_out = int(np.isin(doctors, doctors_left_out(session, among=counted_cases(viewer))).sum())
    return replace(_raw(filters, rows, columns, counts), left_out=left_out)


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
    cells = np.zeros((len(rows), len(columns)), dtype=np.int64)
    cells[counts.cells["row"], counts.cells["column"]] = counts.cells["doctors"]
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
    )


def _shown(
    filters: HeatmapFilters, rows: list[Line], columns: list[Line], cells: list[list[str]], total: str
) -> Heatmap:
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
        note=RAW_NOTE,
    )
