"""The heatmap as a Vega-Lite chart, drawn only from what may be shown."""

import copy
import functools
import math
import textwrap
from itertools import chain

import altair as alt
import pandas as pd

from dashboard.ui import text
from dashboard.ui.charts import Spec
from dashboard.ui.number_table import Name, NumberTable
from db.choices import EXAMINED, FindingKind, Measure
from db.queries.heatmap import Heatmap, Stamp
from db.queries.heatmap_lines import Line as HeatmapLine
from db.queries.heatmap_measures import TREND as TRENDS
from db.rules.disclosure import OUTSIDE_LOW
from db.rules.measures import NOTHING, value
from db.rules.words import many

TREND = "TREND"  # the column of sparklines
ALL = "ALL"  # stands for a total; no reference list has this code
SELECTION = "cell"
EVERY_YEAR = "all"  # the period of a release that is not one year
NOT_A_RATE = "Cases brought to us, not a rate."
EMPTY = "An empty cell is 0."
ZEROS = ("0", "0%")
NOT_FOR_SHARING = "Not for sharing: exact numbers."

# The colour ramp comes from the theme, one for both modes; a test checks the contrast of everything written on it.
FIGURES = "#10181C"
WITHHELD = {"light": "#E1E7E9", "dark": "#2B383F"}
ON_PAGE = {"light": "#46555C", "dark": "#BECACF"}
STRONG = {"light": "#1B2A30", "dark": "#E6ECEE"}
# For the many cells that say little: readable, but the numbers stand out among them.
QUIET = {"light": "#66747B", "dark": "#8D9BA2"}
# Fewer, none, more: as light in both modes, because the same figures stand on them.
DIVERGING = ["#8FB4D9", "#EEF1F2", "#EFAF84"]
MEANING = {
    Measure.SHARE: "Of the doctors of its row, whose number stands under All. Nothing is said of fewer than 8.",
    Measure.RESIDUAL: (
        "Beyond +2 or −2: more, or fewer, doctors than if finding and column had nothing to do with each other. A few "
        "of so many lie there by chance; it is never a cause."
    ),
}

ROW, COLUMN = 28, 42
LABEL_CHARACTERS = 25
LABEL_LINE = 12
LABEL_WIDTH = 6.5
TITLE_ROOM = 95
LONGEST_COLUMN_LABEL = 260


@functools.lru_cache(maxsize=64)
def heatmap_spec(heatmap: Heatmap, mode: str = "light") -> Spec:
    """The chart without its data. The mode is "light" or "dark"."""
    spec = copy.deepcopy(_template(mode))
    labels: dict[str, object] = {line.code: _wrapped(line) for line in heatmap.rows} | {ALL: "All"}
    labels |= {line.code: line.label for line in heatmap.columns}
    labels |= {kind.value: kind.label for kind in FindingKind}
    names = labels | {line.code: line.name for line in heatmap.rows}
    spec["params"] += [{"name": "words", "value": labels}, {"name": "names", "value": names}]
    spec["title"] |= {"text": _title(heatmap), "subtitle": _subtitle(heatmap)}
    labels |= {TREND: f"{TRENDS} quarters"}
    trend = [TREND] if any(heatmap.trends) else []
    for layer in spec["layer"]:
        layer["encoding"]["x"]["scale"]["domain"] = [ALL, *trend, *(line.code for line in heatmap.columns)]
        layer["encoding"]["y"]["scale"]["domain"] = _row_order(heatmap)
    spec["layer"][0]["encoding"]["tooltip"][0]["title"] = row_word(heatmap)
    spec["layer"][0]["encoding"]["tooltip"][2]["title"] = heatmap.measure.label
    spec["layer"][0]["encoding"]["color"]["scale"] |= _shades(heatmap)
    return spec


