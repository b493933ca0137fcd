"""The parts of the heatmap page shared by releases and a lead's exact view, and the filters of the exact view."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import store
from dashboard.heatmap.heatmap_chart import (
    SELECTION,
    heatmap_alt,
    heatmap_data,
    heatmap_height,
    heatmap_spec,
    heatmap_table,
)
from dashboard.ui import navigation, tables
from db import clock
from db.choices import CaseState, Dimension, Evidence, FindingKind, Stage
from db.queries.heatmap import Heatmap, HeatmapFilters
from db.queries.heatmap_cases import CasesBehind
from db.queries.session import Person
from db.rules.quarters import last_quarters, quarter_before, quarter_of
from db.rules.words import noun

QUARTERS = 24
WIDTH = 230
PICKS, PICKED, SHOWN, OPEN = "heatmap_picks", "heatmap_picked", "heatmap_shown", "heatmap_open"
# Codes in a release: for no process or ground, and for every quarter before its first.
NO_ONE, EARLIER = "none", "earlier"
Cell = tuple[str, str]


def filters(person: Person) -> HeatmapFilters:
    """Draws a lead's filters and returns what they say."""
    with st.container(horizontal=True):
        chosen = HeatmapFilters(against(list(Dimension)), kind_of_finding())
    with st.expander("More filters"), st.container(horizontal=True):
        return _narrowed(person, chosen)


def against(dimensions: Sequence[Dimension]) -> Dimension:
    labels = {dimension.value: dimension.label for dimension in dimensions}
    return Dimension(one("Findings against", "against", labels, first=Dimension.BODY_KIND.value))


def kind_of_finding() -> FindingKind | None:
    kind = one_or_any("Kind of finding", "kind", {kind.value: kind.label for kind in FindingKind}, any="All three")
    return FindingKind(kind) if kind else None


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
    alt = heatmap_alt(table)
    # A new key after each pick clears the selection, so that the same cell can be picked again.
    picks = st.session_state.setdefault(PICKS, 0)
    in_chart, in_table = f"heatmap_chart_{picks}", f"heatmap_table_{picks}"
    st.session_state[SHOWN] = table
    choose: dict[str, Any] = {"on_select": partial(_picked_in_chart, in_chart)} if pick else {}
    with st.container(height=heatmap_height(table), border=False):
        st.vega_lite_chart(
            heatmap_data(table), heatmap_spec(table, mode), width="content", key=in_chart, alt=alt, **choose
        )
    st.caption(table.note.replace("*", "\\*"))
    with st.expander("The same as a table"):
        choose = {"on_select": partial(_picked_in_table, in_table), "selection_mode": "single-cell"} if pick else {}
        frame = heatmap_table(table)
        columns = dict.fromkeys(frame.columns, st.column_config.TextColumn(alignment="right"))
        columns["_index"] = st.column_config.TextColumn(width=170)
        st.dataframe(frame, key=in_table, alt=alt, column_config=columns, height="content", **choose)
    picked: Cell | None = st.session_state.pop(PICKED, None)
    return picked


def _picked_in_chart(key: str) -> None:
    for cell in _selected(key, SELECTION):
        if isinstance(cell, dict):
            _pick(cell.get("row"), cell.get("column"))
            return


def _picked_in_table(key: str) -> None:
    table: Heatmap = st.session_state[SHOWN]
    codes = {line.label: line.code for line in table.columns}
    for cell in _selected(key, "cells"):
        row, label = cell if isinstance(cell, (list, tuple)) and len(cell) == 2 else (0, None)
        if isinstance(row, int) and 0 < row <= len(table.rows) and isinstance(label, str):
            _pick(table.rows[row - 1].code, codes.get(label))
            return


def _selected(key: str, name: str) -> Iterable[Any]:
    """What was selected, if it makes sense: a browser may send anything."""
    state = st.session_state.get(key)
    selection = state.get("selection") if isinstance(state, dict) else None
    found = selection.get(name) if isinstance(selection, dict) else None
    return found if isinstance(found, (list, tuple)) else ()


def _pick(code: Any, column: Any) -> None:
    if isinstance(code, str) and isinstance(column, str):
        st.session_state[PICKED] = (code, column)
        st.session_state[PICKS] += 1


def show_cases(person: Person, table: Heatmap, cell: Cell) -> None:
    """Lists the cases behind a cell that this person may open, in a dialog over the chart."""
    row = next((line for line in table.rows if line.code == cell[0]), None)
    column = next((line for line in table.columns if line.code == cell[1]), None)
    if row is None or column is None:
        return
    asked, code = table.filters, column.code
    if not table.is_raw and code == NO_ONE:
        code = ""
    elif not table.is_raw and code == EARLIER:
        asked, code = replace(asked, period_to=quarter_before(table.columns[1].code)), ""
    beside = tuple(line.code for line in table.columns)
    found = store.heatmap_cases(person, asked, row.code, code, beside)
    st.dialog(f"{row.code} {row.label}: {column.label}", width="large")(_cases)(person, found)


def _cases(person: Person, found: CasesBehind) -> None:
    own = "" if person.is_lead else " of your own"
    if found.total == 0:
        st.caption(f"There are no cases{own} behind this cell that you may open.")
        return
    most = f", the newest {len(found.rows)} shown" if found.total > len(found.rows) else ""
    st.caption(f"**{found.total:,}** {noun(found.total, 'case')}{own}{most}. Open one by its reference.")
    terms = store.words(person).terms
    shown = found.rows.assign(
        stage=[Stage(code).label for code in found.rows["stage"]],
        opened_on=pd.to_datetime(found.rows["opened_on"]),
        region=found.rows["region"].map(lambda code: terms["region"].get(code, code)),
        body_kind=found.rows["body_kind"].map(lambda code: terms["body_kind"].get(code, code)),
    )
    config: dict[str, Any] = {
        "reference": st.column_config.ButtonColumn(
            "Reference", key=OPEN, on_click=_open_clicked, type="tertiary", pinned=True, width=118
        ),
        "stage": st.column_config.TextColumn("Stage"),
        "opened_on": st.column_config.DateColumn("Opened", format="D MMM YYYY"),
        "region": st.column_config.TextColumn("Region"),
        "body_kind": st.column_config.TextColumn("Kind of organisation"),
    }
    st.dataframe(shown, hide_index=True, alt="Cases behind this cell, the newest first", column_config=config)
    tables.open_by_keys(found.rows, key="heatmap_open_by_keys")


def _open_clicked() -> None:
    click = st.session_state[OPEN]
    if click is not None:
        navigation.open_case(click.label)
