"""Who is signed in, and passwords: the only file that knows streamlit-authenticator.

The library checks the password. A `sign_in_session` row decides on every run, so that signing out, a new password or
a closed account ends every open tab and every copied cookie, and an idle or old session ends by itself.
"""

from datetime import timedelta
from typing import Any

import bcrypt
import streamlit as st
from streamlit_authenticator.controllers import AuthenticationController
from streamlit_authenticator.utilities import Hasher

from dashboard import store
from dashboard.settings import settings
from dashboard.site import cookies, identity_provider
from db import clock
from db.errors import CommandRefused
from db.queries.session import Person
from db.rules.passwords import MOST_TYPED, checked_password, fits

TOKEN, PERSON, LAST_PERSON = "sign_in_token", "person", "last_person"
WRONG = "The username or password is not right. Check both and try again."
# Checked against when no account has the name typed, so that the answer takes as long either way.
DUMMY_HASH = bcrypt.hashpw(b"no account has this password", bcrypt.gensalt()).decode()
SEEN_EVERY = timedelta(minutes=1)
KEEP, FORGET_UNTIL = "cookie_to_keep", "forget_cookie_until"
# How long the picture that sets or clears the cookie stays on the page: long enough for a slow connection.
DRAWN_FOR = timedelta(seconds=30)
TOO_LONG = f"Use at most {MOST_TYPED} characters in each field."


def current() -> Person:
    """The signed-in person of this run. Pages run only after `app.py` has set it."""
    store.refresh_person()
    person = st.session_state[PERSON]
    assert isinstance(person, Person)
    return person


def resume() -> Person | None:
    """Whose live session this browser has, from this tab or from the cookie."""
    raw = st.context.cookies.get(cookies.COOKIE)
    token: str | None = st.session_state.get(TOKEN) or (cookies.token_in(raw, settings().cookie_key) if raw else None)
    person = store.person_of(token) if token else None
    if token is None or person is None:
        st.session_state.pop(PERSON, None)
        st.session_state.pop(TOKEN, None)
        return None
    st.session_state[TOKEN], st.session_state[PERSON] = token, person
    st.session_state.pop(store.STALE, None)
    st.session_state[LAST_PERSON] = person.id
    if clock.now() - person.seen_at > SEEN_EVERY:
        store.note_seen(token)
    return person


def look_again() -> Person | None:
    """The signed-in person as the database has them now, for a look that nobody asked for: it counts as no use of the
    session, which would otherwise never end while a page is open."""
    token = st.session_state.get(TOKEN)
    return store.person_of(token) if token else None


def begin_session(account: int, *, username: str = "", proof: str = "") -> Person | None:
    """Starts a session for somebody who has passed every step; their browser then fetches its cookie."""
    token = store.start_session(account, username=username, device=_device(), address=address(), proof=proof)
    st.session_state[TOKEN] = token
    st.session_state[KEEP] = (cookies.pass_to(token, settings().cookie_key), clock.now() + DRAWN_FOR)
    st.session_state.pop(FORGET_UNTIL, None)
    return resume()


def cookie_picture() -> str:
    """Markdown for the invisible picture whose answer sets the cookie after sign-in or clears it after sign-out.
    Usually empty. It goes at the end of words that stay on the page."""
    sealed, until = st.session_state.get(KEEP, ("", None))
    if until and clock.now() < until:
        return f" ![]({cookies.KEEP}?pass={sealed})"
    until = st.session_state.get(FORGET_UNTIL)
    left_over = PERSON not in st.session_state and cookies.COOKIE in st.context.cookies
    return f" ![]({cookies.FORGET})" if left_over or (until and clock.now() < until) else ""


def sign_out() -> None:
    """Ends this session everywhere, then clears the browser's copy, and the provider's answer if there is one."""
    person = current()
    store.end_session(person, token=st.session_state[TOKEN])
    for key in list(st.session_state):
        del st.session_state[key]
    st.session_state[FORGET_UNTIL] = clock.now() + DRAWN_FOR
    identity_provider.end()


def new_password_hash(password: str, again: str, *, about: tuple[str, ...] = (), is_demo: bool = False) -> str:
    """The hash of a new password. Refuses by field, see `db.rules.passwords`; `about` has words about its owner."""
    told = settings()
    known = (*about, told.public_url, *told.hosts)
    return str(Hasher.hash(checked_password(password, again, about=known, is_demo=is_demo)))


def check_own_password(password: str) -> None:
    """Refuses unless this is the signed-in person's password; the session then counts as confirmed for a while."""
    check_password(current().username, password, wrong="Your current password is not right.")
    store.note_proof(st.session_state[TOKEN])


def check_own_code(code: str) -> None:
    """The same with a two-step code, for somebody who only signs in with their organisation."""
    store.use_code(current().id, code)
    store.note_proof(st.session_state[TOKEN])


def check_password(username: str, password: str, *, wrong: str = WRONG) -> int:
    """The account of this name and password, or a refusal that never tells an unknown name from a wrong password."""
    if max(len(username), len(password)) > MOST_TYPED:
        raise CommandRefused(TOO_LONG)
    here = address()
    account = store.account_for_sign_in(username, address=here)
    handle = username.strip().lower() or "-"
    known: dict[str, Any] = {"password": account[1] if account else DUMMY_HASH, "name": handle, "email": ""}
    # Stripped, as when it was set: a space at either end comes from copying. What bcrypt would refuse at once is
    # replaced, so that the check takes as long.
    typed = password.strip()
    can_be = bool(typed) and fits(typed)
    controller = AuthenticationController(credentials={"usernames": {handle: known}}, auto_hash=False)
    matches = controller.login(handle, typed if can_be else "-")
    if not matches or account is None or not can_be:
        store.note_failed_sign_in(username, address=here)
        raise CommandRefused(wrong)
    return account[0]


def address() -> str:
    """The browser's address, from a proxy only if the settings trust it; empty on this machine."""
    return st.context.ip_address or ""


def _device() -> str:
    """Words by which people recognise their own device; the address is kept only as a keyed hash."""
    agent = st.context.headers.get("User-Agent", "")
    system = next((s for s in ("iPhone", "iPad", "Android", "Windows", "Mac", "Linux") if s in agent), "Unknown device")
    browser = next((b for b in ("Edg", "Firefox", "Chrome", "Safari") if b in agent), "browser")
    return f"{system}, {'Edge' if browser == 'Edg' else browser}"
