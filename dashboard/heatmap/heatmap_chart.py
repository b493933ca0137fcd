"""The heatmap as a Vega-Lite chart, drawn from what may be shown and from nothing else."""

import copy
import functools
import math
import textwrap
from dataclasses import replace
from typing import Any

import altair as alt
import pandas as pd

from dashboard.ui import text
from db.choices import FindingKind
from db.queries.heatmap import Heatmap, Stamp
from db.queries.heatmap_lines import Line as HeatmapLine
from db.rules.disclosure import OUTSIDE_LOW

ALL = "ALL"  # stands for a total; no reference list has this code
SELECTION = "cell"
EVERY_YEAR = "all"  # the period of a release that is not one year
NOT_A_RATE = "Cases brought to us, not a rate."
NOT_FOR_SHARING = "Not for sharing: exact numbers."

# The ramp itself is the theme's, one for both modes; a test holds the contrast of all that is written on it.
FIGURES = "#10181C"
WITHHELD = {"light": "#E1E7E9", "dark": "#2B383F"}
ON_PAGE = {"light": "#46555C", "dark": "#BECACF"}
STRONG = {"light": "#1B2A30", "dark": "#E6ECEE"}
# For what there is most of and what says least: still readable, and the numbers stand out among it.
QUIET = {"light": "#66747B", "dark": "#8D9BA2"}

ROW, COLUMN = 28, 42
LABEL_CHARACTERS = 25
LABEL_LINE = 12
LABEL_WIDTH = 6.5
TITLE_ROOM = 95
LONGEST_COLUMN_LABEL = 260


@functools.lru_cache(maxsize=64)
def heatmap_spec(heatmap: Heatmap, mode: str = "light") -> dict[str, Any]:
    """The chart, without its data, in this mode of the theme: "light" or "dark"."""
    spec = copy.deepcopy(_template(mode))
    labels: dict[str, Any] = {line.code: _wrapped(line) for line in heatmap.rows} | {ALL: "All"}
    labels |= {line.code: line.label for line in heatmap.columns}
    labels |= {kind.value: kind.label for kind in FindingKind}
    names = labels | {line.code: f"{line.code} {line.label}" for line in heatmap.rows}
    spec["params"] += [{"name": "words", "value": labels}, {"name": "names", "value": names}]
    spec["title"] |= {"text": _title(heatmap), "subtitle": _subtitle(heatmap)}
    most = max((int(shown) for line in heatmap.cells for shown in line if shown.isdigit()), default=0)
    for layer in spec["layer"]:
        layer["encoding"]["x"]["scale"]["domain"] = [ALL, *(line.code for line in heatmap.columns)]
        layer["encoding"]["y"]["scale"]["domain"] = _row_order(heatmap)
    spec["layer"][0]["encoding"]["color"]["scale"]["domain"] = [0, max(most, 1)]
    return spec


@functools.lru_cache(maxsize=64)
def heatmap_data(heatmap: Heatmap) -> pd.DataFrame:
    """What the chart draws: row, column (codes), shown (text), doctors (number, none where withheld), tile
    (whether it is a cell rather than a total)."""
    lines = [(ALL, ALL, heatmap.total, False)]
    lines += [(ALL, line.code, line.total, False) for line in heatmap.columns]
    lines += [(line.code, ALL, line.total, False) for line in heatmap.rows]
    lines += [
        (row.code, column.code, shown, True)
        for row, cells in zip(heatmap.rows, heatmap.cells, strict=True)
        for column, shown in zip(heatmap.columns, cells, strict=True)
    ]
    data = pd.DataFrame(lines, columns=["row", "column", "shown", "tile"])
    data["doctors"] = [float(shown) if shown.isdigit() else None for shown in data["shown"]]
    return data


def heatmap_height(heatmap: Heatmap) -> int:
    """Room for the chart in pixels, so that a wide one scrolls sideways in its place and not the whole page."""
    longest = max(len(line.label) for line in heatmap.columns)
    labels = min(LONGEST_COLUMN_LABEL, longest * LABEL_WIDTH) * math.sin(math.radians(45))
    return round(ROW * len(_row_order(heatmap)) + labels + TITLE_ROOM + 16 * len(_subtitle(heatmap)))


