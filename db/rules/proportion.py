"""A share of few doctors, never without how uncertain it is."""

from dataclasses import dataclass

import scipy

from db.rules.disclosure import FLOOR

LEVEL = 0.95


@dataclass(frozen=True)
class Proportion:
    """`some` of `n` doctors. The interval (Wilson's, at LEVEL) says how far the share of many such doctors may lie from
    this one by chance alone; it says nothing of who came to us. None below FLOOR doctors."""

    some: int
    n: int
    low: float | None = None
    high: float | None = None


def proportion(some: int, n: int) -> Proportion:
    if n < FLOOR:
        return Proportion(some, n)
    interval = scipy.stats.binomtest(some, n).proportion_ci(LEVEL, method="wilson")
    return Proportion(some, n, float(interval.low), float(interval.high))
