"""For leads: how alike two people code the same case, by code."""

import streamlit as st

from dashboard import store
from dashboard.ui import number_table, text
from dashboard.ui.number_table import Name, NumberTable
from db.queries.session import Person
from db.rules.agreement import LEAST_CASES, Agreement, Why
from db.rules.measures import MINUS, NOTHING
from db.rules.words import many

TITLE, KEY = "How alike two people code", "coder_agreement_box"
COLUMNS = ("Alike", "Kappa", "95% interval", "Both", "Only first", "Only second", "Cases")
SHORT = {Why.FEW: "too few cases", Why.SAME: "no variation", Why.ONE: "no variation in one"}
NOT_FOR_SHARING = "**Not for sharing.** Exact numbers, for leads only, of the cases that you may see."
MEANING = (
    "As coded before anything was settled; of a case with several second codings, the first. *Alike* is the share of "
    "cases in which both chose the code, or neither did. *Kappa* (Cohen) says how far that goes beyond chance: 1 is "
    "always alike, 0 no better than chance. The interval is that of Fleiss, Cohen and Everitt (1969), which holds for "
    "many cases: of few it is rough, and where all are alike there is none."
)
RARE = (
    "A code marked “rare” is on few of the cases, or missing from few: kappa is then low even of two who nearly always "
    "agree, so read *Alike* beside it. We chose these cases; they are no sample, and nothing here says who is right."
)


def agreement(person: Person) -> None:
    """Drawn once somebody opens it."""
    text.heading("Quality of coding")
    box = st.expander(TITLE, key=KEY, icon=":material/group:", on_change="rerun")
    if box.open:
        with box:
            _agreement(person)


def _agreement(person: Person) -> None:
    found = store.coder_agreement(person)
    st.caption(NOT_FOR_SHARING)
    if not found.by_code:
        st.caption("No case was coded twice yet. Ask for a second coding on a case, under its findings.")
        return
    st.markdown(f"{many(found.cases, 'case')} coded twice.")
    if found.cases < LEAST_CASES:
        st.caption(f"Too few cases to say: kappa is worked out of {LEAST_CASES} or more.")
    labels = store.words(person).findings
    table = NumberTable(
        corner="Finding (not for sharing)",
        columns=tuple(Name(None, column) for column in COLUMNS),
        rows=tuple(Name(None, _named(labels, code, each)) for code, each in found.by_code),
        cells=tuple(_cells(each) for _, each in found.by_code),
        about="Findings by how alike two people coded them",
    )
    number_table.show(table, key="coder_agreement")
    st.caption(f"No variation in {many(found.unchosen, 'other code')}: neither chose them in any case.")
    st.caption(MEANING)
    st.caption(RARE)


def _named(labels: dict[str, tuple[str, str]], code: str, of: Agreement) -> str:
    name = f"{code} {labels.get(code, ('', ''))[1]}".strip()
    return f"{name} (rare)" if of.is_lopsided else name


def _cells(of: Agreement) -> tuple[str, ...]:
    counts = tuple(f"{count:,}" for count in (of.both, of.first, of.second, of.n))
    found = of.kappa()
    if isinstance(found, Why):
        return (f"{of.observed:.0%}", NOTHING, SHORT[found], *counts)
    interval = NOTHING if found.low is None or found.high is None else f"{_told(found.low)} to {_told(found.high)}"
    return (f"{of.observed:.0%}", _told(found.value), interval, *counts)


def _told(number: float) -> str:
    return f"{number:.2f}".replace("-", MINUS)
