"""What a release may show: a stand-in for the protector, with its interface, until that is merged."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from db.rules.disclosure import OUTSIDE_LOW, SUPPRESSED, release_count

RULE_VERSION = "2026-11"


@dataclass(frozen=True, eq=False)
class RawTable:
    """Distinct doctors by row and column in one period, exact: never leaves the leads' view.

    `period` is "all", everything up to the last quarter of the release, or a year, like "2026", up to it. The lines
    are whole reference lists, so that no label tells that somebody is there. `row_totals` are the same numbers in
    every table of a period. `thin` marks what too few bodies stand behind (domain.md §5, rule 4).
    """

    dimension: str
    period: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: NDArray[np.int64]
    row_totals: NDArray[np.int64]
    column_totals: NDArray[np.int64]
    total: int
    thin_cells: NDArray[np.bool_]
    thin_rows: NDArray[np.bool_]
    thin_columns: NDArray[np.bool_]
    thin_total: bool


@dataclass(frozen=True)
class FrozenTable:
    """What may be shown of a table, as it is kept and printed."""

    dimension: str
    period: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    row_totals: tuple[str, ...]
    column_totals: tuple[str, ...]
    total: str


@dataclass(frozen=True, eq=False)
class Release:
    """The tables of one release, as they stood when `quarter` closed and as they were shown."""

    quarter: str
    raw: tuple[RawTable, ...]
    frozen: tuple[FrozenTable, ...]


def protect(_quarter: str, raw: Sequence[RawTable], _earlier: Sequence[Release]) -> tuple[FrozenTable, ...]:
    """The tables as they may be shown beside all earlier releases, oldest first, in the order of `raw`."""
    return tuple(
        FrozenTable(
            dimension=table.dimension,
            period=table.period,
            rows=table.rows,
            columns=table.columns,
            cells=tuple(_line(*line) for line in zip(table.cells.tolist(), table.thin_cells.tolist(), strict=True)),
            row_totals=_line(table.row_totals.tolist(), table.thin_rows.tolist()),
            column_totals=_line(table.column_totals.tolist(), table.thin_columns.tolist()),
            total=_shown(table.total, thin=table.thin_total),
        )
        for table in raw
    )


def _line(numbers: list[int], thin: list[bool]) -> tuple[str, ...]:
    return tuple(_shown(number, thin=few) for number, few in zip(numbers, thin, strict=True))


def _shown(number: int, *, thin: bool) -> str:
    shown = release_count(number, outside=True)
    return SUPPRESSED if thin and shown != OUTSIDE_LOW else shown
