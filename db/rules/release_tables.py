"""The tables of a release: exact, and as they may be shown.

Source: docs/domain.md §5. Below `FLOOR` doctors a number is shown as "0-7", so that a zero looks like 1 to 7: cards
show which region or kind of organisation has only one doctor, and zeros would then reveal that doctor's findings. From
`FLOOR` up a number is rounded, or withheld as "*".
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from db.rules.disclosure import FLOOR, OUTSIDE_LOW, ROUND_TO, SUPPRESSED, release_count

Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]
S = TypeVar("S", bound=np.generic)
# More doctors than there are: the upper end of an open span.
MANY = 100_000
# Strings, for which numpy has no better type.
Words = NDArray[Any]


@dataclass(frozen=True, eq=False)
class RawTable:
    """Exact numbers of distinct doctors by row and column in one period. Only for leads.

    `period` is "all", for everything up to the release's quarter, or a year like "2026", up to that quarter. Rows and
    columns are complete reference lists, so that no label shows that somebody is there. `row_totals` are the same in
    every table of a period. `thin_*` marks numbers from too few organisations (docs/domain.md §5, rule 4).
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
        """The cells, with the row totals as the last column and the column totals as the last row."""
        return self._with_totals

    @cached_property
    def _with_totals(self) -> Numbers:
        return _framed(self.cells, self.row_totals, self.column_totals, self.total)

    def thin(self) -> Mask:
        return _framed(self.thin_cells, self.thin_rows, self.thin_columns, self.thin_total)


@dataclass(frozen=True)
class FrozenTable:
    """A table as it may be shown, kept and printed."""

    dimension: str
    period: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    row_totals: tuple[str, ...]
    column_totals: tuple[str, ...]
    total: str

    def framed(self) -> Words:
        """Like `RawTable.framed`."""
        lines = [(*line, total) for line, total in zip(self.cells, self.row_totals, strict=True)]
        return np.array([*lines, (*self.column_totals, self.total)], dtype=object)


@dataclass(frozen=True, eq=False)
class Release:
    """The tables of one release: exact when `quarter` closed, and as shown."""

    quarter: str
    raw: tuple[RawTable, ...]
    frozen: tuple[FrozenTable, ...]


def frozen(table: RawTable, shown: Words) -> FrozenTable:
    """The table with these words in place of its framed numbers."""
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
    """The smallest and largest number of doctors a reader can assume, if they know of each star whether it means
    `FLOOR` or more. Nobody is told that, but the protection must not depend on it. `shown` is empty for a number that
    is not shown at all."""
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
