"""A heatmap seen in other ways: every measure, order and degenerate shape, and the axes that are for leads."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import update

from db import clock
from db.choices import RELEASED_DIMENSIONS, Dimension, FindingKind, Measure, RowOrder
from db.engine import Database
from db.models import FindingCode
from db.queries.heatmap import Heatmap, HeatmapFilters, Stamp
from db.queries.heatmap_cases import heatmap_cases
from db.queries.heatmap_lines import Line, finding_lines
from db.queries.heatmap_measures import measured, measures_of, ordered, with_trends
from db.rules.measures import NOTHING
from tests.db.heatmap_record import fresh_record

KINDS = {"S": FindingKind.SYSTEMIC, "P": FindingKind.PROCEDURAL}


def table(cells: list[list[str]], rows: list[str], columns: list[str], total: str = "100") -> Heatmap:
    return Heatmap(
        filters=HeatmapFilters(Dimension.REGION),
        rows=tuple(Line(code, name, total, KINDS[code[0]]) for code, name, total in (row.split() for row in rows)),
        columns=tuple(Line(code, name, total) for code, name, total in (column.split() for column in columns)),
        cells=tuple(map(tuple, cells)),
        total=total,
        note="",
        stamp=Stamp("2026Q3", "all", date(2026, 10, 9)),
    )


FULL = table(
    [["25", "10", "*"], ["10", "30", "0-7"], ["25", "0-7", "10"]],
    ["S01 Zeal 40", "S02 Apathy 45", "P04 Delay 40"],
    ["london London 60", "wales Wales 40", "x X *"],
)
SHAPES = {
    "none": table([], [], []),
    "no column": table([[]], ["P04 Delay *"], []),
    "one row": table([["10", "*"]], ["P04 Delay 40"], ["a A 40", "b B *"]),
    "one column": table([["10"], ["0-7"], ["*"]], ["S01 A 20", "S02 B 0-7", "P04 C *"], ["a A 20"]),
    "all withheld": table([["*"] * 3] * 3, ["S01 A *", "S02 B *", "P04 C *"], ["a A *", "b B *", "c C *"], "*"),
    "46 by 30": table([["10"] * 30] * 46, [f"S{n} A 10" for n in range(46)], [f"c{n} C 10" for n in range(30)]),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("measure", Measure)
def test_every_measure_and_order_of_every_shape_keeps_it(shape: str, measure: Measure) -> None:
    whole = SHAPES[shape]
    for order in RowOrder:
        seen = ordered(measured(whole, measure, whole, "x"), order)
        assert sorted(row.code for row in seen.rows) == sorted(row.code for row in whole.rows)
        assert [len(line) for line in seen.cells] == [len(whole.columns)] * len(whole.rows)
        assert seen.total == whole.total


def test_what_a_release_withholds_no_measure_shows() -> None:
    for measure in (Measure.SHARE, Measure.RESIDUAL, Measure.CHANGE):
        seen = measured(FULL, measure, FULL, "x")
        for row, line in enumerate(FULL.cells):
            for column, shown in enumerate(line):
                assert shown.isdecimal() or seen.cells[row][column] == NOTHING
    assert measured(FULL, Measure.CHANGE).cells == ((NOTHING,) * 3,) * 3


def test_the_order_of_rows_keeps_kinds_together() -> None:
    assert [row.code for row in ordered(FULL, RowOrder.COUNT).rows] == ["S02", "S01", "P04"]
    assert [row.code for row in ordered(FULL, RowOrder.NAME).rows] == ["S02", "S01", "P04"]
    assert [row.code for row in ordered(FULL, RowOrder.LISTED).rows] == ["S01", "S02", "P04"]
    quarters = replace(FULL, filters=HeatmapFilters(Dimension.QUARTER))
    seen = ordered(with_trends(FULL, quarters), RowOrder.COUNT)
    assert seen.trends == ("▃█▁", "█▄·", "█▁▄")
    assert with_trends(quarters, quarters).trends == ()


def test_a_residual_is_offered_only_where_a_doctor_is_in_a_column_or_not() -> None:
    offered = [dimension for dimension in Dimension if Measure.RESIDUAL in measures_of(dimension)]
    assert Dimension.REGION in offered
    assert not {Dimension.QUARTER, Dimension.MONTH, Dimension.PROCESS, Dimension.FINDING} & set(offered)
    assert Measure.CHANGE not in measures_of(Dimension.QUARTER)


def test_findings_against_each_other_and_by_the_month_they_were_coded(database: Database) -> None:
    with fresh_record(database) as record:
        record.case(None, "P04", "P05")
        record.case(None, "P04")
        both = record.of(record.lead, Dimension.FINDING, kind=FindingKind.PROCEDURAL)
        columns = [column.code for column in both.columns]
        cells = {
            row.code: dict(zip(columns, line, strict=True)) for row, line in zip(both.rows, both.cells, strict=True)
        }
        assert (cells["P04"]["P05"], cells["P05"]["P04"], cells["P04"][""]) == ("1", "1", "1")
        assert cells["P04"].get("P04", "0") == "0"
        assert next(row.total for row in both.rows if row.code == "P04") == "2"
        months = record.of(record.lead, Dimension.MONTH)
        [month] = months.columns
        assert month.total == "2"
        for filters, column in ((both.filters, "P05"), (both.filters, ""), (months.filters, month.code)):
            wanted = 2 if filters is months.filters else 1
            assert heatmap_cases(record.session, record.lead, filters, "P04", column, clock.today()).total == wanted
    assert not {Dimension.FINDING, Dimension.MONTH} & set(RELEASED_DIMENSIONS)


def test_a_change_of_the_list_of_codes_stands_at_the_row(database: Database) -> None:
    with database.write() as session:
        session.execute(update(FindingCode).where(FindingCode.code == "P04").values(valid_from=date(2026, 4, 1)))
        line = next(line for line in finding_lines(session, None) if line.code == "P04")
        assert line.name.endswith("(since Apr 2026)")
        other = next(line for line in finding_lines(session, None) if line.code == "P05")
        assert other.name == f"P05 {other.label}"
