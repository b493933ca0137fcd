"""The privacy notice, to read where its giving is ticked."""

import functools

import streamlit as st

from dashboard.ui.folds import fold
from db.reference_data import FOLDER

NOTICE = FOLDER / "privacy_notice.txt"


def to_read() -> None:
    fold("Read the privacy notice", _read, about="new_case", icon=":material/policy:")


def _read() -> None:
    st.markdown(_words())
    st.caption("Read it out, or send it by the safe channel.")


@functools.cache
def _words() -> str:
    return NOTICE.read_text(encoding="utf-8")
