"""Entry script: page config, sign-in, navigation by role, title, run."""

import sys
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    # Plain `streamlit run dashboard/app.py` puts only this folder on the path.
    sys.path.insert(0, str(ROOT))

from dashboard import auth  # noqa: E402
from dashboard.sign_in import second_factor, sign_in_form  # noqa: E402
from dashboard.ui import forms, navigation, one_tap, outage, typed_words  # noqa: E402
from dashboard.ui.keeper import keeper  # noqa: E402

# The menu's words are short; the width is needed for the ten tabs of a case in one row.
st.set_page_config(
    page_title="Learn Not Blame",
    page_icon=navigation.ICON,
    layout="wide",
    initial_sidebar_state=240,
)

outage.stay()
person = auth.resume()
if person is None:
    page = st.navigation(navigation.signed_out(), position="hidden")
    if page.url_path == navigation.SET_UP:
        page.run()
        st.stop()
    typed_words.session_ended()
    navigation.welcome()
    sign_in_form.draw()
    keeper.mount(None)
    st.stop()

if second_factor.is_due(person):
    st.navigation(navigation.signed_out(), position="hidden")
    navigation.side(person)
    second_factor.first(person)
    st.stop()
typed_words.begin(person)
# Every page in view: Streamlit would fold the last ones away.
page = st.navigation(navigation.pages_for(person), expanded=True)
typed_words.on_page(page.url_path)
navigation.come_back(page)
navigation.frame(person, page)
one_tap.forget_when_leaving(page.url_path)
forms.say_what_was_saved()
page.run()
outage.stay_if_it_began()
