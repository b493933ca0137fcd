"""Access review: who looked at what, and is any of it unusual?"""

import streamlit as st

from dashboard import access_view, auth, match_view, store

person = auth.current()
match_view.mergers()
days = access_view.period()
people = store.access_review(person, days)
if people.empty:
    st.caption("Nobody looked at anything in these days. Choose a longer period.")
    st.stop()
access_view.table(people)
access_view.what_is_unusual()
chosen = access_view.choose(people)
if chosen is not None:
    access_view.lines(person, chosen, days)
