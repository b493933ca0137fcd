"""Counting distinct doctors, and the organisations they come from, over a quarter of a million findings at once.

Pure arithmetic on integer arrays. The counts are raw: for leads, or to be protected for a release.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from db.rules.counts import Count

Ints = NDArray[np.int64]
NO_BODY = 0


class Seats(NamedTuple):
    """A seat is one doctor at one organisation; most doctors have one. By seat: which doctor, and which organisation
    (`NO_BODY` if it is not known)."""

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
    cell, seat = _distinct(row * columns + column, seat, seats)
    by_cell = _counted(cell, seat, seats, rows * columns)
    everyone = _counted(*_distinct(np.zeros_like(cell), seat, seats), seats, 1)
    return Tally(
        cells=Counts(*(numbers.reshape(rows, columns) for numbers in by_cell)),
        rows=_counted(*_distinct(cell // columns, seat, seats), seats, rows),
        columns=_counted(*_distinct(cell % columns, seat, seats), seats, columns),
        total=Count(*(int(numbers[0]) for numbers in everyone)),
    )


def _distinct(group: Ints, seat: Ints, seats: Seats) -> tuple[Ints, Ints]:
    """Each pair of group and seat once."""
    width = max(1, len(seats.doctor))
    pairs = _once(group * width + seat)
    return pairs // width, pairs % width


def _counted(group: Ints, seat: Ints, seats: Seats, groups: int) -> Counts:
    """The counts of each group, from pairs that must be distinct.

    Doctors without a known organisation count as one organisation when looking for the largest, and as none when
    counting organisations."""
    width = int(seats.doctor.max(initial=0)) + 1
    doctors = np.bincount(_once(group * width + seats.doctor[seat]) // width, minlength=groups)
    width = int(seats.body.max(initial=0)) + 1
    at_body = np.bincount(group * width + seats.body[seat], minlength=groups * width).reshape(groups, width)
    return Counts(doctors, bodies=(at_body[:, NO_BODY + 1 :] > 0).sum(axis=1), largest=at_body.max(axis=1))


def _once(values: Ints) -> Ints:
    ordered = np.sort(values)
    first = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]
