"""Entry script: page config, sign-in, navigation by role, title, run."""

import sys
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    # Plain `streamlit run dashboard/app.py` puts only this folder on the path.
    sys.path.insert(0, str(ROOT))

from dashboard import auth, forms, navigation  # noqa: E402

st.set_page_config(page_title="Learn Not Blame", page_icon=str(ROOT / "dashboard" / "icon.png"), layout="wide")

# First on every page, so that the frame in it is never moved, which would load it anew.
cookie = st.container(key="cookie")
person = auth.resume()
if person is None:
    page = st.navigation(navigation.signed_out(), position="hidden")
    if page.url_path == navigation.SET_UP:
        page.run()
        st.stop()
    navigation.welcome()
    person = auth.sign_in()
    if person is None:
        with cookie:
            auth.forget_cookie()
        st.stop()

with cookie:
    auth.keep_cookie()
page = st.navigation(navigation.pages_for(person))
navigation.frame(person, page)
forms.forget_when_leaving(page.url_path)
forms.say_what_was_saved()
page.run()
