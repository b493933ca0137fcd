"""The parts of the heatmap page shared by releases and a lead's exact view, and the filters of the exact view."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import store
from dashboard.heatmap.heatmap_chart import (
    SELECTION,
    heatmap_alt,
    heatmap_data,
    heatmap_height,
    heatmap_spec,
    heatmap_table,
)
from dashboard.ui import case_list, definitions, number_table, organisation_link, text
from dashboard.ui.case_lines import case_line
from dashboard.ui.charts import filled
from dashboard.ui.number_table import Cell
from db import clock
from db.choices import EXAMINED, CaseState, Dimension, Evidence, FindingKind
from db.queries.heatmap import Heatmap, HeatmapFilters
from db.queries.heatmap_cases import CasesBehind
from db.queries.heatmap_lines import Line
from db.queries.heatmap_organisations import AT
from db.queries.session import Person
from db.rules.quarters import last_quarters, quarter_before, quarter_of
from db.rules.words import noun

QUARTERS = 24
WIDTH = 265
NARROWING = ("heatmap_from", "heatmap_to", "heatmap_evidence", "heatmap_cases", "heatmap_process")
# In words short enough for a phone.
KINDS = {
    "All": None,
    "Systemic": FindingKind.SYSTEMIC,
    "Procedural": FindingKind.PROCEDURAL,
    "Unfairness": FindingKind.UNFAIRNESS,
}
PICKS, PICKED = "heatmap_picks", "heatmap_picked"
# Codes in a release: for no process or ground, and for every quarter before its first.
NO_ONE, EARLIER = "none", "earlier"


def filters(person: Person, dimension: Dimension) -> HeatmapFilters:
    """Draws the rest of a lead's filters where they are wanted: five fields take the browser as long as all the rest
    of the page."""
    chosen = HeatmapFilters(dimension)
    asked = any(st.session_state.get(key) or key in st.query_params for key in NARROWING)
    more = st.expander("More filters", asked, key="heatmap_more", on_change="rerun")
    if not (asked or more.open):
        return chosen
    with more, st.container(horizontal=True):
        return _narrowed(person, chosen)


def meanings(person: Person) -> None:
    """What each finding means, for whoever reads a line."""
    reference = store.words(person)
    definitions.every(reference, definitions.FINDING, definitions.findings_of(reference), about="heatmap")


def against(dimensions: Sequence[Dimension], *, examined: bool) -> Dimension | None:
    """What findings are counted by; None for the table of what was examined, if there is one."""
    labels = {dimension.value: dimension.label for dimension in dimensions}
    labels |= {EXAMINED: "Conditions on the day"} if examined else {}
    chosen = one("Findings against", "against", labels, first=Dimension.BODY_KIND.value)
    return None if chosen == EXAMINED else Dimension(chosen)


def kind_tabs() -> tuple[DeltaGenerator, FindingKind | None]:
    """Draws a tab for all findings and one for each kind, and returns the open one and its kind."""
    tabs = st.tabs(list(KINDS), key="heatmap_kind", on_change="rerun", bind="query-params")
    return next((found for found in zip(tabs, KINDS.values(), strict=True) if found[0].open), (tabs[0], None))


def _narrowed(person: Person, chosen: HeatmapFilters) -> HeatmapFilters:
    quarters = last_quarters(quarter_of(clock.today()), QUARTERS)
    period_from = one_or_any("From", "from", {quarter: quarter for quarter in quarters})
    period_to = one_or_any("To", "to", {quarter: quarter for quarter in quarters})
    evidence = st.multiselect(
        "Evidence",
        list(Evidence),
        format_func=lambda e: getattr(e, "label", str(e)),
        key="heatmap_evidence",
        bind="query-params",
        placeholder="Any",
        width=WIDTH,
    )
    state = one_or_any("Cases", "cases", {state.value: state.label for state in CaseState})
    process = one_or_any("Process", "process", store.words(person).processes)
    return replace(
        chosen,
        period_from=period_from,
        period_to=period_to,
        evidence=tuple(level for level in Evidence if level in evidence),
        state=CaseState(state) if state else None,
        process=process,
    )


def one(label: str, key: str, options: dict[str, str], *, first: str) -> str:
    """One of these options; `first` if a browser sends one that was never offered."""
    chosen = st.selectbox(
        label,
        list(options),
        list(options).index(first),
        format_func=lambda code: options.get(code, "?"),
        key=f"heatmap_{key}",
        bind="query-params",
        width=WIDTH,
    )
    return chosen if chosen in options else first


def one_or_any(label: str, key: str, options: dict[str, str], *, any: str = "Any") -> str | None:
    chosen: str | None = st.selectbox(
        label,
        list(options),
        index=None,
        format_func=lambda code: options.get(code, "?"),
        key=f"heatmap_{key}",
        bind="query-params",
        placeholder=any,
        width=WIDTH,
    )
    return chosen if chosen in options else None


def chart(table: Heatmap, *, pick: bool) -> Cell | None:
    """Draws the chart and the same as a table; returns the cell that was just picked in either."""
    mode = "dark" if st.context.theme.type == "dark" else "light"
    # A new key after each pick clears the selection, so that the same cell can be picked again.
    in_chart = f"heatmap_chart_{st.session_state.setdefault(PICKS, 0)}"
    choose: dict[str, Any] = {"on_select": partial(_picked_in_chart, in_chart)} if pick else {}
    with st.container(height=heatmap_height(table), border=False, key=f"{number_table.CHART}_heatmap"):
        st.vega_lite_chart(
            spec=filled(heatmap_spec(table, mode), heatmap_data(table)),
            width="content",
            key=in_chart,
            alt=heatmap_alt(table),
            **choose,
        )
    st.caption(table.note.replace("*", "\\*"))
    on_pick = _pick if pick else None
    number_table.show(heatmap_table(table), key="heatmap_table", summary="The same as a table", on_pick=on_pick)
    picked: Cell | None = st.session_state.pop(PICKED, None)
    return picked


def _picked_in_chart(key: str) -> None:
    for cell in _selected(key, SELECTION):
        row, column = (cell.get("row"), cell.get("column")) if isinstance(cell, dict) else (None, None)
        if isinstance(row, str) and isinstance(column, str):
            _pick((row, column))
            st.session_state[PICKS] += 1
        return


def _selected(key: str, name: str) -> Iterable[Any]:
    """What was selected, if it makes sense: a browser may send anything."""
    state = st.session_state.get(key)
    selection = state.get("selection") if isinstance(state, dict) else None
    found = selection.get(name) if isinstance(selection, dict) else None
    return found if isinstance(found, (list, tuple)) else ()


def _pick(cell: Cell) -> None:
    st.session_state[PICKED] = cell


def show_cases(person: Person, table: Heatmap, cell: Cell) -> None:
    """Lists the cases behind a cell that this person may open, in a dialog over the chart."""
    row = next((line for line in table.rows if line.code == cell[0]), None)
    column = next((line for line in table.columns if line.code == cell[1]), None)
    if row is None or column is None:
        return
    if table.table == EXAMINED:
        behind = store.examined_cases(person, row.code, column.code)
        st.dialog(f"{row.name}: {column.label}", width="large")(_behind)(person, None, column, behind)
        return
    asked, code = table.filters, column.code
    if not table.is_raw and code == NO_ONE:
        code = ""
    elif not table.is_raw and code == EARLIER:
        asked, code = replace(asked, period_to=quarter_before(table.columns[1].code)), ""
    beside = tuple(line.code for line in table.columns)
    found = store.heatmap_cases(person, asked, row.code, code, beside)
    title = f"{row.code} {row.label}: {text.plain(column.label)}"
    st.dialog(title, width="large")(_behind)(person, asked.dimension, column, found)


def _behind(person: Person, dimension: Dimension | None, column: Line, found: CasesBehind) -> None:
    of_one = dimension is Dimension.ORGANISATION and column.code.startswith(AT)
    if of_one:
        organisation_link.show(person, column.label, column.code.removeprefix(AT))
    own = "" if person.is_lead else " of your own"
    if found.total == 0:
        st.caption(f"There are no cases{own} behind this cell that you may open.")
        return
    most = f", the newest {len(found.rows)} shown" if found.total > len(found.rows) else ""
    st.caption(f"**{found.total:,}** {noun(found.total, 'case')}{own}{most}.")
    words = store.words(person)
    case_list.show(
        [case_line(row, words, None if of_one else person) for row in found.rows],
        key="heatmap_behind",
        label="Cases behind this cell, the newest first",
    )
