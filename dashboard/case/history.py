"""The history of a case: who viewed it, opened the identity or changed what, in plain words."""

from textwrap import shorten

import streamlit as st

from dashboard import store
from dashboard.ui import text
from db.choices import HistoryKind
from db.declared import in_words
from db.queries.case_detail import CaseDetail
from db.queries.case_history import Happening
from db.queries.inbox import Notice
from db.queries.reference import Reference
from db.queries.session import Person

STEP = 30
# The whole of an old summary is under “More about this case, or correct it”.
MOST_BEFORE = 300


def history(person: Person, case: CaseDetail) -> None:
    """Newest first, filtered by kind, a page at a time."""
    st.caption("Who viewed this case and who changed what, for its team and leads. No page can alter this list.")
    kinds = st.pills(
        "Show",
        list(HistoryKind),
        selection_mode="multi",
        key=f"history_kinds_{case.reference}",
        format_func=lambda kind: text.one_of(kind.label),
        label_visibility="collapsed",
    )
    shown = st.session_state.setdefault(f"history_shown_{case.reference}", STEP)
    found = store.history(person, case.reference, tuple(kinds), shown)
    if not found:
        st.caption("Nothing of this kind yet.")
        return
    reference = store.words(person)
    st.markdown("\n".join(f"- {line(happening, reference)}" for happening in found[:shown]))
    if len(found) > shown and st.button("Show more", key=f"history_more_{case.reference}"):
        st.session_state[f"history_shown_{case.reference}"] = shown + STEP
        st.rerun()


def line(happening: Happening, reference: Reference) -> str:
    """“22 Nov 2026, 10:15 · Vik · raised the flag Crisis”."""
    what = what_was_done(happening, reference)
    why = f" · reason given: {text.plain(happening.reason)}" if happening.reason else ""
    before = "".join(f" · before: {text.plain(shorten(was, MOST_BEFORE))}" for was in happening.before)
    return f"**{text.moment(happening.at)}** · {text.plain(happening.who or 'The system')} · {what}{why}{before}"


def what_was_done(told: Happening | Notice, reference: Reference) -> str:
    """“raised the flag Crisis”: words that follow a person's name."""
    return text.plain(in_words(told, reference))
