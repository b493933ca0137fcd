"""Set up: a one-time link creates the first lead's account, or sets the password of an existing account."""

import streamlit as st

from dashboard import auth, store
from dashboard.people.own_account import LONGEST, STRENGTH
from dashboard.ui import forms, navigation, text
from db.errors import CommandRefused, Invalid

st.title("Set up your account")
if st.session_state.pop("set_up_done", False):
    st.success("Your password is set. Sign in with your username and the password you chose.")
    st.page_link(navigation.FOLDER / "home.py", label="Go to sign in", icon=":material/login:")
    st.stop()
token = st.query_params.get("token", "")
try:
    is_first, username = store.link_opens(token)
except CommandRefused as refusal:
    st.error(text.sentence(refusal.message), icon=":material/link_off:")
    st.page_link(navigation.FOLDER / "home.py", label="Go to sign in", icon=":material/login:")
    st.stop()

name = ""
with forms.form("set_up") as form:
    if is_first:
        st.caption("You are the first lead. You add everybody else, on the page “People”.")
        username = form.text("username", "Username", required=True, most=64, help="Letters, digits, dots and dashes.")
        name = form.text("name", "Your name", required=True, most=200)
    else:
        st.caption(f"Your username is **{username}**. Choose a password to sign in with.")
    password = form.text("password", "Password", required=True, type="password", help=STRENGTH, most=LONGEST)
    again = form.text("again", "Confirm password", required=True, type="password", most=LONGEST)
    form.submit("Set password")
if form.submitted:
    try:
        if missing := [field for field, typed in (("username", username), ("name", name)) if is_first and not typed]:
            raise Invalid(dict.fromkeys(missing, "Please fill this in."))
        about = (username or "", name, *store.about_account(username or ""))
        hashed = auth.new_password_hash(password, again, about=about)
        store.use_link(token, password_hash=hashed, username=username or "", name=name)
    except CommandRefused as refusal:
        form.refuse(refusal)
    else:
        st.session_state["set_up_done"] = True
        st.query_params.clear()
        st.rerun()
