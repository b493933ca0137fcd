"""Findings about an organisation, by kind, and how they have changed. Exact, so for leads only and logged."""

from collections.abc import Iterator, Sequence

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
    st.subheader("Findings, by kind", anchor=False)
    quarters = tuple(reversed(last_quarters(quarter_of(clock.today()), QUARTERS)))
    found = store.organisation_findings(person, code, quarters)
    store.log_access(person, AuditAction.RAW_HEATMAP, once=f"organisation {code}")
    st.warning("**Not for sharing.** Exact numbers, for leads only. This view is logged.", icon=":material/lock:")
    if not found.findings:
        st.caption("No findings about it are coded.")
        return
    st.caption(
        f"{many(found.doctors, 'doctor')} with a finding. Cases brought to us, not a rate. A doctor counts once in "
        "each number, so numbers may not add up. Last year is this quarter and the three before it."
    )
    reference = store.words(person)
    definitions.every(reference, definitions.FINDING, definitions.findings_of(reference), about="organisation")
    drawn = filled(findings_spec(), findings_data(found))
    st.vega_lite_chart(spec=drawn, key="organisation_findings", alt=findings_alt(found))
    every = any(sum(one.kind is kind for one in found.findings) > FEW for kind in FindingKind)
    few = None if every and st.toggle("Every finding", key="organisation_every") else FEW
    st.markdown("\n".join(_table(found.findings, few)), anchors=False)


def _table(rows: Sequence[FoundThere], few: int | None) -> Iterator[str]:
    yield "| Finding (not for sharing) | Doctors | Last year | Year before |"
    yield "|---|--:|--:|--:|"
    for kind in FindingKind:
        of_kind = [one for one in rows if one.kind is kind]
        yield f"| **{kind.label}**{'' if of_kind else ': none'} | | | |"
        for one in of_kind[:few]:
            yield f"| {one.code} {text.plain(one.label)} | {one.ever} | {one.lately} | {one.before} |"
