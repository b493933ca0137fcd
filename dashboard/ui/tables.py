"""A table's cases as a list, for the keyboard."""

import pandas as pd
import streamlit as st

from dashboard.ui import navigation


def open_by_keys(rows: pd.DataFrame, *, key: str) -> None:
    """The references of a table as a list: the table's own buttons only work with a pointer."""
    chosen = st.selectbox(
        "Open a case", list(rows["reference"]), index=None, key=key, placeholder="Reference", width=220
    )
    if chosen is not None:
        # Left in place, it would open the case again on coming back.
        del st.session_state[key]
        navigation.open_case(chosen)
