"""The chart of cases opened, closed and open, week by week."""

import functools

import altair as alt
import pandas as pd

from dashboard.ui.charts import Spec

# Readable on the light and the dark background alike, which Streamlit's own axis grey is not.
GREY = "#7A8288"
PLAIN: Spec = {"labelColor": GREY, "titleColor": GREY}
TOOLTIP = [alt.Tooltip("week:T", title="Week of", format="%-d %b %Y"), "opened:Q", "closed:Q", "open:Q"]


@functools.cache
def trend_spec() -> Spec:
    """Columns expected: week (date), opened, closed, open. Built once: only the data changes. Bars get no words of
    their own, which takes the browser long: the chart's `alt` is read out."""
    weeks = pd.DataFrame({"week": pd.to_datetime([]), "opened": [], "closed": [], "open": []})
    base = alt.Chart(weeks).encode(
        x=alt.X("week:T", title=None, axis=alt.Axis(format="%-d %b", tickCount=8, labelColor=GREY))
    )
    moved = (
        base.transform_calculate(closed_down="-datum.closed")
        .transform_fold(["opened", "closed_down"], as_=["what", "cases"])
        .transform_calculate(what="datum.what == 'opened' ? 'opened' : 'closed'")
        .mark_bar(size=12, aria=False)
        .encode(
            y=alt.Y("cases:Q", title="Opened (up), closed (down)", stack=None, axis=alt.Axis(format="d", **PLAIN)),
            color=alt.Color(
                "what:N",
                title=None,
                scale=alt.Scale(domain=["opened", "closed", "open"]),
                legend=alt.Legend(orient="top", labelColor=GREY),
            ),
            tooltip=TOOLTIP,
        )
    )
    still_open = base.mark_line(strokeWidth=3, point=False, aria=False).encode(
        y=alt.Y("open:Q", title="Open", scale=alt.Scale(zero=True), axis=alt.Axis(**PLAIN)),
        color=alt.datum("open"),
        tooltip=TOOLTIP,
    )
    spec: Spec = alt.layer(moved, still_open).resolve_scale(y="independent").properties(height=240).to_dict()
    spec.pop("datasets", None)
    spec.pop("data", None)
    for layer in spec["layer"]:
        layer.pop("data", None)
    return spec
