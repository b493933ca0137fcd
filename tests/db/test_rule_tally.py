"""Counting by integer arrays says what counting by the plain rule says."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from db.rules.counts import Count
from db.rules.disclosure import release_counts, release_table
from db.rules.tally import NO_BODY, seats_of, tally

findings = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 30), st.integers(NO_BODY, 4)), max_size=150
)


@given(findings)
@settings(deadline=None)
def test_a_tally_releases_what_the_plain_count_releases(lines: list[tuple[int, int, int, int]]) -> None:
    row, column, doctor, body = np.array(lines, dtype=np.int64).reshape(-1, 4).T
    seat, seats = seats_of(doctor, body)
    counts = tally(row, column, seat, seats, rows=3, columns=3)
    names = ["0", "1", "2"]
    cells, rows, columns = (
        frame.astype({name: str for name in ("row", "column") if name in frame})
        for frame in (counts.cells, counts.rows, counts.columns)
    )
    quick = release_counts(cells, rows, columns, counts.total, rows=names, columns=names)

    frame = pd.DataFrame({"row": row.astype(str), "column": column.astype(str), "doctor": doctor})
    frame["body"] = pd.Series(body, dtype=float).where(body != NO_BODY)
    plain = release_table(frame, rows=names, columns=names)
    pd.testing.assert_frame_equal(quick.cells, plain.cells)
    assert (quick.row_totals, quick.column_totals, quick.total) == (
        plain.row_totals,
        plain.column_totals,
        plain.total,
    )


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
    assert counts.cells.empty
    assert list(counts.cells.columns) == ["row", "column", "doctors", "bodies", "largest"]
