"""What the queue says where its list is empty, and what to do then."""

import streamlit as st

from dashboard import store
from dashboard.queue import filters, set_fields
from dashboard.ui import text
from db.queries.queue import QueueFilters
from db.queries.session import Person


def say(person: Person, chosen: QueueFilters) -> None:
    """Says why the list is empty, and what to do."""
    if chosen == QueueFilters():
        st.caption("There are no open cases that you may see.")
        st.page_link("../pages/new_case.py", label="Record a new case", icon=":material/add_circle:")
        return
    is_search = bool(chosen.search.strip())
    st.caption(f"No cases match. {'Try fewer words, or remove' if is_search else 'Remove'} a filter.")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if is_search:
            _did_you_mean(person, chosen)
        # Whatever needs attention is open.
        if chosen.status == "open" and chosen.condition is None:
            st.button(
                "Look among closed cases too",
                key="queue_closed_too",
                icon=":material/inventory_2:",
                type="tertiary",
                on_click=_show_all,
            )


def _did_you_mean(person: Person, chosen: QueueFilters) -> None:
    near = store.near_matches(person, chosen)
    if near:
        st.markdown("Did you mean", width="content")
    for number, words in enumerate((*near.references, *near.bodies)):
        st.button(text.plain(words), key=f"queue_near_{number}", on_click=_search_for, args=(words,))


def _search_for(words: str) -> None:
    st.session_state["queue_search"] = words
    filters.first_page()


def _show_all() -> None:
    set_fields.put("queue_show", "All")
    filters.first_page()
