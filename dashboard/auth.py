"""Signing in and out: the only file that knows streamlit-authenticator.

The library checks the password and keeps the cookie; a `sign_in_session` row decides on every run, so
that sign-out, a new password or a closed account ends every open tab and every copied cookie.
"""

from datetime import timedelta
from typing import Any

import bcrypt
import jwt
import streamlit as st
from streamlit_authenticator.controllers import AuthenticationController
from streamlit_authenticator.models.cookie_model import CookieModel
from streamlit_authenticator.utilities import Hasher
from zxcvbn import zxcvbn

from dashboard import store
from dashboard.settings import settings
from dashboard.store import Person
from db import clock
from db.errors import CommandRefused

COOKIE = "lnb_session"
TOKEN, PERSON = "sign_in_token", "person"
WRONG = "The username or password is not right. Check both and try again."
# Checked against when no account has the name typed, so that the answer takes as long either way.
DUMMY_HASH = bcrypt.hashpw(b"no account has this password", bcrypt.gensalt()).decode()
BCRYPT_BYTES = 72
MIN_LENGTH, MAX_LENGTH = 12, 64
SEEN_EVERY = timedelta(minutes=5)
WRITE_UNTIL, DELETE_UNTIL = "write_cookie_until", "delete_cookie_until"
WRITING = timedelta(seconds=30)
SIGN_IN_WIDTH = 420
# zxcvbn's scale is 0 to 4; 3 is "safely unguessable: moderate protection from an offline attack".
STRONG_ENOUGH = 3


class _SessionCookie(CookieModel):
    """The library's cookie with our session token in it. Its browser part is drawn only to write."""

    def __init__(self) -> None:
        super().__init__(COOKIE, settings().cookie_key, settings().session_days)

    def _token_encode(self) -> str:
        claims = {"session": st.session_state[TOKEN], "exp_date": self.exp_date}
        return jwt.encode(claims, self.cookie_key, algorithm="HS256")


def current() -> Person:
    """The signed-in person of this run. Pages run only after `app.py` has set it."""
    person = st.session_state[PERSON]
    assert isinstance(person, Person)
    return person


def resume() -> Person | None:
    """The person of the live session this browser holds, from this tab or from the cookie."""
    token: str | None = st.session_state.get(TOKEN) or _cookie_token()
    person = store.person_of(token) if token else None
    if token is None or person is None:
        st.session_state.pop(PERSON, None)
        st.session_state.pop(TOKEN, None)
        return None
    st.session_state[TOKEN], st.session_state[PERSON] = token, person
    if clock.now() - person.seen_at > SEEN_EVERY:
        store.note_seen(token)
    return person


def keep_cookie() -> None:
    """Draws the browser part that writes the cookie, for a while after sign-in, always in the same place.

    It is a small frame that must finish loading; a run that left it out would stop it half-way.
    """
    if _is_still(WRITE_UNTIL):
        _SessionCookie().set_cookie()


def sign_in() -> Person | None:
    """Draws the sign-in form; returns the person once they are in, in the same run."""
    place = st.empty()
    with place.form("sign_in", width=SIGN_IN_WIDTH):
        st.subheader("Sign in")
        username = st.text_input("Username", autocomplete="username")
        password = st.text_input("Password", type="password", autocomplete="current-password")
        asked = st.form_submit_button("Sign in", type="primary", width="stretch")
        problem = st.empty()
    if not asked:
        return None
    try:
        st.session_state[TOKEN] = _checked(username or "", password or "")
    except CommandRefused as refusal:
        problem.error(refusal.message)
        return None
    place.empty()
    st.session_state[WRITE_UNTIL] = clock.now() + WRITING
    st.session_state.pop(DELETE_UNTIL, None)
    return resume()


def sign_out() -> None:
    """Ends this session everywhere, then clears the browser's copy."""
    person = current()
    store.end_session(person, token=st.session_state[TOKEN])
    for key in list(st.session_state):
        del st.session_state[key]
    st.session_state[DELETE_UNTIL] = clock.now() + WRITING


def forget_cookie() -> None:
    """Removes a cookie whose session is over; drawn for a while, as the frame that writes it is."""
    if _is_still(DELETE_UNTIL):
        _SessionCookie().delete_cookie()


def _is_still(until: str) -> bool:
    moment = st.session_state.get(until)
    return moment is not None and clock.now() < moment


def new_password_hash(password: str, again: str, *, about: tuple[str, ...] = ()) -> str:
    """The hash of a new password. Refuses: unlike, too short or long, or easy to guess; length matters most."""
    if password != again:
        raise CommandRefused("The two passwords are not the same.", field="again")
    if len(password) < MIN_LENGTH:
        raise CommandRefused(f"Use at least {MIN_LENGTH} characters: a few words is best.", field="password")
    if len(password) > MAX_LENGTH or len(password.encode()) > BCRYPT_BYTES:
        raise CommandRefused(f"Use at most {MAX_LENGTH} plain characters.", field="password")
    judged = zxcvbn(password, user_inputs=["learn not blame", "dauk", *about])
    if judged["score"] < STRONG_ENOUGH:
        why = judged["feedback"]["warning"] or "It could be guessed quickly"
        raise CommandRefused(f"{why.rstrip('.')}. Try four unrelated words.", field="password")
    return str(Hasher.hash(password))


def check_own_password(password: str) -> None:
    """Refuses unless this is the signed-in person's password."""
    _check_password(current().username, password, wrong="Your current password is not right.")


def _checked(username: str, password: str) -> str:
    """A new session's token, or a refusal that never tells an unknown name from a wrong password."""
    account = _check_password(username, password, wrong=WRONG)
    return store.start_session(username, volunteer_id=account, device=_device())


def _check_password(username: str, password: str, *, wrong: str) -> int:
    account = store.account_for_sign_in(username)
    handle = username.strip().lower() or "-"
    known: dict[str, Any] = {"password": account[1] if account else DUMMY_HASH, "name": handle, "email": ""}
    # bcrypt refuses longer ones at once: check something, so that this takes no less time.
    fits = len(password.encode()) <= BCRYPT_BYTES
    controller = AuthenticationController(credentials={"usernames": {handle: known}}, auto_hash=False)
    matches = controller.login(handle, password.strip() if fits and password.strip() else "-")
    if not matches or account is None or not fits:
        store.note_failed_sign_in(username)
        raise CommandRefused(wrong)
    return account[0]


def _cookie_token() -> str | None:
    raw = st.context.cookies.get(COOKIE)
    if not raw:
        return None
    try:
        claims = jwt.decode(raw, settings().cookie_key, algorithms=["HS256"])
    except jwt.InvalidTokenError:
        return None
    token = claims.get("session")
    return token if isinstance(token, str) and claims.get("exp_date", 0) > clock.now().timestamp() else None


def _device() -> str:
    """Words for a person to know their own device by; no address is kept."""
    agent = st.context.headers.get("User-Agent", "")
    system = next((s for s in ("iPhone", "iPad", "Android", "Windows", "Mac", "Linux") if s in agent), "Unknown device")
    browser = next((b for b in ("Edg", "Firefox", "Chrome", "Safari") if b in agent), "browser")
    return f"{system}, {'Edge' if browser == 'Edg' else browser}"
