import itertools
import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from db.rules.counts import Count
from db.rules.disclosure import (
    OUTSIDE_LOW,
    SUPPRESSED,
    ReleasedTable,
    release_count,
    release_counts,
    release_table,
)

AREAS, CODES = ["Area A", "Area B", "Area C"], ["P04", "U06", "P07"]
WORKED_RAW = dict(zip(itertools.product(AREAS, CODES), [23, 12, 9, 6, 17, 14, 11, 0, 8], strict=True))
Raw = Mapping[tuple[str, str], int]
low = st.integers(1, 7)
grids = st.lists(st.integers(0, 60), min_size=9, max_size=9).map(
    lambda counts: dict(zip(itertools.product(AREAS, CODES), counts, strict=True))
)


def findings(raw: Raw, bodies: int = 5) -> pd.DataFrame:
    """One finding for each doctor, each doctor in one cell only, spread over the bodies."""
    lines = [
        (row, column, f"{row}/{column}/{n}", f"body {n % bodies}")
        for (row, column), count in raw.items()
        for n in range(count)
    ]
    return pd.DataFrame(lines, columns=["row", "column", "doctor", "body"])


def release(raw: Raw, **options: Any) -> ReleasedTable:
    return release_table(findings(raw), rows=AREAS, columns=CODES, **options)


def one_cell(doctors: int, bodies: int, largest: int, **options: Any) -> ReleasedTable:
    count = {"doctors": [doctors], "bodies": [bodies], "largest": [largest]}
    return release_counts(
        pd.DataFrame({"row": ["A"], "column": ["P04"], **count}),
        pd.DataFrame({"row": ["A"], **count}),
        pd.DataFrame({"column": ["P04"], **count}),
        Count(doctors, bodies, largest),
        **options,
    )


def grid(table: ReleasedTable) -> dict[tuple[str, str], str]:
    cells = table.cells
    return dict(zip(zip(cells["row"], cells["column"], strict=True), cells["released"], strict=True))


def everything(table: ReleasedTable) -> str:
    """All that a page, a CSV file or a chart could take from the table, bar labels and note."""
    numbers = table.cells[["released", "shade"]].to_csv(index=False)
    totals = [*table.row_totals.values(), *table.column_totals.values(), table.total]
    return f"{numbers}\n{json.dumps(totals)}".replace(OUTSIDE_LOW, "")


@pytest.mark.parametrize("bodies", [{"check_bodies": False}, {"check_bodies": True}])
def test_the_worked_example_is_released_exactly(bodies: dict[str, bool]) -> None:
    table = release(WORKED_RAW, **bodies)
    shown = ["25", "10", "10", "*", "15", "15", "10", "0", "10"]
    assert grid(table) == dict(zip(WORKED_RAW, shown, strict=True))
    assert table.row_totals == {"Area A": "45", "Area B": "35", "Area C": "20"}
    assert table.column_totals == {"P04": "40", "U06": "30", "P07": "30"}
    assert table.total == "100"
    assert (table.rows, table.columns) == (AREAS, CODES)
    shades = [25, 10, 10, None, 15, 15, 10, 0, 10]
    assert [None if math.isnan(s) else s for s in table.cells["shade"]] == shades
    assert "need not add up" in table.note


def test_outside_the_worked_example_merges_none_with_few() -> None:
    inside, outside = release(WORKED_RAW), release(WORKED_RAW, outside=True)
    low_cells = {("Area B", "P04"): "0-7", ("Area C", "U06"): "0-7"}
    assert grid(outside) == grid(inside) | low_cells
    assert outside.row_totals == inside.row_totals
    assert outside.column_totals == inside.column_totals
    assert outside.total == "100"
    assert outside.cells["shade"].isna().sum() == 2


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        *[(23, 25), (12, 10), (9, 10), (17, 15), (14, 15), (37, 35), (44, 45), (19, 20)],
        *[(31, 30), (11, 10), (8, 10), (13, 15), (29, 30), (40, 40), (100, 100)],
    ],
)
def test_a_count_is_rounded_to_the_nearest_five(raw: int, shown: int) -> None:
    assert release_count(raw) == release_count(raw, outside=True) == str(shown)


def test_one_to_seven_are_withheld_and_outside_nought_is_too() -> None:
    assert {release_count(n) for n in range(1, 8)} == {SUPPRESSED}
    assert release_count(0) == "0"
    assert {release_count(n, outside=True) for n in range(8)} == {"0-7"}


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        release_count(-1)


