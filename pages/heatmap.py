"""Heatmap: which findings come again and again, and where?"""

from dataclasses import replace

import streamlit as st

from dashboard import auth, store
from dashboard.heatmap import emerging, groups, heatmap_table, looks, published, release_desk, released
from db.choices import AuditAction, Dimension
from db.queries.heatmap import HeatmapFilters
from db.queries.session import Person
from db.rules.words import noun

NOT_EXAMINED = "No conditions on the day are recorded on the cases you may see."
EXACT, EMERGING, GROUPS, RELEASES = "Exact numbers", "What is emerging", "Groups of doctors", "Releases"


def exact(person: Person, filters: HeatmapFilters | None, look: looks.Look) -> None:
    """The numbers as they are. Without filters it is the table of what was examined."""
    table = looks.exact(person, filters, look)
    store.log_access(person, AuditAction.RAW_HEATMAP, once=repr(filters))
    st.warning("**Not for sharing.** Exact numbers, for leads only. This view is logged.", icon=":material/lock:")
    if table.is_empty:
        st.caption("No findings to show. Clear a filter, or code findings on a case." if filters else NOT_EXAMINED)
        return
    said = ["Choose a cell to list the cases behind it that you may open."]
    if table.left_out:
        left_out = f"**{table.left_out:,}** of these doctors said no to “Use in counts”"
        said.insert(0, f"{left_out} and {noun(table.left_out, 'is', 'are')} in no release.")
    st.caption(" ".join(said))
    if filters:
        heatmap_table.meanings(person)
    picked = heatmap_table.chart(table, pick=True)
    published.beside(person, table)
    if picked:
        heatmap_table.show_cases(person, table, picked)


person = auth.current()
if not person.is_lead:
    released.heatmap(person)
    st.stop()
view = st.radio(
    "Show",
    [EXACT, EMERGING, GROUPS, RELEASES],
    horizontal=True,
    key="heatmap_show",
    bind="query-params",
    label_visibility="collapsed",
)
if view == EMERGING:
    emerging.emerging(person)
    st.stop()
if view == GROUPS:
    groups.groups(person)
    st.stop()
if view == RELEASES:
    release_desk.heatmap(person)
    st.stop()
with st.container(horizontal=True):
    dimension = heatmap_table.against(list(Dimension), examined=True)
    look = looks.choose(dimension)
if dimension is None:
    filters, place = None, st.container()
else:
    filters = heatmap_table.filters(person, dimension)
    place, kind = heatmap_table.kind_tabs()
    filters = replace(filters, kind=kind)
with place:
    exact(person, filters, look)
