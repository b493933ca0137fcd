"""What a table of doctors says besides its numbers: shares, what is more or fewer than expected, and the change since.

Each is worked out from the numbers as they are shown. In a release those are the released strings: so what is withheld
is withheld here too, and nobody learns more than the release has told. Sources: docs/patterns.md.
"""

import itertools
import math
from collections.abc import Sequence

import numpy as np
import scipy

from db.rules.disclosure import FLOOR, OUTSIDE_LOW, ROUND_TO

# Where a number says nothing: too few doctors, or withheld.
NOTHING = "–"
MINUS = "−"
# In each of the four parts of a comparison, or the approximation does not hold (Cochran's rule).
LEAST_EXPECTED = 5
HALF = ROUND_TO // 2


def number(shown: str) -> int | None:
    """None for what is withheld or low."""
    return int(shown) if shown.isdecimal() else None


def share(part: str, whole: str, *, is_rounded: bool) -> str:
    """“38%” of the row's doctors; of rounded numbers to the nearest five. Nothing of fewer than FLOOR doctors."""
    some, every = number(part), number(whole)
    if some is None or every is None or every < FLOOR:
        return NOTHING
    percent = 100 * min(some, every) / every
    return f"{_nearest(percent, ROUND_TO if is_rounded else 1)}%"


def change(now: str, before: str) -> str:
    """“+5”, “−5” or “0” doctors."""
    later, earlier = number(now), number(before)
    return NOTHING if later is None or earlier is None else signed(later - earlier)


def residual(both: str, row: str, column: str, total: str, *, is_rounded: bool) -> str:
    """The adjusted standardised residual of a cell: by how many standard deviations more or fewer doctors have the
    finding in this column than if the two had nothing to do with each other. Of rounded numbers the least striking
    that fits. Nothing where it is not sound: fewer than LEAST_EXPECTED doctors expected with or without either."""
    numbers = [number(shown) for shown in (both, row, column, total)]
    if any(one is None for one in numbers):
        return NOTHING
    spread = (-HALF, 0, HALF) if is_rounded else (0,)
    found = []
    for shift in itertools.product(spread, repeat=4):
        one = _residual(*(float(n or 0) + by for n, by in zip(numbers, shift, strict=True)))
        if one is None:
            return NOTHING
        found.append(one)
    low, high = min(found), max(found)
    least = 0.0 if low <= 0 <= high else min(low, high, key=abs)
    return signed(round(least, 1))


def _residual(both: float, row: float, column: float, total: float) -> float | None:
    if total <= 0 or not 0 < row < total or not 0 < column < total:
        return None
    expected = row * column / total
    parts = (expected, row - expected, column - expected, total - row - column + expected)
    if min(parts) < LEAST_EXPECTED:
        return None
    return (both - expected) / math.sqrt(expected * (1 - row / total) * (1 - column / total))


def signed(value: float) -> str:
    if value == 0:
        return "0"
    words = f"{abs(value):,.1f}" if isinstance(value, float) else f"{abs(value):,}"
    return f"{'+' if value > 0 else MINUS}{words}"


def value(shown: str) -> float | None:
    """The number in any of these words; None where it says nothing."""
    words = shown.replace(",", "").replace(MINUS, "-").rstrip("%")
    try:
        return None if shown in (OUTSIDE_LOW, NOTHING) else float(words)
    except ValueError:
        return None


def likeness(lines: Sequence[Sequence[str]]) -> list[int]:
    """The order in which rows that are alike lie side by side: average linkage of their profiles, leaves ordered so
    that neighbours differ least. What is withheld counts as the least it can be."""
    if len(lines) < 3 or not lines[0]:
        return list(range(len(lines)))
    table = np.array([[_least(shown) for shown in line] for line in lines], dtype=float)
    most = table.sum(axis=1, keepdims=True)
    profiles = np.divide(table, most, out=np.zeros_like(table), where=most > 0)
    trees, apart = scipy.cluster.hierarchy, scipy.spatial.distance.pdist(profiles)
    tree = trees.optimal_leaf_ordering(trees.linkage(apart, method="average"), apart)
    order: list[int] = trees.leaves_list(tree).tolist()
    return order


def _least(shown: str) -> float:
    return value(shown) or 0.0 if shown != "*" else float(FLOOR)


def sparkline(shown: Sequence[str]) -> str:
    """One bar for each number, a dot for what is withheld; low ones are the lowest bar."""
    bars = "▁▂▃▄▅▆▇█"
    known = [0.0 if one == OUTSIDE_LOW else value(one) for one in shown]
    most = max((one for one in known if one is not None), default=0.0)
    if not most:
        return ""
    return "".join("·" if one is None else bars[round(one / most * (len(bars) - 1))] for one in known)


def _nearest(percent: float, step: int) -> int:
    return int(percent / step + 0.5) * step
