"""The heatmap: how many doctors have each finding, by one dimension.

Exact and with any filters for leads, without cases they are barred from. Everybody else sees releases, in the same form
(`db/queries/releases.py`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum, auto
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute, Session

from db.access import Viewer, barred_cases, require_lead
from db.choices import CaseState, Dimension, Evidence, FindingKind, Measure
from db.queries.finding_arrays import Coded, FindingArrays, place
from db.queries.heatmap_lines import Line, column_labels, finding_lines
from db.queries.heatmap_organisations import organisation_columns
from db.rules.tally import Ints, Tally, marked, tally

Mask = NDArray[np.bool_]
RAW_NOTE = (
    "Exact numbers of doctors. A doctor with a finding in two cases counts once, so cells may not add up to totals."
)


@dataclass(frozen=True)
class HeatmapFilters:
    """The heatmap's filters; empty means any. Quarters are like 2026Q4, both ends included."""

    dimension: Dimension = Dimension.BODY_KIND
    kind: FindingKind | None = None
    period_from: str | None = None
    period_to: str | None = None
    evidence: tuple[Evidence, ...] = ()
    state: CaseState | None = None
    process: str | None = None

    @property
    def needs_process(self) -> bool:
        return bool(self.process) or self.dimension in (Dimension.PROCESS, Dimension.PROCESS_STAGE, Dimension.MONTH)

    @property
    def is_open(self) -> bool | None:
        """Whether cases must be open; None for either."""
        return None if self.state is None else self.state is CaseState.OPEN

    def conditions(self) -> Iterator["Asked"]:
        """The filters on a finding, used on codes by the counts and on columns by the list of cases behind a cell."""
        if self.period_from or self.period_to:
            yield Asked(Part.QUARTER, first=self.period_from or "", last=self.period_to or "9999Q4")
        if self.evidence:
            yield Asked(Part.EVIDENCE, among=self.evidence)
        if self.process:
            yield Asked(Part.PROCESS, among=(self.process,))


class Part(Enum):
    """A part of a finding."""

    QUARTER = auto()
    EVIDENCE = auto()
    PROCESS = auto()


class Asked(NamedTuple):
    """A condition on a part of a finding: among these codes or, if there are none, from `first` to `last`."""

    part: Part
    among: tuple[str, ...] = ()
    first: str = ""
    last: str = ""

    def holds(self, code: str) -> bool:
        return code in self.among if self.among else self.first <= code <= self.last

    def of(self, column: InstrumentedAttribute[object]) -> ColumnElement[bool]:
        return column.in_(self.among) if self.among else column.between(self.first, self.last)


@dataclass(frozen=True)
class Stamp:
    """A table's release and period, and the day it was signed; None before that."""

    quarter: str
    period: str
    signed_on: date | None


