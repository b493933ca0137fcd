"""Signing in with an organisation's own OpenID Connect provider, where secrets.toml has an [auth] section.

Streamlit keeps the provider's answer in a cookie for a month. Here it only ever begins one session, and only
while it is fresh; the session's own row decides from then on, with the same limits as after a password.
"""

from dataclasses import dataclass

import streamlit as st

from dashboard import store
from db import clock
from db.errors import CommandRefused

FRESH_SECONDS = 300
NOBODY = (
    "Your organisation knows you, but no account here has your e-mail address. "
    "Ask a lead to add it, or sign in with your username."
)
UNVERIFIED = "Your organisation has not verified your e-mail address, so it cannot be matched. Use your username."


@dataclass(frozen=True)
class Answer:
    """Whom the provider vouches for, and a text that stands for just this answer of it."""

    account: int
    proof: str


def is_offered() -> bool:
    return bool(st.secrets.load_if_toml_exists()) and "auth" in st.secrets


def begin() -> None:
    """Sends the browser to the provider."""
    st.login()


def end() -> None:
    """Takes the provider's answer from the browser, by way of the provider's own sign-out page if it has one.

    Where there is one the run stops here: a run begun anew would forget to send the browser there.
    """
    if is_offered() and st.user.is_logged_in:
        st.logout()
        st.stop()


def answer() -> Answer | None:
    """The account of the person the provider has just sent back; None where nobody comes from there.

    Refuses an address that is not verified, or that is not the one of exactly one active account.
    """
    if not is_offered() or not st.user.is_logged_in:
        return None
    claims = st.user.to_dict()
    issued = claims.get("iat")
    if not isinstance(issued, int | float) or abs(clock.now().timestamp() - issued) > FRESH_SECONDS:
        return None
    names = ("iss", "aud", "sub", "iat", "nonce", "at_hash", "jti")
    proof = "|".join(str(claims.get(name, "")) for name in names)
    if store.is_used(proof):
        return None
    # Some providers say it in words; one that says nothing has verified nothing.
    if str(claims.get("email_verified", "")).lower() != "true":
        raise CommandRefused(UNVERIFIED)
    account = store.account_of_email(str(claims.get("email") or ""))
    if account is None:
        raise CommandRefused(NOBODY)
    return Answer(account, proof)
