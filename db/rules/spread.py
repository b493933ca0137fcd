"""How a few numbers lie: the middle, the least and the most."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Spread:
    """Of `n` numbers; the three others are None where there are none."""

    n: int
    middle: float | None = None
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True)
class Share:
    """`part` of `n`."""

    part: int
    n: int


def spread(numbers: Iterable[int]) -> Spread:
    found = list(numbers)
    return Spread(len(found), median(found), min(found), max(found)) if found else Spread(0)
