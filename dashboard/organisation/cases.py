"""The cases of an organisation that the reader may see, open or closed."""

import streamlit as st

from dashboard import store
from dashboard.ui import case_list, text
from dashboard.ui.case_lines import case_line
from db.choices import CaseState
from db.queries.organisation import OrganisationDetail
from db.queries.session import Person


def cases(person: Person, of: OrganisationDetail) -> None:
    text.heading("Cases")
    st.caption("At this organisation, its sites and those it took over from, or with a process that one of them runs.")
    if not of.open + of.closed:
        st.caption("There are none that you may see.")
        return
    pages = store.key(f"organisation_page_{of.code}")
    counts = {CaseState.OPEN: of.open, CaseState.CLOSED: of.closed}
    state = st.segmented_control(
        "Show",
        list(CaseState),
        default=CaseState.OPEN if of.open else CaseState.CLOSED,
        required=True,
        format_func=lambda state: text.one_of(f"{state.label} ({counts[state]:,})"),
        key=store.key(f"organisation_cases_{of.code}"),
        on_change=_first_page,
        args=(pages,),
        label_visibility="collapsed",
    )
    shown = store.organisation_cases(person, of.code, state, st.session_state.get(pages, 1))
    if shown.rows:
        words = store.words(person)
        case_list.show([case_line(row, words) for row in shown.rows], key="organisation_list", label=state.label)
    else:
        st.caption(f"No {state.label.lower()} that you may see.")
    if shown.pages > 1:
        st.pagination(shown.pages, key=pages, width="stretch")


def _first_page(pages: str) -> None:
    st.session_state[pages] = 1
