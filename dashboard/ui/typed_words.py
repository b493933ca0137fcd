"""What is typed and not saved: kept when a session ends, for the same person once they are back; gone with its page."""

import streamlit as st

from dashboard import auth
from db.queries.session import Person

TYPED, KEPT = "typed_fields", "typed_and_kept"


def forget_when_leaving(page: str) -> None:
    """Leaving a page loses what was typed there, and with it the versions it was checked against."""
    if st.session_state.get("page_was") != page:
        st.session_state.pop("seen_versions", None)
        st.session_state.pop(TYPED, None)
    st.session_state["page_was"] = page


def note(key: str) -> None:
    st.session_state.setdefault(TYPED, set()).add(key)


def keep() -> None:
    """For a session that ended while somebody was typing: Streamlit forgets fields that a page does not draw."""
    typed = {key: st.session_state[key] for key in st.session_state.pop(TYPED, ()) if st.session_state.get(key)}
    if typed and (owner := st.session_state.get(auth.LAST_PERSON)):
        st.session_state[KEPT] = (owner, typed)


def is_kept() -> bool:
    return KEPT in st.session_state


def give_back(person: Person) -> None:
    """Restores what was typed, to the same person only."""
    owner, typed = st.session_state.pop(KEPT, (None, {}))
    if owner == person.id:
        st.session_state.update(typed)
