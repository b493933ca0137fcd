"""Your own account: password, sign-ins, and saying that you are at capacity."""

import streamlit as st

from dashboard import auth, store
from dashboard.ui import forms, text
from db.commands.accounts import change_password
from db.commands.people import set_says_full
from db.errors import CommandRefused
from db.queries.people import PersonDetail
from db.queries.session import Person
from db.rules.passwords import MIN_LENGTH, MOST_TYPED

# The most characters a password field takes.
LONGEST = MOST_TYPED
STRENGTH = f"At least {MIN_LENGTH} characters. Four unrelated words are strong and easy to remember."


def password(person: Person) -> None:
    """A new password; every other sign-in of this person ends."""
    with forms.form(f"password_{person.id}", border=False, kept=False) as form:
        current = form.text("current", "Current password", required=True, type="password", most=LONGEST)
        new = form.text("password", "New password", required=True, type="password", help=STRENGTH, most=LONGEST)
        again = form.text("again", "Confirm new password", required=True, type="password", most=LONGEST)
        st.caption("Other browsers and devices are signed out. This one stays signed in.")
        form.submit("Change password")
    if not form.submitted:
        return
    try:
        auth.check_own_password(current)
    except CommandRefused as refusal:
        form.refuse(CommandRefused(refusal.message, field="current"))
        return
    try:
        hashed = auth.new_password_hash(new, again, about=store.about_account(person.username), is_demo=person.is_demo)
    except CommandRefused as refusal:
        form.refuse(refusal)
        return
    form.save(
        change_password,
        "Password changed. Other sign-ins have ended.",
        password_hash=hashed,
        keep_token=st.session_state[auth.TOKEN],
    )


def sign_ins(person: Person) -> None:
    """Where you are signed in now, each with a way to end it."""
    for row in store.live_sessions(person):
        own = row.id == person.session_id
        with st.container(horizontal=True, vertical_alignment="center", border=True):
            here = " :green-badge[this one]" if own else ""
            st.markdown(
                f"**{text.plain(row.device)}**{here}  \n:small[since {text.moment(row.created_at)}, "
                f"last used {text.moment(row.seen_at)}]",
                width="stretch",
            )
            if not own and st.button("End", key=store.key(f"end_session_{row.id}")):
                store.end_session(person, session_id=row.id)
                forms.say("That sign-in has ended.")
                st.rerun()
    st.caption("To end this one, choose “Sign out”. If one is not yours, end it and change your password.")


def room(of: PersonDetail) -> None:
    """To say that you are at capacity: it overrides the points."""
    with forms.form(f"full_{of.id}_{of.says_full}", border=False) as form:
        full = form.tick("says_full", "I’m at capacity: no new cases for now", value=of.says_full)
        form.submit("Save")
    form.save(set_says_full, "Saved. Thank you for telling us.", says_full=full)
