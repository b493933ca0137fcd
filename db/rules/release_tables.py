"""The tables of a release: exact, and as they may be shown.

Source: docs/domain.md §5. Below `FLOOR` doctors a number reads "0-7", for a zero is never told from 1 to 7:
a card tells which region or kind of organisation has one doctor only, and zeros beside stars would read that doctor's
findings off. From `FLOOR` up it is rounded, or withheld as "*".
"""

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from db.rules.disclosure import FLOOR, OUTSIDE_LOW, ROUND_TO, SUPPRESSED, release_count

Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]
# More doctors than there are: the end of a span without one.
S = TypeVar("S", bound=np.generic)

MANY = 100_000
# Strings: numpy has no shorter type for words of any length.
Words = NDArray[Any]


@dataclass(frozen=True, eq=False)
class RawTable:
    """Distinct doctors by row and column in one period, exact: never leaves the leads' view.

    `period` is "all", everything up to the last quarter of the release, or a year, like "2026", up to it. The lines
    are whole reference lists, so that no label tells that somebody is there. `row_totals` are the same numbers in
    every table of a period. `thin` marks what too few bodies stand behind (docs/domain.md §5, rule 4).
    """

    dimension: str
    period: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Numbers
    row_totals: Numbers
    column_totals: Numbers
    total: int
    thin_cells: Mask
    thin_rows: Mask
    thin_columns: Mask
    thin_total: bool

    def framed(self) -> Numbers:
        """The cells with the row totals as last column, and the column totals as last row."""
        return _framed(self.cells, self.row_totals, self.column_totals, self.total)

    def thin(self) -> Mask:
        return _framed(self.thin_cells, self.thin_rows, self.thin_columns, self.thin_total)


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

    def framed(self) -> Words:
        """As `RawTable.framed`."""
        lines = [(*line, total) for line, total in zip(self.cells, self.row_totals, strict=True)]
        return np.array([*lines, (*self.column_totals, self.total)], dtype=object)


@dataclass(frozen=True, eq=False)
class Release:
    """The tables of one release, as they stood when `quarter` closed and as they were shown."""

    quarter: str
    raw: tuple[RawTable, ...]
    frozen: tuple[FrozenTable, ...]


def frozen(table: RawTable, shown: Words) -> FrozenTable:
    """The table with these words in the place of its framed numbers."""
    return FrozenTable(
        dimension=table.dimension,
        period=table.period,
        rows=table.rows,
        columns=table.columns,
        cells=tuple(tuple(line) for line in shown[:-1, :-1]),
        row_totals=tuple(shown[:-1, -1]),
        column_totals=tuple(shown[-1, :-1]),
        total=shown[-1, -1],
    )


def before_protection(table: RawTable) -> Words:
    """Each framed number by itself: low, rounded, or withheld because it is thin."""
    words = [release_count(n, outside=True) for n in table.framed().ravel().tolist()]
    shown = np.array(words, dtype=object).reshape(table.framed().shape)
    shown[table.thin() & (shown != OUTSIDE_LOW)] = SUPPRESSED
    return shown


def span(shown: str, true: int) -> tuple[float, float]:
    """Least and most doctors that a reader must reckon with, who is told of each star whether it stands for `FLOOR` or
    more: nobody is, but that is no protection to build on. What is not shown at all is without words."""
    if not shown:
        return 0, MANY
    if shown == OUTSIDE_LOW:
        return 0, FLOOR - 1
    if shown == SUPPRESSED:
        return (FLOOR if true >= FLOOR else 0), MANY
    number = int(shown)
    return max(FLOOR, number - ROUND_TO // 2), number + ROUND_TO // 2


def _framed(inside: NDArray[S], right: NDArray[S], below: NDArray[S], corner: int | bool) -> NDArray[S]:
    return np.block([[inside, right[:, None]], [below[None, :], np.array([[corner]], dtype=inside.dtype)]])
