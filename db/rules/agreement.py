"""How far two codings of the same cases agree, beyond what chance alone would bring: Cohen's kappa, by code.

The standard error is that of Fleiss, Cohen and Everitt (Psychological Bulletin 72, 1969), as in Fleiss, Statistical
Methods for Rates and Proportions: it holds for large numbers of cases, so a kappa of few is not shown at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

Z95 = 1.959964
# Our own proposal (docs/domain.md §2f): with fewer cases the interval says nothing.
LEAST_CASES = 10
# Where so few, or so many, were coded with it, kappa is low even of two who agree nearly always.
RARE = 0.1


class Why(StrEnum):
    """Why there is no kappa."""

    FEW = "too few cases to say"
    SAME = "no variation: both coded every case alike, all with it or all without"
    ONE = "no variation in one of the codings: it has it on every case, or on none"


@dataclass(frozen=True)
class Kappa:
    """`low` and `high` bound 95 %, and are None where the two agree on every case: the standard error is then 0,
    however few the cases."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Agreement:
    """Two codings of `n` cases with one code: with it in `both`, in only the `first` or the `second`, or in neither."""

    both: int
    first: int
    second: int
    neither: int

    @property
    def n(self) -> int:
        return self.both + self.first + self.second + self.neither

    @property
    def observed(self) -> float:
        """The share of the cases that were coded alike."""
        return (self.both + self.neither) / self.n if self.n else 0.0

    @property
    def is_lopsided(self) -> bool:
        """Chosen so rarely, or so often, that kappa alone misleads."""
        share = (2 * self.both + self.first + self.second) / (2 * self.n) if self.n else 0.0
        return not RARE <= share <= 1 - RARE

    def kappa(self, least: int = LEAST_CASES) -> Kappa | Why:
        """Kappa, or why there is none."""
        if self.n < max(1, least):
            return Why.FEW
        constant = [with_it in (0, self.n) for with_it in (self.both + self.first, self.both + self.second)]
        if all(constant):
            return Why.SAME if self.first == self.second == 0 else Why.ONE
        return Why.ONE if any(constant) else kappa_of([[self.both, self.first], [self.second, self.neither]])


def kappa_of(table: Sequence[Sequence[int]]) -> Kappa:
    """Of a square table: rows by what the first chose, columns by what the second chose, for the same choices in order.
    Neither may have chosen the same throughout."""
    n, size = sum(map(sum, table)), range(len(table))
    p = [[count / n for count in row] for row in table]
    rows, columns = [sum(row) for row in p], [sum(p[i][j] for i in size) for j in size]
    by_chance = sum(rows[i] * columns[i] for i in size)
    value = (sum(p[i][i] for i in size) - by_chance) / (1 - by_chance)
    alike = sum(p[i][i] * (1 - (rows[i] + columns[i]) * (1 - value)) ** 2 for i in size)
    apart = sum(p[i][j] * (columns[i] + rows[j]) ** 2 for i in size for j in size if i != j) * (1 - value) ** 2
    variance = (alike + apart - (value - by_chance * (1 - value)) ** 2) / (n * (1 - by_chance) ** 2)
    if all(table[i][j] == 0 for i in size for j in size if i != j):
        return Kappa(1.0, None, None)
    # What is left of rounding may lie a hair below nothing.
    reach = Z95 * sqrt(max(variance, 0.0))
    return Kappa(value, max(-1.0, value - reach), min(1.0, value + reach))
