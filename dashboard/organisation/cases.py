"""The cases of an organisation that the reader may see, open or closed."""

import streamlit as st

from dashboard import store
from dashboard.ui import case_list, choices, text
from dashboard.ui.case_lines import case_line
from db.choices import CaseState
from db.queries.organisation import OrganisationDetail
from db.queries.session import Person

PANEL = "organisation_cases"


def cases(person: Person, of: OrganisationDetail) -> None:
    text.heading("Cases")
    st.caption("At this organisation, its sites and those it took over from, or with a process that one of them runs.")
    if not of.open + of.closed:
        st.caption("There are none that you may see.")
        return
    names = {f"{state.label} ({count:,})": state for state, count in zip(CaseState, (of.open, of.closed), strict=True)}
    pages, held = store.key(f"organisation_page_{of.code}"), store.key(f"organisation_state_{of.code}")
    state = st.session_state.setdefault(held, CaseState.OPEN if of.open else CaseState.CLOSED)

    def pick(name: str) -> None:
        st.session_state[held], st.session_state[pages] = names[name], 1

    chosen = next(name for name, one in names.items() if one is state)
    choices.one(list(names), chosen, key=f"{held}_bar", label="Cases", panel=PANEL, on_pick=pick)
    with st.container(key=PANEL):
        _listed(person, of, state, pages)


def _listed(person: Person, of: OrganisationDetail, state: CaseState, pages: str) -> None:
    shown = store.organisation_cases(person, of.code, state, st.session_state.get(pages, 1))
    if shown.rows:
        words = store.words(person)
        case_list.show([case_line(row, words) for row in shown.rows], key="organisation_list", label=state.label)
    else:
        st.caption(f"No {state.label.lower()} that you may see.")
    if shown.pages > 1:
        st.pagination(shown.pages, key=pages, width="stretch")
