"""The parts of a case that are shown one at a time, and a button that goes to one."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from dashboard.ui import text
from db.queries.case_detail import CaseDetail
from db.queries.session import Person

CASE, ACTIONS, PROCESSES = "Case", "Actions and deadlines", "Processes"
FINDINGS, TEAM = "Findings, facts, documents", "Team and history"
Draw = Callable[[Person, CaseDetail], None]


def _key(case: CaseDetail) -> str:
    return f"tabs_{case.reference}"


def parts(person: Person, case: CaseDetail, drawn_by: Mapping[str, Sequence[Draw]]) -> None:
    """Tabs, each drawn from when it is first opened, so that words typed in it survive a look at another."""
    tabs = st.tabs([text.one_of(name) for name in drawn_by], key=_key(case), on_change="rerun")
    opened: set[str] = st.session_state.setdefault(f"opened_{case.reference}", set())
    for (name, draws), tab in zip(drawn_by.items(), tabs, strict=True):
        if tab.open:
            opened.add(name)
        if name in opened:
            with tab:
                for draw in draws:
                    draw(person, case)


def show_part(case: CaseDetail, name: str, label: str) -> None:
    """A button that opens one of the parts."""
    st.button(
        text.one_of(label),
        key=f"show_{name.split()[0].lower()}_{case.reference}",
        type="tertiary",
        on_click=_show,
        args=(case, name),
    )


def _show(case: CaseDetail, name: str) -> None:
    st.session_state[_key(case)] = text.one_of(name)
