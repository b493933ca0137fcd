"""Case queue: which cases are there, which first, and what is next on each?"""

import streamlit as st

from dashboard import auth, filters, store, tables
from db.choices import AuditAction

person = auth.current()
chosen = filters.queue_filters(person)
if chosen.search.strip():
    store.log_access(person, AuditAction.SEARCH, once=chosen.search)
page = store.queue(person, chosen)

if page.total == 0:
    st.caption("No cases match. Clear a filter, or look under “Show: All”.")
    st.stop()
st.caption(
    f"**{page.total:,}** case{'' if page.total == 1 else 's'} · {page.first:,} to {page.last:,} shown · "
    "red flags first, then the nearest deadline, then the longest unallocated"
)
tables.queue_table(page.rows, store.words(person))
tables.open_by_keys(page.rows, key="queue_open_by_keys")
if page.pages > 1:
    st.pagination(page.pages, key="queue_page", bind="query-params", width="stretch")
