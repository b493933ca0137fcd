"""While the database cannot be used, each page stays as its browser has it, says so, and goes on by itself."""

import streamlit as st

from dashboard import auth, store
from dashboard.ui import navigation, typed_words
from dashboard.ui.keeper import keeper

SAID = (
    "Nothing can be opened or saved just now, because the record cannot be reached. What you typed is kept. "
    "This page goes on by itself."
)


def stay() -> None:
    """First of all in each run: says so, and waits. What is drawn here stands where each page has the same."""
    if not store.is_out():
        return
    typed_words.hold_what_came()
    if store.is_back():
        return
    if person := st.session_state.get(auth.PERSON):
        with st.sidebar:
            keeper.mount(person, is_out=True)
    else:
        # Or Streamlit would know no other page than Home, and go there.
        st.navigation(navigation.signed_out(), position="hidden")
        st.title(navigation.TITLE)
        st.warning(SAID, icon=":material/cloud_off:")
    store.wait()


def stay_if_it_began() -> None:
    """Last of all: what was refused in this run stays on the page while it waits."""
    if store.is_out():
        st.rerun()
