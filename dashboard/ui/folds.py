"""Parts of a page that are drawn once they are opened: what stays closed costs no time and no read."""

import re
from collections.abc import Callable

import streamlit as st

from dashboard.ui import typed_words

DRAWN = "folds_drawn"


def key(about: str, label: str) -> str:
    return f"fold_{about}_{re.sub(r'[^a-z]+', '_', label.lower())}"


def fold(label: str, draw: Callable[[], object], *, about: str, icon: str | None = None, opened: bool = False) -> None:
    """`about` is what the page is about, such as the reference of a case; `opened` is how it begins. Where words wait
    that are not saved, it begins open."""
    name = key(about, label)
    # As it began, for as long as the page is on view: it must not close under what is saved in it.
    began: dict[str, bool] = st.session_state.setdefault(typed_words.FOLDS_BEGAN, {})
    begins = began.setdefault(name, opened or typed_words.wait_in(name))
    box = st.expander(label, begins, key=name, icon=icon, on_change="rerun")
    drawn: set[str] = st.session_state.setdefault(DRAWN, set())
    if box.open:
        drawn.add(name)
    # Once drawn it stays so, because words typed in it must survive that it is closed again.
    if name in drawn:
        with box, typed_words.folded_in(name):
            draw()
