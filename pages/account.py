"""Account: my time, reminders, employers, password, two-step sign-in and sign-ins."""

import streamlit as st

from dashboard import auth, store
from dashboard.people import affiliations, approvals, leave_and_limits, own_account, reminders
from dashboard.sign_in import second_factor
from dashboard.ui import folds
from db.choices import Role

person = auth.current()
of = store.person_detail(person, person.id)
st.caption(f"Signed in as {person.username} · {person.role.label}")
approvals.about_me(person)


def my_time() -> None:
    st.caption(f"You pledged {of.pledged_hours:g} hours a week. A lead can change that.")
    own_account.room(of)
    leave_and_limits.leave(person, of)


def my_employers() -> None:
    affiliations.affiliations(person, of, may_end=False)
    st.caption("To end one, ask a lead: you can’t lower your own conflict wall.")


parts = {
    "Password": lambda: own_account.password(person),
    "Two-step sign-in": lambda: second_factor.tab(person),
    "Where I am signed in": lambda: own_account.sign_ins(person),
}
if person.role is not Role.OBSERVER:
    parts = {
        "My time": my_time,
        "Reminders": lambda: reminders.reminders(person),
        "My employers": my_employers,
        **parts,
    }
folds.tabs(parts, about="account")