@pytest.mark.parametrize("outside", [False, True])
def test_a_cell_of_seven_and_a_cell_of_one_look_the_same(outside: bool) -> None:
    one, seven = one_cell(1, 1, 1, outside=outside), one_cell(7, 7, 1, outside=outside)
    pd.testing.assert_frame_equal(one.cells, seven.cells)
    for field in ("rows", "columns", "row_totals", "column_totals", "total", "note"):
        assert getattr(one, field) == getattr(seven, field)


def test_a_doctor_with_two_cases_counts_once() -> None:
    raw = {("Area A", "P04"): 12}
    once = findings(raw)
    both = once.assign(column="U06")
    table = release_table(pd.concat([once, once, both]))
    assert grid(table) == {("Area A", "P04"): "10", ("Area A", "U06"): "10"}
    assert table.row_totals == {"Area A": "10"}
    assert table.total == "10"


def test_seven_doctors_with_many_findings_stay_withheld() -> None:
    table = release_table(pd.concat([findings({("Area A", "P04"): 7})] * 20))
    assert grid(table) == {("Area A", "P04"): "*"}
    assert table.total == "*"


@pytest.mark.parametrize(
    ("doctors", "bodies", "largest", "shown"),
    [(40, 3, 20, "40"), (40, 3, 21, "*"), (40, 2, 20, "*"), (40, 1, 40, "*"), (8, 8, 1, "10")],
)
def test_a_number_that_few_bodies_stand_behind_is_withheld_with_its_totals(
    doctors: int, bodies: int, largest: int, shown: str
) -> None:
    for outside in (False, True):
        table = one_cell(doctors, bodies, largest, outside=outside)
        assert grid(table) == {("A", "P04"): shown}
        assert table.row_totals["A"] == table.column_totals["P04"] == table.total == shown
    unchecked = one_cell(doctors, bodies, largest, check_bodies=False)
    assert grid(unchecked) == {("A", "P04"): release_count(doctors)}


def test_unknown_bodies_do_not_make_up_the_number_and_can_dominate() -> None:
    known = findings({("Area A", "P04"): 20}, bodies=4)
    two_known = known.assign(body=known["body"].where(known["body"].isin(["body 0", "body 1"])))
    mostly_unknown = known.assign(body=known["body"].where(known.index < 9))
    assert release_table(known).total == "20"
    assert release_table(two_known).total == "*"
    assert release_table(mostly_unknown).total == "*"
    assert release_table(known.assign(body=None)).total == "*"
    assert release_table(known.drop(columns="body")).total == "20"


def test_a_cell_withheld_for_its_body_cannot_be_had_from_its_totals() -> None:
    spread = findings({("Area A", "U06"): 40, ("Area B", "P04"): 40, ("Area B", "U06"): 40})
    one_body = findings({("Area A", "P04"): 20}).assign(body="body 0")
    table = release_table(pd.concat([spread, one_body]))
    assert grid(table)["Area A", "P04"] == "*"
    assert (table.row_totals, table.column_totals) == (
        {"Area A": "*", "Area B": "80"},
        {"P04": "*", "U06": "80"},
    )
    assert table.total == "*"


def test_a_total_that_gives_a_withheld_cell_away_is_withheld() -> None:
    # 30 is at most 32; less at least 23 and 8, the hidden count could only be 1.
    raw = {("Area A", "P04"): 1, ("Area B", "P04"): 23, ("Area C", "P04"): 8}
    assert release(raw).column_totals["P04"] == "*"
    assert release(raw).total == "*"
    assert release(raw, guard_totals=False).column_totals["P04"] == "30"


def test_labels_set_the_order_and_absent_counts_are_nought() -> None:
    raw = {("Area B", "P04"): 50, ("Area A", "U06"): 9}
    assert release_table(findings(raw)).rows == ["Area A", "Area B"]
    table = release_table(findings(raw), rows=["Area C", "Area B", "Area A"], columns=CODES)
    assert table.rows == ["Area C", "Area B", "Area A"]
    assert table.cells["row"].tolist() == [row for row in table.rows for _ in CODES]
    assert table.row_totals == {"Area C": "0", "Area B": "50", "Area A": "10"}


def test_a_label_not_asked_for_is_refused_rather_than_dropped() -> None:
    with pytest.raises(ValueError, match="not among those"):
        release_table(findings(WORKED_RAW), rows=["Area A"])


def test_a_cell_counted_twice_is_refused() -> None:
    cells = pd.DataFrame({"row": ["A", "A"], "column": ["B", "B"], "doctors": [9, 9]})
    totals = cells[:1]
    with pytest.raises(ValueError, match="more than once"):
        release_counts(cells, totals, totals, Count(9))


