"""Counting by integer arrays says what a plain count says."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from db.rules.counts import Count
from db.rules.tally import NO_BODY, Counts, seats_of, tally

findings = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 30), st.integers(NO_BODY, 4)), max_size=150
)


@given(findings)
@settings(deadline=None)
def test_a_tally_counts_what_a_plain_count_counts(lines: list[tuple[int, int, int, int]]) -> None:
    row, column, doctor, body = np.array(lines, dtype=np.int64).reshape(-1, 4).T
    seat, seats = seats_of(doctor, body)
    counts = tally(row, column, seat, seats, rows=3, columns=3)

    def plain(chosen: list[tuple[int, int, int, int]]) -> Count:
        at = {body: {line[2] for line in chosen if line[3] == body} for body in {line[3] for line in chosen}}
        largest = max((len(doctors) for doctors in at.values()), default=0)
        return Count(len({line[2] for line in chosen}), len(set(at) - {NO_BODY}), largest)

    def told(counts: Counts) -> list[Count]:
        return [Count(*line) for line in np.stack(counts, axis=-1).reshape(-1, 3).tolist()]

    cells = [plain([line for line in lines if line[:2] == place]) for place in itertools.product(range(3), range(3))]
    assert told(counts.cells) == cells
    for found, at in ((counts.rows, 0), (counts.columns, 1)):
        assert told(found) == [plain([line for line in lines if line[at] == n]) for n in range(3)]
    assert counts.total == plain(lines)


def test_a_doctor_at_two_bodies_is_one_doctor_and_two_bodies() -> None:
    doctor, body = np.array([7, 7, 7, 8]), np.array([1, 2, 2, NO_BODY])
    seat, seats = seats_of(doctor, body)
    nought = np.zeros(4, dtype=np.int64)
    counts = tally(nought, nought, seat, seats, rows=1, columns=1)
    assert counts.total == Count(doctors=2, bodies=2, largest=1)


def test_nothing_is_counted_as_nobody() -> None:
    none = np.zeros(0, dtype=np.int64)
    seat, seats = seats_of(none, none)
    counts = tally(none, none, seat, seats, rows=2, columns=0)
    assert counts.total == Count(0)
    assert [numbers.shape for numbers in counts.cells] == [(2, 0)] * 3
    assert counts.rows.doctors.tolist() == [0, 0]
