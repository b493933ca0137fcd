"""What forms that correct something share: what they were drawn with, and both versions once that has changed."""

from typing import TypeVar

import streamlit as st

from dashboard.ui.forms import Form

WHY = "Why it is corrected"
TO_SEE = "The reason is on the timeline for everybody on this case."

T = TypeVar("T")


def seen_of(form: Form, now: T) -> T:
    """What the case said when this form was first drawn: a rerun in between must not hide somebody else's save."""
    seen: T = st.session_state.setdefault(f"seen_{form.key}", now)
    return seen


def first(form: Form, seen: T) -> T:
    """What the fields began with: if that changed under them, Streamlit would forget what was typed."""
    began: T = st.session_state.setdefault(f"first_{form.key}", seen)
    return began


def mark_seen(form: Form, now: object) -> None:
    """The refusal says once what somebody else saved; the next press replaces it."""
    st.session_state[f"seen_{form.key}"] = now


def both(form: Form, now: object, saved: str, mine: str) -> None:
    """What is saved now beside what was typed, which the next press of the button saves. Both are Markdown."""
    mark_seen(form, now)
    with st.container(border=True):
        st.markdown("**Saved by somebody else just now:**")
        st.markdown(saved)
        st.markdown("**Yours, not saved yet:**")
        st.markdown(mine)
        st.caption("Change yours above if needed, then press “Save correction” again.")