@functools.lru_cache(maxsize=64)
def heatmap_data(heatmap: Heatmap) -> pd.DataFrame:
    """What the chart draws. Columns: row and column (codes), shown (text), doctors (number, None if withheld), tile
    (whether it is a cell rather than a total or a sparkline). A cell of none is left empty."""
    rows, columns = [line.code for line in heatmap.rows], [line.code for line in heatmap.columns]
    totals = [heatmap.total, *(line.total for line in heatmap.columns), *(line.total for line in heatmap.rows)]
    trends = [(code, shown) for code, shown in zip(rows, heatmap.trends, strict=False) if shown]
    shown = [*totals, *chain.from_iterable(heatmap.cells)]
    data = pd.DataFrame(
        {
            "row": [ALL] * (1 + len(columns)) + rows + [code for code in rows for _ in columns],
            "column": [ALL, *columns] + [ALL] * len(rows) + columns * len(rows),
            "shown": shown,
            "tile": [False] * len(totals) + [True] * (len(shown) - len(totals)),
            "doctors": [value(number) for number in shown],
        }
    )
    data = data[~data["tile"] | ~data["shown"].isin(ZEROS)]
    beside = pd.DataFrame(
        {"row": [row for row, _ in trends], "column": TREND, "shown": [shown for _, shown in trends], "tile": False}
    )
    return (pd.concat([data, beside]) if trends else data).reset_index(drop=True)


def heatmap_height(heatmap: Heatmap) -> int:
    """The chart's height in pixels, so that a wide one scrolls sideways by itself, without the page."""
    longest = max(len(line.label) for line in heatmap.columns)
    labels = min(LONGEST_COLUMN_LABEL, longest * LABEL_WIDTH) * math.sin(math.radians(45))
    return round(ROW * len(_row_order(heatmap)) + labels + TITLE_ROOM + 16 * len(_subtitle(heatmap)))


def heatmap_alt(heatmap: Heatmap) -> str:
    """The chart in words, for screen readers."""
    if heatmap.measure is not Measure.DOCTORS:
        return f"{_title(heatmap)}, {_total(heatmap)}. {_meaning(heatmap)} {NOT_A_RATE} A table of the same follows."
    shown = [
        (int(cell), f"{row.name}, {column.label}")
        for row, line in zip(heatmap.rows, heatmap.cells, strict=True)
        for column, cell in zip(heatmap.columns, line, strict=True)
        if cell.isdigit() and cell != "0"
    ]
    most = max((number for number, _ in shown), default=0)
    stands = f" {as_of(heatmap.stamp)}" if heatmap.stamp else ""
    where = "; ".join([place for number, place in shown if number == most][:2])
    peak = (
        f"The highest number is {many(most, 'doctor')}: {where}." if most else "No cell has a number that may be shown."
    )
    return f"{_title(heatmap)}, {_total(heatmap)}.{stands} {peak} {NOT_A_RATE} A table of the same numbers follows."


def heatmap_table(heatmap: Heatmap) -> NumberTable:
    """The same numbers as a table, totals first."""
    lines = [(row.total, *cells) for row, cells in zip(heatmap.rows, heatmap.cells, strict=True)]
    return NumberTable(
        # Whatever is copied from the table says so too.
        corner=f"{row_word(heatmap)} (not for sharing)" if heatmap.is_raw else row_word(heatmap),
        columns=(Name(None, "All"), *(Name(column.code, column.label) for column in heatmap.columns)),
        rows=(Name(None, f"All {row_word(heatmap).lower()}s"), *(Name(row.code, row.name) for row in heatmap.rows)),
        cells=((heatmap.total, *(column.total for column in heatmap.columns)), *lines),
        about=heatmap_alt(heatmap),
        heads=(_title(heatmap), *(line.removesuffix(f" {EMPTY}") for line in _subtitle(heatmap))),
        shaded=heatmap.measure is Measure.DOCTORS,
    )


def as_of(stamp: Stamp) -> str:
    """“As of the end of 2026 Q3, signed on 9 Oct 2026.”, with the year if it covers only one."""
    told = "As" if stamp.period == EVERY_YEAR else f"Findings of {stamp.period}, as"
    signed = f"signed on {text.day(stamp.signed_on)}" if stamp.signed_on else "not signed yet"
    return f"{told} of the end of {quarter(stamp.quarter)}, {signed}."


def quarter(code: str) -> str:
    return f"{code[:4]} {code[4:]}"


