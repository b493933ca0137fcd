"""Of the conditions on the day in an organisation's cases: how many were examined by those who decided anything."""

import streamlit as st

from dashboard import store
from db.queries.session import Person
from db.rules.examined import Looked
from db.rules.facts import EXAMINERS
from db.rules.words import many


def examined(person: Person, code: str) -> None:
    # Nothing is typed in it, so that it need not look for words that wait.
    folded = st.expander(
        "What was never examined",
        icon=":material/visibility_off:",
        key=store.key(f"examined_{code}"),
        on_change="rerun",
    )
    if folded.open:
        with folded:
            _examined(person, code)


def _examined(person: Person, code: str) -> None:
    found = store.organisation_examined(person, code)
    if not found.any.n:
        st.caption("No conditions on the day are recorded in its cases.")
        return
    labels = store.words(person).terms[EXAMINERS]
    lines = [f"Any of these: **{_told(found.any)}**", *(f"{labels[who]}: {_told(one)}" for who, one in found.by)]
    st.markdown("\n".join(f"- {line}" for line in lines))
    st.caption(
        f"{many(found.any.n, 'condition')} on the day in {many(found.cases, 'case')}, and whether anybody who decides "
        "looked at it. Not for sharing: cases brought to us, not a rate."
    )


def _told(one: Looked) -> str:
    return f"{one.yes:,} yes, {one.no:,} no, {one.unknown:,} not known"