@dataclass(frozen=True)
class Heatmap:
    """A table to draw. With a `stamp` it is from a release: `cells` (a tuple per row) and totals are released strings,
    and no field holds, or is in the order of, a raw count. Without one it is a lead's exact view; `left_out` counts the
    doctors in it who are in no release because they said no to counts."""

    filters: HeatmapFilters
    rows: tuple[Line, ...]
    columns: tuple[Line, ...]
    cells: tuple[tuple[str, ...], ...]
    total: str
    note: str
    stamp: Stamp | None = None
    left_out: int = 0
    # EXAMINED for the table whose rows are conditions on the day; empty for findings.
    table: str = ""
    # What the cells say; the corner stays the number of doctors. `compared` says what a change is on.
    measure: Measure = Measure.DOCTORS
    compared: str = ""
    # By row, the doctors of the last quarters as bars; empty where they are not shown.
    trends: tuple[str, ...] = ()

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

    `arrays` may come from an earlier call at the same revision with the same `filters.needs_process`; then nothing is
    read again.
    """
    require_lead(viewer)
    arrays = arrays or FindingArrays(with_process=filters.needs_process)
    rows = finding_lines(session, filters.kind)
    lines, coded = arrays.things(session, filters.dimension)
    findings, cases = arrays.findings(session), arrays.cases(session)
    row = place(findings.code, [line.code for line in rows])[lines]
    barred = _barred(session, viewer, arrays)
    keep = _counted(session, arrays, filters, barred)[lines] & (row >= 0)
    seat = cases.seat[arrays.case_position(session)[lines][keep]]
    coded = Coded(coded.codes, coded.at[keep])
    columns, column = _columns(session, viewer, filters.dimension, coded, cases.seats.doctor[seat])
    counts = tally(row[keep], column, seat, cases.seats, rows=len(rows), columns=len(columns))
    return _shown(filters, rows, columns, counts, _left_out(session, arrays, seat, barred))


def _columns(
    session: Session, viewer: Viewer, dimension: Dimension, coded: Coded, doctor: Ints
) -> tuple[list[Line], Ints]:
    """The columns, and which of them each line that counts is in."""
    if dimension is Dimension.ORGANISATION:
        return organisation_columns(session, viewer, coded, doctor)
    labels = column_labels(session, dimension, coded.codes)
    return [Line(code, label) for code, label in labels.items()], place(coded, list(labels))


def _barred(session: Session, viewer: Viewer, arrays: FindingArrays) -> Mask:
    """By position of a case: whether this lead is barred from it."""
    cases = arrays.cases(session)
    barred = np.zeros(len(cases.seat) + 1, dtype=bool)
    barred[-1] = True  # the position of a finding whose case was not there yet
    walled = session.scalars(barred_cases(viewer.id)).all()
    barred[_places(cases.position, walled)] = True
    return barred


def _left_out(session: Session, arrays: FindingArrays, seat: Ints, barred: Mask) -> int:
    """How many of the doctors in these seats said no to counts, going by the cases this lead may see: a no on a case
    they are barred from must not show."""
    cases = arrays.cases(session)
    at = _places(cases.position, arrays.left_out(session))
    below = int(cases.doctor.max(initial=0)) + 1
    said_no = marked(cases.doctor[at[~barred[at]]], below)
    return int((marked(cases.seats.doctor[seat], below) & said_no).sum())


def _counted(session: Session, arrays: FindingArrays, filters: HeatmapFilters, barred: Mask) -> Mask:
    """Which findings are counted: those that match the filters, without cases the lead is barred from."""
    cases, at = arrays.cases(session), arrays.case_position(session)
    counted: Mask = ~barred[at]
    if filters.is_open is not None:
        is_open = np.zeros(len(barred), dtype=bool)
        is_open[_places(cases.position, arrays.open_cases(session))] = True
        counted &= is_open[at] == filters.is_open
    for asked in filters.conditions():
        part = _column(session, arrays, asked.part)
        counted &= np.array([asked.holds(code) for code in part.codes], dtype=bool)[part.at]
    return counted


def _column(session: Session, arrays: FindingArrays, part: Part) -> Coded:
    match part:
        case Part.QUARTER:
            return arrays.findings(session).quarter
        case Part.EVIDENCE:
            return arrays.findings(session).evidence
        case Part.PROCESS:
            return arrays.process(session)


def _places(position: Ints, ids: Sequence[int] | Ints) -> Ints:
    wanted = np.asarray(ids, dtype=np.int64)
    return position[wanted[wanted < len(position)]]


def _shown(filters: HeatmapFilters, rows: list[Line], columns: list[Line], counts: Tally, left_out: int) -> Heatmap:
    """Leaves out columns where every cell is 0, except quarters between others."""
    shown = np.flatnonzero(counts.columns.doctors)
    if filters.dimension in (Dimension.QUARTER, Dimension.MONTH) and len(shown):
        shown = np.arange(shown[0], shown[-1] + 1)
    down, across = counts.columns.doctors.tolist(), counts.rows.doctors.tolist()
    return Heatmap(
        filters=filters,
        rows=tuple(replace(line, total=str(doctors)) for line, doctors in zip(rows, across, strict=True)),
        columns=tuple(replace(columns[at], total=str(down[at])) for at in shown.tolist()),
        cells=tuple(tuple(map(str, line)) for line in counts.cells.doctors[:, shown].tolist()),
        total=str(counts.total.doctors),
        note=RAW_NOTE,
        left_out=left_out,
    )
