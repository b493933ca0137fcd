"""The chart of findings about one organisation, by kind and quarter."""

import functools

import altair as alt
import pandas as pd

from dashboard.ui.charts import Spec
from db.choices import FindingKind
from db.queries.organisation_findings import FindingsThere

# Readable on the light and the dark background alike, which Streamlit's own axis grey is not.
GREY = "#7A8288"


def findings_data(found: FindingsThere) -> pd.DataFrame:
    """Columns: quarter and kind (words), doctors."""
    rows = [(f"{quarter[:4]} {quarter[4:]}", _short(kind), doctors) for kind, quarter, doctors in found.by_quarter]
    return pd.DataFrame(rows, columns=["quarter", "kind", "doctors"])


def _short(kind: FindingKind) -> str:
    """“Systemic”: the labels in full do not fit side by side on a phone."""
    return kind.value.capitalize()


def findings_alt(found: FindingsThere) -> str:
    """The chart in words, for screen readers."""
    told = []
    for kind in FindingKind:
        counts = [doctors for of, _, doctors in found.by_quarter if of is kind]
        told.append(f"{kind.label}: {', '.join(map(str, counts))}")
    first, last = found.by_quarter[0][1], found.by_quarter[-1][1]
    return f"Doctors with a finding about it, by quarter from {first} to {last}. {'. '.join(told)}."


@functools.cache
def findings_spec() -> Spec:
    """Built once: only the data changes. Points get no words of their own: the chart's `alt` is read out."""
    kinds = [_short(kind) for kind in FindingKind]
    spec: Spec = (
        alt.Chart(pd.DataFrame({"quarter": [], "kind": [], "doctors": []}))
        .mark_line(point=alt.OverlayMarkDef(size=45, filled=True, aria=False), strokeWidth=2, aria=False)
        .encode(
            x=alt.X("quarter:O", title=None, axis=alt.Axis(labelAngle=-45, labelColor=GREY)),
            y=alt.Y(
                "doctors:Q",
                title="Doctors",
                axis=alt.Axis(format="d", tickMinStep=1, labelColor=GREY, titleColor=GREY),
            ),
            # Told apart by shape and dash too.
            color=alt.Color(
                "kind:N",
                title=None,
                scale=alt.Scale(domain=kinds),
                legend=alt.Legend(orient="top", labelColor=GREY),
            ),
            shape=alt.Shape("kind:N", title=None, scale=alt.Scale(domain=kinds)),
            strokeDash=alt.StrokeDash("kind:N", title=None, scale=alt.Scale(domain=kinds)),
            tooltip=["kind:N", "quarter:O", "doctors:Q"],
        )
        .properties(height=280)
        .to_dict()
    )
    for part in ("datasets", "data", "config"):
        spec.pop(part, None)
    return spec
