"""A table of a signed release as a picture or for a spreadsheet, with title, n, period, rule and caveat in it."""

import csv
import io
import textwrap
from dataclasses import replace

from dashboard import store
from dashboard.reports.caseload_chart import Spec
from db.choices import EXAMINED, Dimension, FindingKind, Measure, RowOrder
from db.downloads import About
from db.errors import NotFound
from db.queries.heatmap import Heatmap
from db.queries.heatmap_measures import only_told
from db.queries.session import Person
from db.rules.disclosure import OUTSIDE_LOW, SUPPRESSED
from db.rules.measures import NOTHING, value
from db.rules.words import day, many

CAVEAT = "Cases brought to us, not a rate: this cannot say how common anything is, nor why."
MEANING = {
    Measure.DOCTORS: "Distinct doctors.",
    Measure.SHARE: f"Of the doctors of its row, to the nearest 5%. {NOTHING} stands where a number is low or withheld.",
    Measure.RESIDUAL: (
        "Adjusted standardised residuals, the least striking that the rounded numbers allow. Beyond +2 or −2: more, or "
        f"fewer, doctors than if the two had nothing to do with each other; some do by chance. {NOTHING}: not said."
    ),
    Measure.CHANGE: f"Change in doctors. {NOTHING} stands where a number is low or withheld.",
}
STEP, SCALE, LINE = 46, 2.0, 110
INK, SOFT, WITHHELD = "#10181C", "#66747B", "#E1E7E9"
RAMP, DIVERGING = ["#EAF3DC", "#7FC3DC"], ["#8FB4D9", "#EEF1F2", "#EFAF84"]


def named(about: About) -> str:
    return f"heatmap-{about['quarter']}-{about['against']}-{about['period']}-{about['measure']}.{about['form']}"


def made(person: Person, about: About) -> bytes:
    """What a release shows, and nothing else. Refuses a release that is not signed, and a table it has not."""
    found = [one for one in store.signed(person) if one.quarter == about["quarter"]]
    if not found:
        raise NotFound
    if about["against"] == EXAMINED:
        whole = store.released_examined(person, about["quarter"])
    else:
        kind = FindingKind(about["findings"]) if about["findings"] else None
        whole = store.released(person, about["quarter"], Dimension(about["against"]), about["period"], kind)
    table = store.released_seen(person, whole, found[0].periods, Measure(about["measure"]), RowOrder(about["order"]))
    return _spreadsheet(table) if about["form"] == "csv" else _picture(replace(table, trends=()), about["form"])


def told(table: Heatmap) -> list[str]:
    """Its title, then what must be known to read it."""
    assert table.stamp is not None
    assert table.stamp.signed_on is not None
    by = f"finding and {table.filters.dimension.label.lower()}"
    quarter, period = f"{table.stamp.quarter[:4]} {table.stamp.quarter[4:]}", table.stamp.period
    span = "Everything" if period == "all" else f"Findings of {period}"
    return [
        f"{table.measure.label} by {'condition on the day and who examined it' if table.table else by}",
        f"{_n(table.total)}. {span} as of the end of {quarter}, signed on {day(table.stamp.signed_on)}.",
        " ".join(filter(None, (MEANING[table.measure], f"{table.compared}." if table.compared else ""))),
        table.note,
        CAVEAT,
    ]


def _n(total: str) -> str:
    return "n withheld" if total == SUPPRESSED else f"n = {total} doctors"


def _spreadsheet(table: Heatmap) -> bytes:
    written = io.StringIO()
    lines = csv.writer(written)
    lines.writerows([line] for line in told(table))
    lines.writerow([])
    lines.writerow(["", "All", *(column.label for column in table.columns)])
    lines.writerow(["All", table.total, *(column.total for column in table.columns)])
    lines.writerows([row.name, row.total, *cells] for row, cells in zip(table.rows, table.cells, strict=True))
    # Spreadsheets take a file for Latin-1 without the mark.
    return ("\ufeff" + written.getvalue()).encode()


def _picture(table: Heatmap, form: str) -> bytes:
    import vl_convert

    drawn = only_told(table)
    counted = ((len(table.rows) - len(drawn.rows), "row"), (len(table.columns) - len(drawn.columns), "column"))
    left_out = " and ".join(many(count, what) for count, what in counted if count)
    spec = _spec(drawn, [f"Without a number, and left out: {left_out}."] if left_out else [])
    if form == "svg":
        return vl_convert.vegalite_to_svg(spec).encode()
    return bytes(vl_convert.vegalite_to_png(spec, scale=SCALE))


def _shade(table: Heatmap, quiet: str) -> Spec:
    numbers = [value(shown) for line in table.cells for shown in line]
    most = max((abs(one) for one in numbers if one is not None), default=0) or 1
    parted = table.measure in (Measure.RESIDUAL, Measure.CHANGE)
    scale = {"domain": [-most, 0, most], "range": DIVERGING} if parted else {"domain": [0, most], "range": RAMP}
    return {
        "field": "value",
        "type": "quantitative",
        "legend": None,
        "scale": scale | {"interpolate": "rgb"},
        "condition": [
            {"test": quiet, "value": "#FFFFFF"},
            {"test": f"datum.shown == '{SUPPRESSED}'", "value": WITHHELD},
        ],
    }


def _spec(table: Heatmap, besides: list[str]) -> Spec:
    title, *rest = (*told(table), *besides)
    columns = ["All", *(column.label for column in table.columns)]
    rows = ["All", *(row.name for row in table.rows)]
    lines = [(table.total, *(column.total for column in table.columns))]
    lines += [(row.total, *cells) for row, cells in zip(table.rows, table.cells, strict=True)]
    values = [
        {"row": row, "column": column, "shown": shown, "value": value(shown), "tile": row != "All" and column != "All"}
        for row, line in zip(rows, lines, strict=True)
        for column, shown in zip(columns, line, strict=True)
    ]
    quiet = f"datum.shown == '{OUTSIDE_LOW}' || datum.shown == '{NOTHING}'"
    across = {"field": "column", "type": "nominal", "sort": columns, "title": None}
    down = {"field": "row", "type": "nominal", "sort": rows, "title": None, "axis": {"labelLimit": 400}}
    top = {"axis": {"orient": "top", "labelAngle": -45, "labelLimit": 300, "labelColor": INK}}
    figure = {"field": "shown", "type": "nominal"}
    colour = {"condition": {"test": quiet, "value": SOFT}, "value": INK}
    return {
        "background": "#FFFFFF",
        "padding": 16,
        "title": {
            "text": title,
            "subtitle": [line for part in rest for line in textwrap.wrap(part, LINE)],
            "anchor": "start",
            "frame": "bounds",
            "offset": 14,
        },
        "data": {"values": values},
        "width": {"step": STEP},
        "height": {"step": 24},
        "encoding": {"x": across | top, "y": down},
        "layer": [
            {
                "transform": [{"filter": "datum.tile"}],
                "mark": {"type": "rect", "invalid": None},
                "encoding": {"color": _shade(table, quiet)},
            },
            {"mark": {"type": "text", "fontSize": 11}, "encoding": {"text": figure, "color": colour}},
        ],
        "config": {"view": {"stroke": None}, "axis": {"domain": False, "ticks": False}},
    }
