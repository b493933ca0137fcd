"""The chart of cases opened, ended, open and unallocated, month by month: the same on the page and in the pack."""

import functools
from typing import Any

import altair as alt
import pandas as pd

# A Vega-Lite specification: JSON whose shape Vega-Lite defines.
Spec = dict[str, Any]
# Readable on the light and the dark background alike.
GREY = "#7A8288"
SERIES = ["opened", "ended", "open", "unallocated"]
COLOURS = ["#2E86AB", "#A9B4BC", "#1B998B", "#E07A1F"]
TOOLTIP = [alt.Tooltip("month:T", title="Month", format="%b %Y"), *(f"{name}:Q" for name in SERIES)]


@functools.cache
def caseload_spec() -> Spec:
    """Columns expected: month (date), opened, ended, open, unallocated. Built once: only the data changes."""
    months = pd.DataFrame({"month": pd.to_datetime([])} | {name: [] for name in SERIES})
    axis = alt.Axis(format="%b %y", tickCount="month", labelColor=GREY)
    base = alt.Chart(months).encode(x=alt.X("month:T", title=None, axis=axis))
    colour = alt.Color(
        "what:N",
        title=None,
        scale=alt.Scale(domain=SERIES, range=COLOURS),
        legend=alt.Legend(orient="top", labelColor=GREY, columns=2),
    )
    moved = (
        base.transform_calculate(ended_down="-datum.ended")
        .transform_fold(["opened", "ended_down"], as_=["what", "cases"])
        .transform_calculate(what="datum.what == 'opened' ? 'opened' : 'ended'")
        .mark_bar(size=12)
        .encode(y=_y("Opened (up), ended (down)"), color=colour, tooltip=TOOLTIP)
    )
    standing = (
        base.transform_fold(["open", "unallocated"], as_=["what", "cases"])
        .mark_line(strokeWidth=3)
        .encode(y=_y("Open, unallocated"), color=colour, tooltip=TOOLTIP)
    )
    spec: Spec = alt.layer(moved, standing).resolve_scale(y="independent").properties(height=260).to_dict()
    spec.pop("datasets", None)
    spec.pop("data", None)
    for layer in spec["layer"]:
        layer.pop("data", None)
    return spec


def _y(title: str) -> alt.Y:
    return alt.Y("cases:Q", title=title, stack=None, axis=alt.Axis(format="d", labelColor=GREY, titleColor=GREY))


def in_words(months: pd.DataFrame) -> str:
    """The chart for whoever cannot see it."""
    first, last = months.iloc[0], months.iloc[-1]
    return (
        f"Cases by month from {first.month:%B %Y} to {last.month:%B %Y}: {int(months.opened.sum()):,} opened, "
        f"{int(months.ended.sum()):,} ended, {int(last.open):,} open and {int(last.unallocated):,} unallocated now"
    )
