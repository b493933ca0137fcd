"""Workload as one stacked bar for each person: points by stage, with a mark at their capacity."""

from typing import Any

import pandas as pd

from dashboard.ui.charts import Spec
from db.choices import Stage
from db.rules.words import many

# Work has begun on neither, and six colours can be told apart where seven can't.
BEGINNING = "New, triage"
SEGMENTS: dict[str, tuple[Stage, ...]] = {
    BEGINNING: (Stage.NEW, Stage.TRIAGE),
    **{stage.label: (stage,) for stage in (Stage.REVIEW, Stage.FINDINGS, Stage.ACTIVE, Stage.CLOSING, Stage.LEARNING)},
}
ROW, LABELS = 28, 180
# Text and background of .streamlit/config.toml: Vega's own text does not follow the theme.
DARK, LIGHT = ("#E6ECEE", "#12191D"), ("#1B2A30", "#FBFCFC")
# Leaves room for the numbers beside the longest bar, on a phone too.
HEADROOM = 1.38


def workload_data(people: pd.DataFrame) -> pd.DataFrame:
    """One row for each person, in the order given: who (name, and whether away or at capacity), the points of each
    segment, points, capacity, end (the greater of the two) and words (“3 of 8”)."""
    data = pd.DataFrame(
        {
            "who": [_who(row) for row in people.itertuples()],
            **{label: people[[*stages]].sum(axis=1) for label, stages in SEGMENTS.items()},
            "points": people["points"],
            "capacity": people["capacity"],
        }
    )
    data["end"] = data[["points", "capacity"]].max(axis=1)
    data["words"] = [f"{row.points} of {row.capacity:g}" for row in data.itertuples()]
    return data.reset_index(drop=True)


def workload_spec(data: pd.DataFrame, *, dark: bool) -> Spec:
    """A Vega-Lite spec for `workload_data`; its height follows the number of people."""
    ink, ground = DARK if dark else LIGHT
    return {
        "height": {"step": ROW},
        "encoding": {
            "y": {
                "field": "who",
                "type": "nominal",
                "title": None,
                "scale": {"domain": list(data["who"])},
                "axis": {"labelLimit": LABELS, "domain": False, "ticks": False},
            }
        },
        "layer": [_bars(float(data["end"].max())), _mark(ground, thickness=7), _mark(ink, thickness=3), _totals(ink)],
    }


def workload_alt(data: pd.DataFrame) -> str:
    """What the chart says, for people who can't see it."""
    over = int((data["points"] > data["capacity"]).sum())
    spare = int((data["points"] < data["capacity"]).sum())
    return (
        f"Workload points by stage against capacity for {many(len(data), 'person', 'people')}: "
        f"{over} over capacity, {spare} with room. The table below has the numbers."
    )


def _who(row: Any) -> str:
    if isinstance(row.away_until, str) or not pd.isna(row.away_until):
        return f"{row.name} (away)"
    return f"{row.name} (at capacity)" if row.says_full else str(row.name)


def _bars(most: float) -> Spec:
    order = " : ".join(f"datum.stage === '{label}' ? {n}" for n, label in enumerate(SEGMENTS))
    return {
        "transform": [
            {"fold": list(SEGMENTS), "as": ["stage", "weight"]},
            {"calculate": f"{order} : {len(SEGMENTS)}", "as": "place"},
            {"filter": "datum.weight > 0"},
        ],
        "mark": {"type": "bar", "height": {"band": 0.68}, "tooltip": True, "cornerRadius": 0},
        "encoding": {
            "x": {
                "field": "weight",
                "type": "quantitative",
                "stack": "zero",
                "title": "Points; the mark is capacity",
                "scale": {"domain": [0, max(most, 1) * HEADROOM], "nice": False},
                "axis": {"tickMinStep": 1, "tickCount": 6},
            },
            "color": {
                "field": "stage",
                "type": "nominal",
                "title": None,
                "scale": {"domain": list(SEGMENTS)},
                "legend": {"orient": "top", "columns": 2, "labelLimit": 100},
            },
            "order": {"field": "place", "type": "quantitative"},
            "tooltip": [
                {"field": "who", "title": "Who"},
                {"field": "stage", "title": "Stage"},
                {"field": "weight", "title": "Points in this stage"},
                {"field": "words", "title": "Points of capacity"},
            ],
        },
    }


def _mark(colour: str, *, thickness: int) -> Spec:
    look = {"thickness": thickness, "size": ROW * 0.95, "color": colour, "opacity": 1}
    return {
        "mark": {"type": "tick", "tooltip": True, **look},
        "encoding": {
            "x": {"field": "capacity", "type": "quantitative"},
            "tooltip": [
                {"field": "who", "title": "Who"},
                {"field": "capacity", "title": "Capacity in points"},
            ],
        },
    }


def _totals(ink: str) -> Spec:
    return {
        "mark": {"type": "text", "align": "left", "dx": 8, "color": ink, "fontSize": 12},
        "encoding": {
            "x": {"field": "end", "type": "quantitative"},
            "text": {"field": "words", "type": "nominal"},
        },
    }
