"""Meeting: what does the team have to decide together, and what became of what it decided?"""

import streamlit as st

from dashboard import auth, store
from dashboard.meeting import agenda, minutes, past, plan, pulse, walk

person = auth.current()
if asked := st.query_params.get(minutes.QUERY):
    minutes.show(person, asked)
    st.page_link("../pages/meeting.py", label="Back to the meeting", icon=":material/arrow_back:")
    st.stop()

found = store.next_meeting(person)
if found is None:
    plan.first(person)
elif found.opened_at is None:
    agenda.prepare(person, found)
else:
    walk.walk(person, found)
if found is None or not walk.is_shared():
    past.past(person)
pulse.follow(found)
