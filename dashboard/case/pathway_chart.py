"""All processes of a case on one time axis: bars for stages, marks for hearings and deadlines, a line for today.

In Vega-Lite, because rows, labels and marks are each placed by hand. The spec is the same for any number of rows.
"""

from dashboard.case.pathway_axis import (
    AHEAD,
    BODY,
    CLOSED,
    DONE,
    HEARING,
    OURS,
    PAST,
    WINDOW,
    Axis,
    milliseconds,
)
from dashboard.ui.charts import Spec
from db import clock

ROW = 84
SHAPES = {HEARING: "diamond", OURS: "circle", BODY: "square", WINDOW: "triangle-right"}
STATES = (AHEAD, DONE, PAST, CLOSED)
# Marks differ without colour too: those past their date are larger and have a “!”.
SIZE, SMALL, LARGE = 150, 80, 260
LIGHT = {
    "ink": "#0A1418",
    "soft": "#46555C",
    "now": "#0B6470",
    "on_now": "#FBFCFC",
    "done": "#C9D5D8",
    "on_done": "#0A1418",
    "beside": "#EAC79F",
    "today": "#46555C",
    AHEAD: "#1F6FA5",
    DONE: "#8FA0A7",
    CLOSED: "#8FA0A7",
    PAST: "#B3323A",
    "ground": "#FBFCFC",
}
DARK = {
    "ink": "#E6ECEE",
    "soft": "#BECACF",
    "now": "#4FB6C2",
    "on_now": "#0A1418",
    "done": "#3A4A51",
    "on_done": "#E6ECEE",
    "beside": "#6B4A24",
    "today": "#BECACF",
    AHEAD: "#73BCE6",
    DONE: "#7F9098",
    CLOSED: "#7F9098",
    PAST: "#F0828A",
    "ground": "#12191D",
}


def axis_spec(axis: Axis, *, dark: bool) -> Spec:
    """A Vega-Lite spec for `Axis.data`, as high as its rows need."""
    colour = DARK if dark else LIGHT
    x = {
        "type": "temporal",
        "scale": {"domain": [{"expr": str(milliseconds(day))} for day in (axis.first, axis.last)], "type": "utc"},
        "title": None,
        "axis": {
            "orient": "bottom",
            "labelColor": colour["soft"],
            "tickCount": {"expr": "width < 420 ? 4 : 9"},
            "labelOverlap": True,
            "grid": True,
            "domain": False,
            "format": "%b %Y",
        },
    }
    return {
        "height": ROW * axis.rows,
        # The legend and the dates are below the rows, and take no space from them.
        "autosize": {"type": "fit-x", "contains": "padding"},
        "layer": [_today(x, colour), *_bars(x, colour), _heads(colour), *_marks(x, colour)],
        "config": {"view": {"stroke": None}},
    }


def _at(height: int) -> Spec:
    """A height within each row, counted from its top."""
    return {"expr": f"datum.row * {ROW} + {height}"}


def _today(x: Spec, colour: dict[str, str]) -> Spec:
    return {
        "data": {"values": [{"today": milliseconds(clock.today())}]},
        "mark": {"type": "rule", "color": colour["today"], "strokeDash": [4, 3], "size": 1.5},
        "encoding": {"x": {"field": "today", **x}},
    }


