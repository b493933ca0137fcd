"""Actions: what needs to be done across cases, by whom and by when?"""

import streamlit as st

from dashboard import auth, store
from dashboard.actions import action_lists, check_ins
from dashboard.learning import outputs
from db.queries.actions import ActionFilters

person = auth.current()
chosen = action_lists.filters(person)
page = store.action_list(person, chosen)
rows = action_lists.in_place(("actions", chosen), page.rows)
has_outputs = chosen.may_be_of_no_case and outputs.own(person, chosen.due)
if not rows and not has_outputs:
    yours = "You have no actions to do. Choose whose actions to see above."
    st.caption(yours if chosen == ActionFilters() else "No actions match. Clear a filter, or choose whose to see.")
elif rows:
    action_lists.listed(person, page, rows)
if person.is_lead:
    check_ins.kinds(person)
