"""Access review: who looked at what, and is any of it unusual?"""

import streamlit as st

from dashboard import auth, store
from dashboard.home import bodies_to_match, nights
from dashboard.people import access_review

person = auth.current()
bodies_to_match.mergers()
nights.details(person)
days = access_review.period()
people = store.access_review(person, days)
if people.empty:
    st.caption("Nobody looked at anything in this period. Choose a longer one.")
    st.stop()
access_review.table(people)
access_review.what_is_unusual()
chosen = access_review.choose(people)
if chosen is not None:
    access_review.lines(person, chosen, days)