def _bars(x: Spec, colour: dict[str, str]) -> list[Spec]:
    room = "max(1, scale('x', datum.end) - max(0, scale('x', datum.start)) - 8)"
    look = {
        "condition": [{"test": f"datum.look == '{name}'", "value": colour[name]} for name in ("now", "beside")],
        "value": colour["done"],
    }
    return [
        {
            "transform": [{"filter": "datum.layer == 'bar'"}],
            "mark": {
                "type": "rect",
                "tooltip": True,
                "cornerRadius": 2,
                "stroke": colour["ground"],
                "strokeWidth": 1,
                "y": {"expr": f"datum.row * {ROW} + (datum.look == 'beside' ? 46 : 26)"},
                "y2": {"expr": f"datum.row * {ROW} + (datum.look == 'beside' ? 56 : 46)"},
            },
            "encoding": {
                "x": {"field": "start", **x},
                "x2": {"field": "end"},
                "color": look,
                "tooltip": [{"field": "what", "title": "Stage"}, {"field": "dates", "title": "Days"}],
            },
        },
        {
            "transform": [{"filter": "datum.layer == 'bar' && datum.look != 'beside'"}],
            "mark": {
                "type": "text",
                "align": "left",
                "baseline": "middle",
                "dx": 4,
                "fontSize": 11,
                "ellipsis": "…",
                "limit": {"expr": room},
                "y": _at(36),
                "tooltip": False,
            },
            "encoding": {
                "x": {"field": "start", **x},
                "text": {"condition": {"test": f"{room} > 34", "field": "label"}, "value": ""},
                "color": {
                    "condition": {"test": "datum.look == 'now'", "value": colour["on_now"]},
                    "value": colour["on_done"],
                },
            },
        },
    ]


def _heads(colour: dict[str, str]) -> Spec:
    return {
        "transform": [{"filter": "datum.layer == 'head'"}],
        "mark": {
            "type": "text",
            "align": "left",
            "baseline": "middle",
            "fontSize": 13,
            "fontWeight": "bold",
            "color": colour["ink"],
            "x": 0,
            "y": _at(14),
            "limit": {"expr": "width"},
            "tooltip": False,
        },
        "encoding": {"text": {"field": "label"}},
    }


def _marks(x: Spec, colour: dict[str, str]) -> list[Spec]:
    return [
        {"transform": [{"filter": "datum.layer == 'mark'"}], **_points(x, colour)},
        {"transform": [{"filter": f"datum.layer == 'mark' && datum.state == '{PAST}'"}], **_late(x, colour)},
    ]


def _points(x: Spec, colour: dict[str, str]) -> Spec:
    return {
        "mark": {
            "type": "point",
            "filled": True,
            "opacity": 1,
            "tooltip": True,
            "y": _at(66),
            # Vega would announce the points as a picture without a name; the chart's alt text describes them.
            "aria": False,
            "stroke": colour["ground"],
            "strokeWidth": 1,
        },
        "encoding": {
            "x": {"field": "start", **x},
            "shape": {
                "field": "kind",
                "type": "nominal",
                "title": None,
                "scale": {"domain": list(SHAPES), "range": list(SHAPES.values())},
                "legend": _legend(colour),
            },
            "color": {
                "field": "state",
                "type": "nominal",
                "title": None,
                "scale": {"domain": list(STATES), "range": [colour[state] for state in STATES]},
                "legend": _legend(colour),
            },
            "size": {
                "condition": [
                    {"test": f"datum.state == '{PAST}'", "value": LARGE},
                    {"test": f"datum.state == '{DONE}' || datum.state == '{CLOSED}'", "value": SMALL},
                ],
                "value": SIZE,
            },
            "tooltip": [
                {"field": "what", "title": "What"},
                {"field": "kind", "title": "Whose"},
                {"field": "dates", "title": "Day"},
                {"field": "state", "title": "State"},
            ],
        },
    }


def _late(x: Spec, colour: dict[str, str]) -> Spec:
    return {
        "mark": {
            "type": "text",
            "text": "!",
            "fontSize": 11,
            "fontWeight": "bold",
            "baseline": "middle",
            "color": colour["ground"],
            "y": _at(66),
            "tooltip": False,
        },
        "encoding": {"x": {"field": "start", **x}},
    }


def _legend(colour: dict[str, str]) -> Spec:
    return {
        "orient": "bottom",
        "columns": {"expr": "width < 420 ? 1 : 3"},
        "labelColor": colour["soft"],
        "symbolSize": 90,
        "labelLimit": 160,
        "symbolStrokeWidth": 0,
        "symbolFillColor": colour["soft"],
    }