def heatmap_alt(heatmap: Heatmap) -> str:
    """One sentence for those who hear the chart."""
    shown = [
        (int(cell), f"{row.code} {row.label}, {column.label}")
        for row, line in zip(heatmap.rows, heatmap.cells, strict=True)
        for column, cell in zip(heatmap.columns, line, strict=True)
        if cell.isdigit() and cell != "0"
    ]
    most = max((number for number, _ in shown), default=0)
    stands = f" {as_of(heatmap.stamp)}" if heatmap.stamp else ""
    where = "; ".join([place for number, place in shown if number == most][:2])
    peak = f"The most are {most:,} doctors: {where}." if most else "No cell has a number that may be shown."
    return f"{_title(heatmap)}, {_total(heatmap)}.{stands} {peak} {NOT_A_RATE} A table of the same numbers follows."


def heatmap_table(heatmap: Heatmap) -> pd.DataFrame:
    """The same table as text, for those who read it rather than see it: totals first."""
    lines = [[row.total, *cells] for row, cells in zip(heatmap.rows, heatmap.cells, strict=True)]
    lines.insert(0, [heatmap.total, *(column.total for column in heatmap.columns)])
    names = ["All findings", *(f"{row.code} {row.label}" for row in heatmap.rows)]
    # The table can be downloaded: the file says it too.
    first = "Finding (not for sharing)" if heatmap.is_raw else "Finding"
    columns = ["All", *(column.label for column in heatmap.columns)]
    return pd.DataFrame(lines, columns=columns, index=pd.Index(names, name=first), dtype=str)


def only_told(heatmap: Heatmap) -> Heatmap:
    """The same without the rows and columns that read "0-7" throughout; as it is where all of them do.

    Goes by what may be shown and by nothing else."""
    rows = [at for at, line in enumerate(heatmap.rows) if {line.total, *heatmap.cells[at]} != {OUTSIDE_LOW}]
    below = list(zip(*heatmap.cells, strict=True)) or [()] * len(heatmap.columns)
    columns = [at for at, line in enumerate(heatmap.columns) if {line.total, *below[at]} != {OUTSIDE_LOW}]
    if not (rows and columns):
        return heatmap
    return replace(
        heatmap,
        rows=tuple(heatmap.rows[at] for at in rows),
        columns=tuple(heatmap.columns[at] for at in columns),
        cells=tuple(tuple(heatmap.cells[row][column] for column in columns) for row in rows),
    )


def as_of(stamp: Stamp) -> str:
    """“As of the end of 2026 Q3, signed on 9 Oct 2026.”, with the year where it tells of one only."""
    told = "As" if stamp.period == EVERY_YEAR else f"Findings of {stamp.period}, as"
    signed = f"signed on {text.day(stamp.signed_on)}" if stamp.signed_on else "not signed yet"
    return f"{told} of the end of {quarter(stamp.quarter)}, {signed}."


def quarter(code: str) -> str:
    return f"{code[:4]} {code[4:]}"


def _title(heatmap: Heatmap) -> str:
    return f"Doctors by finding and {heatmap.filters.dimension.label.lower()}"


def _total(heatmap: Heatmap) -> str:
    if heatmap.total.isdigit():
        return f"n = {int(heatmap.total):,} doctors"
    return f"n = {heatmap.total} doctors" if heatmap.total == OUTSIDE_LOW else "n withheld"


def _subtitle(heatmap: Heatmap) -> list[str]:
    return [f"{_total(heatmap)}. {NOT_A_RATE}", as_of(heatmap.stamp) if heatmap.stamp else NOT_FOR_SHARING]


def _row_order(heatmap: Heatmap) -> list[str]:
    """The total, then the codes in their order, under the name of their kind where there are several."""
    several = len({line.kind for line in heatmap.rows}) > 1
    order = [ALL]
    for line in heatmap.rows:
        if several and line.kind and line.kind.value not in order:
            order.append(line.kind.value)
        order.append(line.code)
    return order


def _wrapped(line: HeatmapLine) -> list[str]:
    """A row's label on two lines at most, so that it is whole and still leaves a phone room for cells."""
    return textwrap.wrap(f"{line.code} {line.label}", LABEL_CHARACTERS)


