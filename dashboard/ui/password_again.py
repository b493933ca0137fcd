"""Confirming the password before an identity is opened, people are changed or a release is signed."""

from datetime import timedelta

import streamlit as st

from dashboard import auth, store
from db.errors import CommandRefused
from db.rules.passwords import MOST_TYPED
from db.rules.words import many

AGAIN = "send_again"


@st.dialog("Confirm your password", icon=":material/lock:")
def ask(form_key: str) -> None:
    """Asks for it, then sends the form that was waiting again, with everything in it."""
    person = auth.current()
    minutes = store.PROOF_LASTS // timedelta(minutes=1)
    st.caption(
        "We ask before a doctor’s identity is opened, people are changed or a release is signed: once in "
        f"{many(minutes, 'minute')}."
    )
    if not (person.has_password or person.has_factor):
        st.markdown("You have no password here. Copy what you typed, sign out and sign in again.")
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
    """Whether this is the form that waited for the password. Answers yes once."""
    if st.session_state.get(AGAIN) != form_key:
        return False
    del st.session_state[AGAIN]
    return True
