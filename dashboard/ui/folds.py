"""Parts of a page that are drawn once they are opened: what stays closed costs no time and no read."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from dashboard.ui import text, typed_words

DRAWN = "folds_drawn"


def key(about: str, label: str) -> str:
    return f"fold_{about}_{re.sub(r'[^a-z]+', '_', label.lower())}"


@dataclass(frozen=True)
class Fold:
    """How a part of a form stands."""

    is_drawn: bool
    is_open: bool


@contextmanager
def part(label: str, name: str, *, waits: bool, refusal: str) -> Iterator[Fold]:
    """A fold for a part of a form. It opens where words wait in it, and once for each refusal of what is in it."""
    began: dict[str, bool] = st.session_state.setdefault(typed_words.FOLDS_BEGAN, {})
    drawn: set[str] = st.session_state.setdefault(DRAWN, set())
    opened_for: dict[str, str] = st.session_state.setdefault("folds_opened_for", {})
    is_new = bool(refusal) and opened_for.get(name) != refusal
    if name not in began:
        began[name] = waits or is_new
        drawn.discard(name)
    elif is_new or (waits and name not in drawn):
        st.session_state[name] = True
    opened_for[name] = refusal
    box = st.expander(label, began[name], key=name, on_change="rerun")
    if box.open:
        drawn.add(name)
    with box:
        yield Fold(name in drawn, bool(box.open))


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


def tab_key(about: str) -> str:
    return f"tabs_{about}"


def tabs(drawn_by: Mapping[str, Callable[[], object]], *, about: str) -> None:
    """One of several parts in view, drawn from when its tab is first opened. Where words wait that are not saved, the
    tab that holds them begins open."""
    names = {title: key(about, title) for title in drawn_by}
    began: dict[str, bool] = st.session_state.setdefault(typed_words.FOLDS_BEGAN, {})
    drawn: set[str] = st.session_state.setdefault(DRAWN, set())
    if tab_key(about) not in began:
        began |= {tab_key(about): True, **{name: typed_words.wait_in(name) for name in names.values()}}
        drawn.difference_update(names.values())
    waiting = next((text.one_of(title) for title, name in names.items() if began[name]), None)
    every = st.tabs([text.one_of(title) for title in names], default=waiting, key=tab_key(about), on_change="rerun")
    for (title, name), tab in zip(names.items(), every, strict=True):
        if tab.open:
            drawn.add(name)
        if name in drawn:
            with tab, typed_words.folded_in(name):
                drawn_by[title]()
