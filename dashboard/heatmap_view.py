"""The parts of the heatmap page: its filters, the chart with its table, and the cases behind a cell."""

from dataclasses import replace

import streamlit as st

from dashboard import navigation, store, words
from dashboard.charts_heatmap import SELECTION, heatmap_alt, heatmap_data, heatmap_spec, heatmap_table
from dashboard.store import Heatmap, HeatmapFilters, Person
from db import clock
from db.choices import CaseState, Dimension, Evidence, FindingKind, Role, Stage
from db.rules.quarters import last_quarters, quarter_of

QUARTERS = 24
WIDTH = 200
CELL = "heatmap_cell"
CHART, TABLE = "heatmap_chart", "heatmap_table"
Cell = tuple[str, str]


def filters(person: Person) -> HeatmapFilters:
    """Draws the filters and returns what they say. Those who do not see cases choose only the two sides."""
    with st.container(horizontal=True):
        against = {dimension.value: dimension.label for dimension in Dimension}
        dimension = st.selectbox(
            "Findings against", list(against), format_func=lambda code: against.get(code, code),
            key="heatmap_against", bind="query-params", width=WIDTH,
        )  # fmt: skip
        kind = _one("Kind of finding", "kind", {kind.value: kind.label for kind in FindingKind}, any="All three")
    chosen = HeatmapFilters(Dimension(dimension or Dimension.BODY_KIND), FindingKind(kind) if kind else None)
    if person.role is Role.OBSERVER:
        return chosen
    with st.expander("More filters"), st.container(horizontal=True):
        return _narrowed(person, chosen)


def _narrowed(person: Person, chosen: HeatmapFilters) -> HeatmapFilters:
    quarters = last_quarters(quarter_of(clock.today()), QUARTERS)
    processes = store.words(person).processes
    period_from = _one("From", "from", {quarter: quarter for quarter in quarters})
    period_to = _one("To", "to", {quarter: quarter for quarter in quarters})
    evidence = st.multiselect(
        "Evidence", list(Evidence), format_func=lambda e: e.label,
        key="heatmap_evidence", bind="query-params", placeholder="Any", width=WIDTH,
    )  # fmt: skip
    state = _one("Cases", "cases", {state.value: state.label for state in CaseState})
    process = _one("Process", "process", processes)
    return replace(
        chosen,
        period_from=period_from,
        period_to=period_to,
        evidence=tuple(evidence),
        state=CaseState(state) if state else None,
        process=process,
    )


def _one(label: str, key: str, options: dict[str, str], *, any: str = "Any") -> str | None:
    chosen: str | None = st.selectbox(
        label, list(options), index=None, format_func=lambda code: options.get(code, code),
        key=f"heatmap_{key}", bind="query-params", placeholder=any, width=WIDTH,
    )  # fmt: skip
    return chosen


def chart(table: Heatmap, *, pick: bool) -> Cell | None:
    """Draws the chart and the same as a table; returns the cell picked in either, if it is still there."""
    mode = "dark" if st.context.theme.type == "dark" else "light"
    data, spec, alt = heatmap_data(table), heatmap_spec(table, mode), heatmap_alt(table)
    if pick:
        st.vega_lite_chart(data, spec, width="content", key=CHART, alt=alt, on_select=_picked_in_chart)
    else:
        st.vega_lite_chart(data, spec, width="content", key=CHART, alt=alt)
    st.caption(table.note)
    with st.expander("The same as a table"):
        frame = heatmap_table(table)
        if pick:
            st.session_state["heatmap_shown"] = table
            st.dataframe(frame, key=TABLE, alt=alt, on_select=_picked_in_table, selection_mode="single-cell")
        else:
            st.dataframe(frame, key=TABLE, alt=alt)
    code, column = st.session_state.get(CELL) or ("", "")
    there = code in {line.code for line in table.rows} and column in {line.code for line in table.columns}
    return (code, column) if there else None


def _picked_in_chart() -> None:
    picked = st.session_state[CHART].selection.get(SELECTION)
    st.session_state[CELL] = (picked[0]["row"], picked[0]["column"]) if picked else None


def _picked_in_table() -> None:
    picked = st.session_state[TABLE].selection.cells
    table: Heatmap = st.session_state["heatmap_shown"]
    st.session_state[CELL] = None
    if picked:
        row, label = picked[0]
        columns = [line.code for line in table.columns if line.label == label]
        if row > 0 and columns:
            st.session_state[CELL] = (table.rows[row - 1].code, columns[0])


def cases(person: Person, table: Heatmap, cell: Cell) -> None:
    """Lists the cases behind a cell that this person may open."""
    code, column = cell
    found = store.heatmap_cases(person, table.filters, code, column)
    finding = next(line.label for line in table.rows if line.code == code)
    place = next(line.label for line in table.columns if line.code == column)
    st.subheader(f"{code} {finding}: {place}")
    if found.total == 0:
        whose = "No case" if person.is_lead else "None of your own cases"
        st.caption(f"{whose} that you may open stands behind this cell.")
        return
    whose = "" if person.is_lead else " of your own"
    most = f", the newest {len(found.rows)} shown" if found.total > len(found.rows) else ""
    st.caption(f"**{found.total:,}**{whose} case{'' if found.total == 1 else 's'}{most}")
    terms = store.words(person).terms
    for reference, stage, opened_on, region, body_kind in zip(*(found.rows[name] for name in found.rows), strict=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            navigation.case_link(reference)
            where = f"{terms['region'].get(region, region)} · {terms['body_kind'].get(body_kind, body_kind)}"
            st.caption(f"{Stage(stage).label} · opened {words.day(opened_on)} · {where}")
