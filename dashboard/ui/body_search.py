"""Finding an organisation by its everyday name, town, postcode or code."""

import streamlit as st

from dashboard import store
from dashboard.ui.forms import Form
from db.queries.reference import Body

KEY = "body_words"
PLACEHOLDER = "Name, everyday name, town, postcode or code"


def search(label: str = "Search for the organisation", *, key: str = KEY, unlisted: bool = True) -> list[Body]:
    """The search box, outside any form. What it finds is what the list inside the form offers."""
    words = st.text_input(
        label,
        key=key,
        type="search",
        live="300ms",
        max_chars=100,
        placeholder=PLACEHOLDER,
    )
    return _found(words or "", unlisted)


def search_in(form: Form, label: str) -> list[Body]:
    """The search box as a field of a form, which keeps its words with the rest."""
    return _found(form.text(KEY, label, type="search", placeholder=PLACEHOLDER, most=100), True)


def _found(words: str, unlisted: bool) -> list[Body]:
    found = store.find_bodies(words) if words.strip() else []
    if words and not found:
        other = " Or choose “not listed” and type its name." if unlisted else ""
        st.caption(f"No organisation found. Try fewer words, or its town.{other}")
    return found


def name_of(body: Body) -> str:
    """With its town and the organisation it is part of, to tell it from others with the same name."""
    parts = [f"{body.name} ({body.code})", body.town, body.parent and f"part of {body.parent}"]
    return ", ".join(filter(None, parts)) + (", closed" if body.closed_on else "")
