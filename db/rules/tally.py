"""Counting distinct doctors, and the organisations they come from, over a quarter of a million findings at once.

Pure arithmetic on integer arrays. The counts are raw: for leads, or to be protected for a release.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from db.rules.counts import Count

Ints = NDArray[np.int64]
NO_BODY = 0
# Up to so many possible values, marking those that occur is quicker than sorting them (a byte each).
MOST_MARKED = 8_000_000
MOST_IN_HALF = np.iinfo(np.int32).max


class Seats(NamedTuple):
    """A seat is one doctor at one organisation; most doctors have one. By seat, in the order of the doctors: which
    doctor, and which organisation (`NO_BODY` if it is not known)."""

    doctor: Ints
    body: Ints


class Counts(NamedTuple):
    """The three numbers of `Count`, as arrays of the same shape."""

    doctors: Ints
    bodies: Ints
    largest: Ints


class Tally(NamedTuple):
    """The counts of every cell (rows by columns), row and column, and the total."""

    cells: Counts
    rows: Counts
    columns: Counts
    total: Count


def seats_of(doctor: Ints, body: Ints) -> tuple[Ints, Seats]:
    """The seat of each case, from its doctor and organisation, and the seats themselves."""
    width = int(body.max(initial=0)) + 1
    pairs, seat = np.unique(doctor * width + body, return_inverse=True)
    return seat.astype(np.int64), Seats(doctor=pairs // width, body=pairs % width)


def tally(row: Ints, column: Ints, seat: Ints, seats: Seats, *, rows: int, columns: int) -> Tally:
    """Counts a table from one line per finding: its row, its column, and its case's seat."""
    cell, seat = _distinct(row * columns + column, seat, seats, rows * columns)
    by_cell = _counted(cell, seat, seats, rows * columns)
    everyone = _counted(*_distinct(np.zeros_like(cell), seat, seats, 1), seats, 1)
    return Tally(
        cells=Counts(*(numbers.reshape(rows, columns) for numbers in by_cell)),
        rows=_counted(*_distinct(cell // columns, seat, seats, rows), seats, rows),
        columns=_counted(*_distinct(cell % columns, seat, seats, columns), seats, columns),
        total=Count(*(int(numbers[0]) for numbers in everyone)),
    )


def _distinct(group: Ints, seat: Ints, seats: Seats, groups: int) -> tuple[Ints, Ints]:
    """Each pair of group and seat once, in order."""
    width = max(1, len(seats.doctor))
    pairs = _once(group * width + seat, groups * width)
    group = pairs // width
    return group, pairs - group * width


def _counted(group: Ints, seat: Ints, seats: Seats, groups: int) -> Counts:
    """The counts of each group, from pairs that must be distinct and in order.

    Doctors without a known organisation count as one organisation when looking for the largest, and as none when
    counting organisations."""
    width = int(seats.doctor.max(initial=0)) + 1
    # In order too, as the seats are.
    doctors = np.bincount(group[_firsts(group * width + seats.doctor[seat])], minlength=groups)
    width = int(seats.body.max(initial=0)) + 1
    at_body = np.bincount(group * width + seats.body[seat], minlength=groups * width).reshape(groups, width)
    return Counts(doctors, bodies=(at_body[:, NO_BODY + 1 :] > 0).sum(axis=1), largest=at_body.max(axis=1))


def _once(values: Ints, below: int) -> Ints:
    """In order, each once; all are `below` it."""
    if below <= MOST_MARKED:
        return np.flatnonzero(marked(values, below))
    ordered = values.astype(np.int32) if below <= MOST_IN_HALF else values.copy()
    ordered.sort()
    return ordered[_firsts(ordered)].astype(np.int64)


def marked(values: Ints, below: int) -> NDArray[np.bool_]:
    """For each number below it, whether it is among the values."""
    found = np.zeros(below, dtype=bool)
    found[values] = True
    return found


def _firsts(ordered: NDArray[np.signedinteger]) -> NDArray[np.bool_]:
    """Where a value stands that is not the one before it."""
    first = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first
