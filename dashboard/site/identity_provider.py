"""Signing in with an organisation's own OpenID Connect provider, where secrets.toml has an [auth] section.

Streamlit keeps the provider's answer in a cookie for a month. Here it can start one session only, and only while it is
fresh. From then on the session's own row decides, with the same limits as after a password.
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
UNVERIFIED = "Your organisation has not verified your e-mail address, so we can’t match it. Sign in with your username."


@dataclass(frozen=True)
class Answer:
    """Whom the provider vouches for, and a text that identifies this one answer."""

    account: int
    proof: str


def is_offered() -> bool:
    return bool(st.secrets.load_if_toml_exists()) and "auth" in st.secrets


def begin() -> None:
    """Sends the browser to the provider."""
    st.login()


def end() -> None:
    """Removes the provider's answer from the browser, through the provider's own sign-out page if it has one.

    The run then stops here: a rerun would forget to send the browser to that page.
    """
    if is_offered() and st.user.is_logged_in:
        st.logout()
        st.stop()


def answer() -> Answer | None:
    """The account of the person whom the provider has just sent back; None if nobody comes from there.

    Refuses an address that is not verified, or that does not belong to exactly one active account.
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
    # Some providers send this as text. One that says nothing has verified nothing.
    if str(claims.get("email_verified", "")).lower() != "true":
        raise CommandRefused(UNVERIFIED)
    account = store.account_of_email(str(claims.get("email") or ""))
    if account is None:
        raise CommandRefused(NOBODY)
    return Answer(account, proof)
