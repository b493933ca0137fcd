"""Case queue: which cases are there, which first, and what is next on each?"""

import streamlit as st

from dashboard import auth, store
from dashboard.queue import bulk, filters, nothing_found, saved_views
from dashboard.ui import case_list
from dashboard.ui.case_lines import case_line
from db.choices import AuditAction
from db.rules.words import noun

person = auth.current()
chosen = filters.queue_filters(person)
if chosen.search.strip():
    store.log_access(person, AuditAction.SEARCH, once=chosen.search)
page = store.queue(person, chosen)
words = store.words(person)

if page.total == 0:
    nothing_found.say(person, chosen)
else:
    more = "More than " if page.is_more else ""
    st.caption(
        f"{more}**{page.total:,}** {noun(page.total, 'case')}, {page.first:,} to {page.last:,} shown · "
        f"{filters.order_in_words(chosen)}"
    )
    bulk.results()
    case_list.show(
        [case_line(row, words, person) for row in page.rows],
        key="queue_list",
        label="Cases you may see",
        selected=bulk.selected(),
        on_select=bulk.select_among([row.reference for row in page.rows]),
    )
    if page.pages > 1:
        st.pagination(page.pages, key="queue_page", bind="query-params", width="stretch")
    bulk.bar(person)
saved_views.manage(person, chosen)
# Last, so that the rows don't wait for the counts.
saved_views.sidebar(person, chosen)