@pytest.mark.parametrize("column", ["row", "column", "doctor"])
def test_a_finding_without_a_label_or_doctor_is_refused(column: str) -> None:
    with pytest.raises(ValueError, match="needs a row"):
        release_table(findings(WORKED_RAW).assign(**{column: None}))


@pytest.mark.parametrize(("outside", "total"), [(False, "0"), (True, "0-7")])
def test_no_findings_give_an_empty_table_with_typed_columns(outside: bool, total: str) -> None:
    table = release_table(findings({}), outside=outside)
    assert (table.rows, table.columns, table.total) == ([], [], total)
    assert table.cells["shade"].dtype == float
    filled = release_table(findings({}), outside=outside, rows=AREAS, columns=CODES)
    assert set(grid(filled).values()) == {total}


@given(grids, st.booleans(), st.booleans(), st.integers(1, 5))
def test_no_raw_count_of_one_to_seven_comes_out(raw: Raw, outside: bool, check: bool, bodies: int) -> None:
    table = release_table(findings(raw, bodies), outside=outside, check_bodies=check)
    for number in re.findall(r"\d+(?:\.\d+)?", everything(table)):
        assert float(number) == 0 or float(number) >= 10
        assert float(number) % 5 == 0
    assert not (outside and re.search(r"\b0\b", everything(table).replace(".0", "")))


@given(grids, low, low, st.sampled_from(list(WORKED_RAW)), st.booleans())
def test_swapping_one_low_cell_count_for_another_changes_nothing(
    raw: Raw, one: int, other: int, cell: tuple[str, str], outside: bool
) -> None:
    def counted(n: int) -> ReleasedTable:
        counts = dict(raw) | {cell: n}
        cells = pd.DataFrame([(*key, count) for key, count in counts.items()])
        cells.columns = pd.Index(["row", "column", "doctors"])
        rows = pd.DataFrame({"row": AREAS, "doctors": 40})
        columns = pd.DataFrame({"column": CODES, "doctors": 40})
        return release_counts(cells, rows, columns, Count(120), outside=outside)

    before, after = counted(one), counted(other)
    pd.testing.assert_frame_equal(before.cells, after.cells)
    assert everything(before) == everything(after)


@given(st.integers(0, 500), st.integers(0, 500))
def test_more_doctors_are_never_shown_as_fewer(one: int, other: int) -> None:
    fewer, more = sorted((one, other))
    assume(fewer >= 8)
    assert int(release_count(fewer)) <= int(release_count(more))
    assert abs(int(release_count(more)) - more) <= 2


@given(grids, st.integers(0, 1000))
def test_the_order_of_the_findings_does_not_show(raw: Raw, seed: int) -> None:
    lines = findings(raw)
    first = release_table(lines)
    second = release_table(lines.sample(frac=1, random_state=seed))
    assert (first.rows, first.columns) == (second.rows, second.columns)
    assert everything(first) == everything(second)


def possible(released: str) -> range:
    if released == SUPPRESSED:
        return range(1, 8)
    return range(max(0, int(released) - 2), int(released) + 3) if released != "0" else range(1)


def explanations(table: ReleasedTable) -> Iterator[tuple[int, ...]]:
    """Every set of cell counts that gives the shown numbers, for doctors in one cell each."""
    for counts in itertools.product(*map(possible, grid(table).values())):
        raw = dict(zip(grid(table), counts, strict=True))
        across = [sum(n for key, n in raw.items() if key[0] == row) for row in table.rows]
        down = [sum(n for key, n in raw.items() if key[1] == col) for col in table.columns]
        sums = zip(
            [*across, *down, sum(counts)],
            [*table.row_totals.values(), *table.column_totals.values(), table.total],
            strict=True,
        )
        if all(shown == SUPPRESSED or n in possible(shown) for n, shown in sums):
            yield counts


@pytest.mark.parametrize("raw", [(1, 23, 8, 12), (7, 7, 7, 7), (1, 8, 13, 18), (7, 12, 12, 1)])
def test_trying_every_table_never_leaves_one_value_for_a_withheld_cell(
    raw: tuple[int, ...],
) -> None:
    cells = dict(zip(itertools.product(AREAS[:2], CODES[:2]), raw, strict=True))
    table = release_table(findings(cells), check_bodies=False)
    options = list(explanations(table))
    for at, shown in enumerate(grid(table).values()):
        if shown == SUPPRESSED:
            assert len({counts[at] for counts in options}) > 1
