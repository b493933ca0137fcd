"""Finding a body by words of its name, former name or code."""

import streamlit as st

from dashboard import store
from dashboard.store import Body

KEY = "body_words"


def search(label: str = "Search for the body") -> list[Body]:
    """The search box, outside any form: what it finds is what the form's own list offers."""
    words = st.text_input(
        label, key=KEY, type="search", live="300ms", max_chars=100, placeholder="Part of its name, or its code"
    )
    found = store.find_bodies(words or "")
    if words and not found:
        st.caption("No body found. Choose “not listed” and write its name.")
    return found


def name_of(body: Body) -> str:
    return f"{body.name} ({body.code})" + (", closed" if body.closed_on else "")
