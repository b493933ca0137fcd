"""Asking for the password again, before identity is opened, people are changed or a release is signed."""

import streamlit as st

from dashboard import auth
from db.errors import CommandRefused
from db.rules.passwords import MOST_TYPED

AGAIN = "send_again"


@st.dialog("Your password again", icon=":material/lock:")
def ask(form_key: str) -> None:
    """Then sends the form that asked once more, with all that is in it."""
    person = auth.current()
    st.caption(
        "Asked before a doctor’s identity is opened, people are changed or a release is signed, once in ten minutes."
    )
    if not (person.has_password or person.has_factor):
        st.markdown("You have no password here. Copy what you typed, sign out, and sign in again.")
        return
    with st.form("proof", border=False):
        if person.has_password:
            typed = st.text_input(
                "Your password", type="password", autocomplete="current-password", max_chars=MOST_TYPED
            )
        else:
            typed = st.text_input("Code from your authenticator app", autocomplete="one-time-code", max_chars=40)
        sent = st.form_submit_button("Continue", type="primary")
        problem = st.empty()
    if not sent:
        return
    try:
        check = auth.check_own_password if person.has_password else auth.check_own_code
        check(typed or "")
    except CommandRefused as refusal:
        problem.error(refusal.message)
        return
    st.session_state[AGAIN] = form_key
    st.rerun()


def is_sent_again(form_key: str) -> bool:
    """Whether this is the form that had to wait for the password, once."""
    if st.session_state.get(AGAIN) != form_key:
        return False
    del st.session_state[AGAIN]
    return True
