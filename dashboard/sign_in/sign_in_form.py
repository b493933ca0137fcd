"""Signing in: password or the organisation's own sign-in, then a code from those who use two-step sign-in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import streamlit as st

from dashboard import auth, store
from dashboard.site import identity_provider
from dashboard.ui import text, typed_words
from db import clock
from db.errors import CommandRefused
from db.rules.passwords import MOST_TYPED

PENDING = "sign_in_pending"
CODE_WITHIN = timedelta(minutes=5)
WIDTH = 420


@dataclass(frozen=True)
class Pending:
    """Somebody who has given their password, or comes from their organisation, and still has to give a code."""

    account: int
    until: datetime
    username: str = ""
    proof: str = ""


def draw() -> None:
    """Draws the next step, and reruns the page once somebody is signed in."""
    pending = st.session_state.get(PENDING)
    if isinstance(pending, Pending) and pending.until > clock.now():
        _ask_for_code(pending)
        return
    st.session_state.pop(PENDING, None)
    if typed_words.is_kept():
        st.info(
            "You were signed out. What you typed is safe: sign in here and it comes back.",
            icon=":material/lock_clock:",
        )
    found = _from_organisation() or _by_password()
    if found is None:
        return
    if store.needs_code(found.account):
        st.session_state[PENDING] = found
        st.rerun()
    _let_in(found)


def _by_password() -> Pending | None:
    with st.form("sign_in", width=WIDTH):
        text.heading("Sign in")
        username = st.text_input("Username", autocomplete="username", max_chars=MOST_TYPED) or ""
        password = (
            st.text_input("Password", type="password", autocomplete="current-password", max_chars=MOST_TYPED) or ""
        )
        asked = st.form_submit_button("Sign in", type="primary", width="stretch")
        problem = st.empty()
    st.caption("Lost your password, or the link to set it? A lead can make you a new link.")
    if identity_provider.is_offered() and st.button(
        "Sign in with your organisation", icon=":material/domain:", width=WIDTH
    ):
        identity_provider.begin()
    if not asked:
        return None
    try:
        account = auth.check_password(username, password)
    except CommandRefused as refusal:
        problem.error(refusal.message)
        return None
    return Pending(account, clock.now() + CODE_WITHIN, username=username)


def _from_organisation() -> Pending | None:
    try:
        found = identity_provider.answer()
    except CommandRefused as refusal:
        st.error(refusal.message, icon=":material/domain_disabled:", width=WIDTH)
        if st.button("Leave your organisation’s account", width=WIDTH):
            identity_provider.end()
        return None
    return Pending(found.account, clock.now() + CODE_WITHIN, proof=found.proof) if found else None


def _ask_for_code(pending: Pending) -> None:
    with st.form("sign_in_code", width=WIDTH):
        text.heading("One more step")
        code = st.text_input(
            "Code", autocomplete="one-time-code", max_chars=40, placeholder="6 digits from your authenticator app"
        )
        st.caption("No phone? Type one of your recovery codes. Lost those too? Ring a lead.")
        asked = st.form_submit_button("Sign in", type="primary", width="stretch")
        problem = st.empty()
    if st.button("Back", type="tertiary", icon=":material/arrow_back:"):
        _forget(pending)
        if pending.proof:
            # Otherwise the provider's answer, still fresh, would lead straight back here.
            identity_provider.end()
        st.rerun()
    if not asked:
        return
    try:
        store.use_code(pending.account, code or "")
    except CommandRefused as refusal:
        problem.error(refusal.message)
        return
    _let_in(pending)


def _let_in(pending: Pending) -> None:
    _forget(pending)
    try:
        person = auth.begin_session(pending.account, username=pending.username, proof=pending.proof)
    except CommandRefused as refusal:
        st.error(refusal.message, width=WIDTH)
        return
    if person is None:
        # The account ended between the password and the code.
        st.error(auth.WRONG, width=WIDTH)
        return
    typed_words.give_back(person)
    st.rerun()


def _forget(pending: Pending) -> None:
    if st.session_state.get(PENDING) == pending:
        del st.session_state[PENDING]
