"""The parts of the heatmap page: its filters, the chart with its table, and the cases behind a cell."""

from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import navigation, store, tables
from dashboard.charts_heatmap import SELECTION, heatmap_alt, heatmap_data, heatmap_height, heatmap_spec, heatmap_table
from dashboard.store import CasesBehind, Heatmap, HeatmapFilters, Person
from db import clock
from db.choices import CaseState, Dimension, Evidence, FindingKind, Role, Stage
from db.rules.quarters import last_quarters, quarter_of

QUARTERS = 24
WIDTH = 230
PICKS, PICKED, SHOWN, OPEN = "heatmap_picks", "heatmap_picked", "heatmap_shown", "heatmap_open"
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
    """Draws the chart, and the same as a table; returns the cell that was just picked in either."""
    mode = "dark" if st.context.theme.type == "dark" else "light"
    alt = heatmap_alt(table)
    # A new key after each pick forgets what was picked, so that the same cell can be picked again.
    picks = st.session_state.setdefault(PICKS, 0)
    in_chart, in_table = f"heatmap_chart_{picks}", f"heatmap_table_{picks}"
    st.session_state[SHOWN] = table
    choose: dict[str, Any] = {"on_select": partial(_picked_in_chart, in_chart)} if pick else {}
    with st.container(height=heatmap_height(table), border=False):
        st.vega_lite_chart(
            heatmap_data(table), heatmap_spec(table, mode), width="content", key=in_chart, alt=alt, **choose
        )
    st.caption(_note(table, outside=not pick))
    with st.expander("The same as a table"):
        choose = {"on_select": partial(_picked_in_table, in_table), "selection_mode": "single-cell"} if pick else {}
        frame = heatmap_table(table)
        columns = dict.fromkeys(frame.columns, st.column_config.TextColumn(alignment="right"))
        columns["_index"] = st.column_config.TextColumn(width=170)
        st.dataframe(frame, key=in_table, alt=alt, column_config=columns, height="content", **choose)
    picked: Cell | None = st.session_state.pop(PICKED, None)
    return picked


def _note(table: Heatmap, *, outside: bool) -> str:
    note = table.note.replace("*", "\\*")
    return f"{note} Complete quarters up to {table.filters.period_to}, as they stood at its end." if outside else note


def _picked_in_chart(key: str) -> None:
    cells = st.session_state[key].selection.get(SELECTION)
    if cells:
        _pick(cells[0]["row"], cells[0]["column"])


def _picked_in_table(key: str) -> None:
    table: Heatmap = st.session_state[SHOWN]
    for row, label in st.session_state[key].selection.cells:
        columns = [line.code for line in table.columns if line.label == label]
        if row > 0 and columns:
            _pick(table.rows[row - 1].code, columns[0])


def _pick(code: str, column: str) -> None:
    st.session_state[PICKED] = (code, column)
    st.session_state[PICKS] += 1


def show_cases(person: Person, table: Heatmap, cell: Cell) -> None:
    """Lists the cases behind a cell that this person may open, over the chart they picked it from."""
    row = next((line for line in table.rows if line.code == cell[0]), None)
    column = next((line for line in table.columns if line.code == cell[1]), None)
    if row is not None and column is not None:
        found = store.heatmap_cases(person, table.filters, row.code, column.code)
        st.dialog(f"{row.code} {row.label}: {column.label}", width="large")(_cases)(person, found)


def _cases(person: Person, found: CasesBehind) -> None:
    own = "" if person.is_lead else " of your own"
    if found.total == 0:
        st.caption(f"No case{own} that you may open stands behind this cell.")
        return
    most = f", the newest {len(found.rows)} shown" if found.total > len(found.rows) else ""
    st.caption(f"**{found.total:,}** case{'' if found.total == 1 else 's'}{own}{most}. Open one by its reference.")
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
        "body_kind": st.column_config.TextColumn("Kind of body"),
    }
    st.dataframe(shown, hide_index=True, alt="Cases behind this cell, the newest first", column_config=config)
    tables.open_by_keys(found.rows, key="heatmap_open_by_keys")


def _open_clicked() -> None:
    click = st.session_state[OPEN]
    if click is not None:
        navigation.open_case(click.label)
