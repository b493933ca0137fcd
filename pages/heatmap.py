"""Heatmap: which findings come again and again, and where?"""

import streamlit as st

from dashboard import auth, heatmap_view, store
from db.choices import AuditAction, Role

person = auth.current()
filters = heatmap_view.filters(person)
table = store.heatmap(person, filters)
if table.is_raw:
    store.log_access(person, AuditAction.RAW_HEATMAP, once=repr(filters))
    st.warning("**Not for sharing.** Exact numbers, for leads only. This view is logged.", icon=":material/lock:")
if table.is_empty:
    st.caption("No findings to show. Clear a filter, or code findings on a case.")
    st.stop()
sees_cases = person.role is not Role.OBSERVER
if sees_cases:
    st.caption("Choose a cell to list the cases behind it that you may open.")
picked = heatmap_view.chart(table, pick=sees_cases)
if picked:
    heatmap_view.show_cases(person, table, picked)
