"""Workload: who has room, and which cases have nobody?"""

import streamlit as st

from dashboard import auth, store
from dashboard.settings import settings
from dashboard.workload import allocation, overview

person = auth.current()
found = store.allocation(person)
carrying, nobody = st.columns([3, 2], gap="large")
with carrying:
    st.subheader("Who carries what")
    people = overview.page_of_people(overview.chosen_people(found.people))
    if people.empty:
        st.caption("Nobody stands there today.")
    else:
        overview.chart(people)
    st.caption(
        "Points are a guide, not a target: they weigh stage, hearings and urgency. Capacity is two points for "
        "each pledged hour a week, a quarter less in a volunteer’s first 90 days. Their own word that they are "
        "full comes before the points. A lead may raise what one person carries, with a reason."
    )
    allocation.rebalancing(found.rebalancing, settings().limits.hearing_keeps_days)
with nobody:
    overview.waiting(person, found)
if not people.empty:
    st.subheader("In numbers")
    limits = settings().limits
    overview.table(people, limits.deadline_window_days, limits.heavy_window_days)
overview.offering()
allocation.handing_over()
