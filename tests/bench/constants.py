"""Two pages of fifty constant lines: the least that Streamlit takes from a click in its menu to the last change."""

import streamlit as st

LINES = 50


def _lines(title: str) -> None:
    st.title(title)
    for number in range(LINES):
        st.markdown(f"{title}: line {number} says nothing, and says it at about this length.")


def one() -> None:
    _lines("One")


def two() -> None:
    _lines("Two")


st.navigation([st.Page(one, title="One", default=True), st.Page(two, title="Two")]).run()