def row_word(heatmap: Heatmap) -> str:
    return "Condition" if heatmap.table == EXAMINED else "Finding"


def _title(heatmap: Heatmap) -> str:
    by = "condition on the day and who examined it"
    if heatmap.table != EXAMINED:
        by = f"finding and {heatmap.filters.dimension.label.lower()}"
    begins = {
        Measure.DOCTORS: "Doctors by",
        Measure.SHARE: "Share of the row’s doctors, by",
        Measure.RESIDUAL: "More or fewer doctors than expected, by",
        Measure.CHANGE: "Change in doctors, by",
    }
    return f"{begins[heatmap.measure]} {by}"


def _meaning(heatmap: Heatmap) -> str:
    return f"{heatmap.compared}." if heatmap.measure is Measure.CHANGE else MEANING.get(heatmap.measure, "")


def _shades(heatmap: Heatmap) -> Spec:
    values = [value(shown) for line in heatmap.cells for shown in line]
    most = max((abs(one) for one in values if one is not None), default=0) or 1
    if heatmap.measure in (Measure.RESIDUAL, Measure.CHANGE):
        return {"domain": [-most, 0, most], "range": DIVERGING, "interpolate": "rgb"}
    return {"domain": [0, most]}


def _total(heatmap: Heatmap) -> str:
    if heatmap.total.isdigit():
        return f"n = {many(int(heatmap.total), 'doctor')}"
    return f"n = {heatmap.total} doctors" if heatmap.total == OUTSIDE_LOW else "n withheld"


def _subtitle(heatmap: Heatmap) -> list[str]:
    empty = f" {EMPTY}" if any(cell in ZEROS for line in heatmap.cells for cell in line) else ""
    meaning = [_meaning(heatmap)] if heatmap.measure is not Measure.DOCTORS else []
    return [
        *meaning,
        f"{_total(heatmap)}. {NOT_A_RATE}{empty}",
        as_of(heatmap.stamp) if heatmap.stamp else NOT_FOR_SHARING,
    ]


def _row_order(heatmap: Heatmap) -> list[str]:
    """The total, then the codes in order, under the name of their kind if there are several kinds."""
    several = len({line.kind for line in heatmap.rows}) > 1
    order = [ALL]
    for line in heatmap.rows:
        if several and line.kind and line.kind.value not in order:
            order.append(line.kind.value)
        order.append(line.code)
    return order


def _wrapped(line: HeatmapLine) -> list[str]:
    """A row's label on up to two lines, so that it fits and leaves room for cells on a phone."""
    return textwrap.wrap(line.name, LABEL_CHARACTERS)


@functools.cache
def _template(mode: str) -> Spec:
    """The chart without its table. Altair validates it once; filling it in costs next to nothing."""
    base = alt.Chart(alt.InlineData(values=[])).encode(
        x=alt.X("column:N", title=None, scale=alt.Scale(domain=[], paddingInner=0.06), axis=_column_axis(mode)),
        y=alt.Y("row:N", title=None, scale=alt.Scale(domain=[], paddingInner=0.08), axis=_row_axis(mode)),
    )
    low = f"datum.shown == '{OUTSIDE_LOW}' || datum.shown == '{NOTHING}'"
    on_page = "!datum.tile || !isValid(datum.doctors)"
    quietly = alt.when(low).then(alt.value(QUIET[mode])).when(on_page).then(alt.value(ON_PAGE[mode]))
    figures = base.mark_text(fontSize=12, aria=False).encode(
        text=alt.Text("shown:N"),
        color=quietly.otherwise(alt.value(FIGURES)),
        size=alt.when(f"datum.column == '{TREND}'")
        .then(alt.value(9))
        .when(low)
        .then(alt.value(10))
        .otherwise(alt.value(12)),
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
    spec: Spec = chart.properties(width=alt.Step(COLUMN), height=alt.Step(ROW), title=title).to_dict()
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
            {"test": f"datum.shown == '{OUTSIDE_LOW}' || datum.shown == '{NOTHING}'", "value": "transparent"},
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
        # Centres two lines on their row.
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
