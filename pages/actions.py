"""Actions: what is to be done across cases, by whom and by when?"""

import streamlit as st

from dashboard import auth, store
from dashboard.actions import action_lists
from db.queries.actions import ActionFilters

person = auth.current()
chosen = action_lists.filters(person)
page = store.action_list(person, chosen)
if page.total == 0:
    yours = "No action is yours to do. Choose whose to see others."
    st.caption(yours if chosen == ActionFilters() else "Nothing to do here. Clear a filter, or choose whose.")
    st.stop()
action_lists.listed(person, page)
