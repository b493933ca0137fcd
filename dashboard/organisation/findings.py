"""Findings about an organisation, by kind, and how they have changed. Exact, so for leads only and logged."""

import streamlit as st

from dashboard import store
from dashboard.organisation.findings_chart import findings_alt, findings_data, findings_spec
from dashboard.ui import definitions, text
from dashboard.ui.charts import filled
from db import clock
from db.choices import AuditAction, FindingKind
from db.queries.organisation_findings import FoundThere
from db.queries.session import Person
from db.rules.quarters import last_quarters, quarter_of
from db.rules.words import many

QUARTERS, FEW = 12, 5


def findings(person: Person, code: str) -> None:
    text.heading("Findings, by kind")
    quarters = tuple(reversed(last_quarters(quarter_of(clock.today()), QUARTERS)))
    found = store.organisation_findings(person, code, quarters)
    store.log_access(person, AuditAction.RAW_HEATMAP, once=f"organisation {code}")
    st.warning("**Not for sharing.** Exact numbers, for leads only. This view is logged.", icon=":material/lock:")
    if not found.findings:
        st.caption("No findings about it are coded.")
        return
    st.caption(
        f"{many(found.doctors, 'doctor')} with a finding. Cases brought to us, not a rate. A doctor counts once in "
        "each number, so numbers may not add up. Last year is this quarter and the three before it; before is the year "
        "before that."
    )
    reference = store.words(person)
    definitions.every(reference, definitions.FINDING, definitions.findings_of(reference), about="organisation")
    drawn = filled(findings_spec(), findings_data(found))
    st.vega_lite_chart(spec=drawn, key="organisation_findings", alt=findings_alt(found))
    every = any(sum(one.kind is kind for one in found.findings) > FEW for kind in FindingKind)
    few = None if every and st.toggle("Every finding", key="organisation_every") else FEW
    for kind, column in zip(FindingKind, st.columns(len(FindingKind)), strict=True):
        rows = [one for one in found.findings if one.kind is kind]
        column.markdown(_table(kind, rows[:few]))


def _table(kind: FindingKind, rows: list[FoundThere]) -> str:
    """In Markdown: Streamlit's own table makes an element of each cell, and takes the browser several times as long."""
    if not rows:
        return f"**{kind.label}**\n\n:gray[None.]"
    lines = [f"| {one.code} {text.plain(one.label)} | {one.ever:,} | {one.lately:,} | {one.before:,} |" for one in rows]
    heads = "| Doctors, not for sharing | Ever | Last year | Before |\n| :-- | --: | --: | --: |"
    return "\n".join([f"**{kind.label}**", "", heads, *lines])
