"""Case queue: which cases are there, which first, and what is next on each?"""

import streamlit as st

from dashboard import auth, store
from dashboard.queue import bulk, filters, saved_views
from dashboard.ui import tables
from db.choices import AuditAction
from db.queries.queue import QueueFilters
from db.rules.words import noun

person = auth.current()
chosen = filters.queue_filters(person)
if chosen.search.strip():
    store.log_access(person, AuditAction.SEARCH, once=chosen.search)
page = store.queue(person, chosen)

if page.total == 0:
    if chosen == QueueFilters():
        st.caption("There are no open cases that you may see.")
        st.page_link("../pages/new_case.py", label="Record a new case", icon=":material/add_circle:")
    else:
        st.caption("No cases match. Clear a filter, or choose “All” for “Show”, under “More filters”.")
    saved_views.manage(person, chosen)
    saved_views.sidebar(person, chosen)
    st.stop()
st.caption(
    f"**{page.total:,}** {noun(page.total, 'case')} · {page.first:,} to {page.last:,} shown · "
    "urgent flags first, then by deadline"
)
selecting = bulk.is_selecting()
if selecting:
    bulk.bar(person, page.rows)
bulk.results()
ticks = bulk.selection_of(page.rows) if selecting else {}
tables.queue_table(page.rows, store.words(person), store.chosen_columns(person), **ticks)
tables.open_by_keys(page.rows, key="queue_open_by_keys")
if page.pages > 1:
    st.pagination(page.pages, key="queue_page", bind="query-params", width="stretch")
saved_views.manage(person, chosen)
# Last, so that the rows don't wait for the counts.
saved_views.sidebar(person, chosen)
