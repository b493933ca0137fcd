"""Account: my time, reminders, employers, password, two-step sign-in and sign-ins."""

import streamlit as st

from dashboard import auth, store
from dashboard.people import affiliations, approvals, leave_and_limits, own_account, reminders
from dashboard.sign_in import second_factor
from dashboard.ui import text
from db.choices import Role

person = auth.current()
of = store.person_detail(person, person.id)
st.caption(f"Signed in as {person.username} · {person.role.label}")
approvals.about_me(person)
titles = ["Password", "Two-step sign-in", "Where I am signed in"]
if person.role is not Role.OBSERVER:
    titles = ["My time", "Reminders", "My employers", *titles]
tabs = dict(zip(titles, st.tabs([text.one_of(title) for title in titles]), strict=True))
if person.role is not Role.OBSERVER:
    with tabs["My time"]:
        st.caption(f"You pledged {of.pledged_hours:g} hours a week. A lead can change that.")
        own_account.room(of)
        leave_and_limits.leave(person, of)
    with tabs["Reminders"]:
        reminders.reminders(person)
    with tabs["My employers"]:
        affiliations.affiliations(person, of, may_end=False)
        st.caption("To end one, ask a lead: you can’t lower your own conflict wall.")
with tabs["Password"]:
    own_account.password(person)
with tabs["Two-step sign-in"]:
    second_factor.tab(person)
with tabs["Where I am signed in"]:
    own_account.sign_ins(person)
