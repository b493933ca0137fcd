"""Counting distinct doctors, and the bodies they come from, over a quarter of a million findings at once.

Pure arithmetic on integer arrays. What comes out is raw: for leads, or on its way to a release.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from db.rules.counts import Count

Ints = NDArray[np.int64]
NO_BODY = 0


class Seats(NamedTuple):
    """A seat is one doctor at one body; most doctors have one. Indexed by seat: which doctor, which body
    (`NO_BODY` when it is not known)."""

    doctor: Ints
    body: Ints


class Counts(NamedTuple):
    """Arrays of one shape: the three numbers of `Count`, for every place."""

    doctors: Ints
    bodies: Ints
    largest: Ints


class Tally(NamedTuple):
    """Of every cell (rows by columns), every row, every column, and of all."""

    cells: Counts
    rows: Counts
    columns: Counts
    total: Count


def seats_of(doctor: Ints, body: Ints) -> tuple[Ints, Seats]:
    """The seat of each case from its doctor and body, and what the seats are."""
    width = int(body.max(initial=0)) + 1
    pairs, seat = np.unique(doctor * width + body, return_inverse=True)
    return seat.astype(np.int64), Seats(doctor=pairs // width, body=pairs % width)


def tally(row: Ints, column: Ints, seat: Ints, seats: Seats, *, rows: int, columns: int) -> Tally:
    """Counts a table from one line per finding: its row and column position, and its case's seat."""
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

    Doctors of no known body stand for one body when looking for the largest
    and for none when counting bodies."""
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
