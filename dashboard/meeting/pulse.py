"""Looks whether the meeting has moved, apart from any form: only then is the page drawn again."""

import streamlit as st

from dashboard import auth, store
from db.queries.meetings import MeetingView

# Others see an item move within two seconds.
EVERY = "2s"


def follow(meeting: MeetingView | None) -> None:
    """`meeting` as it was drawn."""
    _pulse(_signature(meeting))


def _signature(meeting: MeetingView | None) -> str:
    """Of all that this person may see of it, and of nothing else."""
    return store.key(repr(meeting))


@st.fragment(run_every=EVERY)
def _pulse(drawn: str) -> None:
    person = auth.look_again()
    if person is None or _signature(store.next_meeting(person)) != drawn:
        st.rerun()
