"""Workload: who has room, and which cases are unallocated?"""

import streamlit as st

from dashboard import auth, store
from dashboard.settings import settings
from dashboard.workload import allocation, overview

person = auth.current()
found = store.allocation(person)
load, unallocated = st.columns([3, 2], gap="large")
with load:
    st.subheader("Workload by person")
    people = overview.page_of_people(overview.chosen_people(found.people))
    if people.empty:
        st.caption("Nobody matches this filter.")
    else:
        overview.chart(people)
    overview.what_points_are()
    allocation.rebalancing(found.rebalancing, settings().limits.hearing_keeps_days)
with unallocated:
    overview.waiting(person, found)
if not people.empty:
    st.subheader("In numbers")
    overview.table(people, settings().limits)
overview.offering()
allocation.handing_over()