@functools.cache
def _template(mode: str) -> dict[str, Any]:
    """All of the chart but its table. Altair checks it once; filling it in costs next to nothing."""
    base = alt.Chart(alt.InlineData(values=[])).encode(
        x=alt.X("column:N", title=None, scale=alt.Scale(domain=[], paddingInner=0.06), axis=_column_axis(mode)),
        y=alt.Y("row:N", title=None, scale=alt.Scale(domain=[], paddingInner=0.08), axis=_row_axis(mode)),
    )
    low = f"datum.shown == '{OUTSIDE_LOW}'"
    on_page = "!datum.tile || datum.shown == '0' || !isValid(datum.doctors)"
    quietly = alt.when(low).then(alt.value(QUIET[mode])).when(on_page).then(alt.value(ON_PAGE[mode]))
    figures = base.mark_text(fontSize=12).encode(
        text=alt.Text("shown:N"),
        color=quietly.otherwise(alt.value(FIGURES)),
        size=alt.when(low).then(alt.value(10)).otherwise(alt.value(12)),
    )
    title = alt.TitleParams(
        "",
        anchor="start",
        frame="bounds",
        fontSize=15,
        color=STRONG[mode],
        subtitleFontSize=13,
        subtitleColor=STRONG[mode],
        offset=12,
    )
    chart = alt.layer(_tiles(base, mode), figures)
    spec: dict[str, Any] = chart.properties(width=alt.Step(COLUMN), height=alt.Step(ROW), title=title).to_dict()
    spec["autosize"] = {"type": "pad"}
    for part in (spec, *spec["layer"]):
        part.pop("data", None)
    for name in ("config", "datasets"):
        spec.pop(name, None)
    return spec


def _tiles(base: alt.Chart, mode: str) -> alt.Chart:
    cell = alt.selection_point(name=SELECTION, fields=["row", "column"], toggle=False, empty=False)
    shade = alt.Color(
        "doctors:Q",
        scale=alt.Scale(domain=[0, 1]),
        legend=None,
        condition=[
            {"test": f"datum.shown == '0' || datum.shown == '{OUTSIDE_LOW}'", "value": "transparent"},
            {"test": "!isValid(datum.doctors)", "value": WITHHELD[mode]},
        ],
    )
    tiles: alt.Chart = (
        base.transform_filter("datum.tile")
        .transform_calculate(finding="names[datum.row]", place="names[datum.column]")
        .mark_rect(cornerRadius=3, cursor="pointer", invalid=None)
        .encode(
            color=shade,
            stroke=alt.when(cell).then(alt.value(STRONG[mode])).otherwise(alt.value("transparent")),
            strokeWidth=alt.value(2.5),
            tooltip=[
                alt.Tooltip("finding:N", title="Finding"),
                alt.Tooltip("place:N", title="In"),
                alt.Tooltip("shown:N", title="Doctors"),
            ],
        )
        .add_params(cell)
    )
    return tiles


def _row_axis(mode: str) -> alt.Axis:
    heading = f"indexof({[ALL, *(kind.value for kind in FindingKind)]}, datum.value) >= 0"
    two_lines = "length(words[datum.value]) == 2"
    return alt.Axis(
        labelExpr="words[datum.value]",
        labelLimit=240,
        labelPadding=8,
        labelOverlap=False,
        labelFontSize=11,
        labelLineHeight=LABEL_LINE,
        labelColor=STRONG[mode],
        labelFontWeight=alt.when(heading).then(alt.value("bold")).otherwise(alt.value("normal")),
        # Two lines stand around the middle of their row, not below it.
        labelOffset=alt.when(two_lines).then(alt.value(-LABEL_LINE / 2)).otherwise(alt.value(0)),
    )


def _column_axis(mode: str) -> alt.Axis:
    return alt.Axis(
        orient="top",
        labelExpr="words[datum.value]",
        labelAngle=-45,
        labelAlign="left",
        labelBaseline="middle",
        labelLimit=LONGEST_COLUMN_LABEL,
        labelPadding=8,
        labelOverlap=False,
        labelFontSize=11,
        labelColor=STRONG[mode],
    )
