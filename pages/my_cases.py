"""My cases: which cases am I on, and what should I record before my shift?"""

import streamlit as st

from dashboard import auth, store
from dashboard.case import own_cases, quick_update
from db.rules.words import many

person = auth.current()
total = store.my_cases_total(person)
if not total:
    st.caption("You are not on any cases. When a lead offers you one, it appears on Home.")
    st.page_link("../pages/queue.py", label="Look at the case queue", icon=":material/inbox:")
    st.stop()

st.caption(f"{many(total, 'open case')}, most urgent first")
quick_update.open_what_waits(person)
# Streamlit takes it away until a run of the whole page has come to it.
quick_update.over_the_page()
told = st.container()
pressed = own_cases.listed(person, total)
if pressed:
    with told:
        pressed()
