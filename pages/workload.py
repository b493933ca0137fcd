"""Workload: who has room, and which cases are unallocated?"""

import streamlit as st

from dashboard import auth, store
from dashboard.settings import settings
from dashboard.ui import text
from dashboard.workload import allocation, interim_contact, people, points, unallocated

person = auth.current()
found = store.allocation(person)
load, waiting = st.columns([3, 2], gap="large")
with load:
    text.heading("Workload by person" if person.is_lead else "Your load")
    if person.is_lead:
        people.everybody(found.people, settings().limits)
    else:
        people.own(found.people, settings().limits)
        people.with_room(found)
    points.what_points_are()
    allocation.rebalancing(found.rebalancing, settings().limits.hearing_keeps_days)
with waiting:
    unallocated.waiting(person, found)
unallocated.offering()
allocation.handing_over()
interim_contact.contacting(person)
