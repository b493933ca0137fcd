"""Account: my password, my second factor, my sign-ins, my time, my employers."""

import streamlit as st

from dashboard import (
    account_forms,
    affiliation_forms,
    approval_view,
    auth,
    factor_forms,
    reminder_forms,
    store,
    time_forms,
    words,
)
from db.choices import Role

person = auth.current()
of = store.person_detail(person, person.id)
st.caption(f"Signed in as {person.username} · {person.role.label}")
approval_view.about_me(person)
titles = ["Password", "Second factor", "Where I am signed in"]
if person.role is not Role.OBSERVER:
    titles = ["My time", "Reminders", "My employers", *titles]
tabs = dict(zip(titles, st.tabs([words.one_of(title) for title in titles]), strict=True))
if person.role is not Role.OBSERVER:
    with tabs["My time"]:
        st.caption(f"You pledged {of.pledged_hours:g} hours a week. A lead can change that.")
        account_forms.room(of)
        time_forms.leave(person, of)
    with tabs["Reminders"]:
        reminder_forms.reminders(person)
    with tabs["My employers"]:
        affiliation_forms.affiliations(person, of, may_end=False)
        st.caption("To end one, ask a lead: nobody lowers their own wall.")
with tabs["Password"]:
    account_forms.password(person)
with tabs["Second factor"]:
    factor_forms.tab(person)
with tabs["Where I am signed in"]:
    account_forms.sign_ins(person)
