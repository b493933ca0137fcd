"""The parts of a case that are shown one at a time, and a button that goes to one."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from dashboard.ui import choices, navigation, text, typed_words
from db.queries.case_detail import CaseDetail
from db.queries.session import Person

# In the address of a link that leads to what is to be learned.
LEARN = "learn"
CASE, ACTIONS, PROCESSES = "Case", "Actions and deadlines", "Processes"
FINDINGS, TEAM = "Findings, facts, documents", "Team and history"
LED_TO = {LEARN: FINDINGS, navigation.TEAM: TEAM}
PANEL = "case_part"
Draw = Callable[[Person, CaseDetail], None]


def _key(case: CaseDetail) -> str:
    return f"part_{case.reference}"


def _opened(case: CaseDetail) -> str:
    return f"opened_{case.reference}"


def parts(person: Person, case: CaseDetail, drawn_by: Mapping[str, Sequence[Draw]]) -> None:
    """Each is drawn from when it is first opened, so that words typed in it survive a look at another."""
    names = list(drawn_by)
    _begin(case, names)
    chosen = st.session_state.get(_key(case), names[0])
    choices.one(
        names,
        chosen,
        key=f"parts_{case.reference}",
        label="Parts of this case",
        panel=PANEL,
        on_pick=lambda name: _show(case, name),
    )
    # In the order in which they were opened, so that one more moves none.
    opened: list[str] = st.session_state.setdefault(_opened(case), [])
    if chosen not in opened:
        opened.append(chosen)
    with st.container(key=PANEL, gap=None):
        for name in opened:
            # The style hides what is away.
            place = f"{PANEL}_{'shown' if name == chosen else 'away'}_{names.index(name)}"
            with st.container(key=place), typed_words.folded_in(_of(case, name)):
                for draw in drawn_by[name]:
                    draw(person, case)


def _of(case: CaseDetail, name: str) -> str:
    return f"{_key(case)}_{name.split()[0].lower()}"


def _begin(case: CaseDetail, names: Sequence[str]) -> None:
    """Each visit to a case begins with its first part, or with the one in which unsaved words wait: a field that is not
    drawn takes back no letters that were typed while the server was away."""
    began: dict[str, bool] = st.session_state.setdefault(typed_words.FOLDS_BEGAN, {})
    if _key(case) not in began:
        began[_key(case)] = True
        waiting = next((name for name in names if typed_words.wait_in(_of(case, name))), names[0])
        st.session_state[_key(case)] = waiting
        st.session_state.pop(_opened(case), None)
        if part := LED_TO.get(st.query_params.get("do", "")):
            st.session_state[_key(case)] = part


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
    st.session_state[_key(case)] = name
