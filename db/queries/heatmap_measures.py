"""A heatmap seen in other ways: another measure, another order of its rows, with its quarters beside it. Pure: nothing
is read, and of a release nothing is used but what it shows."""

from collections.abc import Sequence
from dataclasses import replace

from db.choices import EXAMINED, Dimension, Measure, RowOrder
from db.queries.heatmap import Heatmap
from db.rules.disclosure import OUTSIDE_LOW
from db.rules.measures import NOTHING, change, likeness, residual, share, sparkline, value

# A doctor is in a column or not, whatever the finding. Of a quarter or a process that is not so: a doctor may be in the
# column by one finding and have another elsewhere.
SOUND = (
    Dimension.BODY_KIND,
    Dimension.ORGANISATION,
    Dimension.REGION,
    Dimension.NATION,
    Dimension.GRADE,
    Dimension.SPECIALTY_GROUP,
    Dimension.GROUND,
)
TREND = 6


def measures_of(dimension: Dimension | None) -> list[Measure]:
    """Those that make sense for it; None for the table of what was examined."""
    if dimension is None:
        return [Measure.DOCTORS, Measure.SHARE]
    found = [Measure.DOCTORS, Measure.SHARE]
    found += [Measure.RESIDUAL] if dimension in SOUND else []
    return found + ([Measure.CHANGE] if dimension not in (Dimension.QUARTER, Dimension.MONTH) else [])


def measured(table: Heatmap, measure: Measure, before: Heatmap | None = None, compared: str = "") -> Heatmap:
    """`before` and `compared`, its words, are for the change; without it nothing is said of any cell."""
    rounded = not table.is_raw
    match measure:
        case Measure.DOCTORS:
            return table
        case Measure.SHARE:
            shares = [
                [share(cell, row.total, is_rounded=rounded) for cell in line]
                for row, line in zip(table.rows, table.cells, strict=True)
            ]
            across = [share(column.total, table.total, is_rounded=rounded) for column in table.columns]
            return _with(table, measure, shares, [row.total for row in table.rows], across)
        case Measure.RESIDUAL:
            found = [
                [
                    residual(cell, row.total, column.total, table.total, is_rounded=rounded)
                    for column, cell in zip(table.columns, line, strict=True)
                ]
                for row, line in zip(table.rows, table.cells, strict=True)
            ]
            return _with(
                table, measure, found, [row.total for row in table.rows], [column.total for column in table.columns]
            )
        case Measure.CHANGE:
            return replace(_changed(table, before), compared=compared)


def _changed(table: Heatmap, before: Heatmap | None) -> Heatmap:
    # Of an exact table what is not listed is nobody.
    absent = "0" if before is not None and before.is_raw else ""
    lines = zip(before.rows, before.cells, strict=True) if before else ()
    cells = {
        (row.code, column.code): cell
        for row, line in lines
        for column, cell in zip(before.columns if before else (), line, strict=True)
    }
    rows = {row.code: row.total for row in before.rows} if before else {}
    columns = {column.code: column.total for column in before.columns} if before else {}
    found = [
        [
            change(cell, cells.get((row.code, column.code), absent))
            for column, cell in zip(table.columns, line, strict=True)
        ]
        for row, line in zip(table.rows, table.cells, strict=True)
    ]
    across = [change(column.total, columns.get(column.code, absent)) for column in table.columns]
    return _with(
        table, Measure.CHANGE, found, [change(row.total, rows.get(row.code, absent)) for row in table.rows], across
    )


def _with(table: Heatmap, measure: Measure, cells: list[list[str]], down: list[str], across: list[str]) -> Heatmap:
    return replace(
        table,
        measure=measure,
        cells=tuple(map(tuple, cells)),
        rows=tuple(replace(row, total=total) for row, total in zip(table.rows, down, strict=True)),
        columns=tuple(replace(column, total=total) for column, total in zip(table.columns, across, strict=True)),
    )


def ordered(table: Heatmap, order: RowOrder) -> Heatmap:
    """The rows in this order, those of a kind together. In a release only what is shown decides."""
    places = list(range(len(table.rows)))
    match order:
        case RowOrder.LISTED:
            return table
        case RowOrder.COUNT:
            places.sort(key=lambda at: -(value(table.rows[at].total) or 0))
        case RowOrder.NAME:
            places.sort(key=lambda at: table.rows[at].label.casefold())
        case RowOrder.LIKENESS:
            places = likeness(table.cells)
    kinds = list(dict.fromkeys(row.kind for row in table.rows))
    places.sort(key=lambda at: kinds.index(table.rows[at].kind))
    return replace(
        table,
        rows=tuple(table.rows[at] for at in places),
        cells=tuple(table.cells[at] for at in places),
        trends=tuple(table.trends[at] for at in places) if table.trends else (),
    )


def only_told(heatmap: Heatmap) -> Heatmap:
    """The same without the rows and columns that have “0-7” throughout, or of which the measure says nothing;
    unchanged if all of them do.

    Decided only by what may be shown."""
    # What a measure says of a total counts too; otherwise a total is doctors.
    is_said_of = {Measure.SHARE: (False, True), Measure.RESIDUAL: (False, False)}
    of_rows, of_columns = is_said_of.get(heatmap.measure, (True, True))
    below = list(zip(*heatmap.cells, strict=True)) or [()] * len(heatmap.columns)
    rows = [at for at, row in enumerate(heatmap.rows) if _says(heatmap.cells[at], row.total if of_rows else "")]
    columns = [at for at, line in enumerate(heatmap.columns) if _says(below[at], line.total if of_columns else "")]
    if not columns:
        return heatmap
    return replace(
        heatmap,
        rows=tuple(heatmap.rows[at] for at in rows),
        columns=tuple(heatmap.columns[at] for at in columns),
        cells=tuple(tuple(heatmap.cells[row][column] for column in columns) for row in rows),
        trends=tuple(heatmap.trends[row] for row in rows) if heatmap.trends else (),
    )


def _says(cells: Sequence[str], total: str) -> bool:
    return not {total, *cells} <= {OUTSIDE_LOW, NOTHING, ""}


def with_trends(table: Heatmap, by_quarter: Heatmap) -> Heatmap:
    """With the last quarters of each row."""
    if table.table == EXAMINED or table.filters.dimension in (Dimension.QUARTER, Dimension.MONTH):
        return table
    told = {row.code: sparkline(line[-TREND:]) for row, line in zip(by_quarter.rows, by_quarter.cells, strict=True)}
    return replace(table, trends=tuple(told.get(row.code, "") for row in table.rows))
