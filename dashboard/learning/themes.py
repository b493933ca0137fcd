"""What cases taught, by theme: what waits for a second person, the learnings, and how many doctors they come from."""

from collections.abc import Iterator

import streamlit as st

from dashboard import store
from dashboard.case.learnings import said
from dashboard.case.parts import LEARN
from dashboard.ui import forms, navigation, text
from dashboard.ui.text import heading
from db.commands.learnings import THEME
from db.queries.learning import PURPOSES, Learned, ThemeExact
from db.queries.session import Person
from db.rules.disclosure import LEGEND
from db.rules.words import many

NONE_YET = (
    "Nothing to read yet. What a case taught is written on its page, under “Findings, facts, documents”. It stands "
    "here once a second person has agreed that nobody can be recognised, for as long as the doctor agrees."
)
NOT_FOR_SHARING = "Exact numbers, for leads only. Not for sharing: what leaves here comes from a signed release."
READ = "Read without knowing the case: nobody is named, and each doctor agreed to be learned from."


def to_agree(person: Person) -> None:
    """What this person is asked to read as a second."""
    waiting = store.learnings_to_agree(person)
    if not waiting:
        return
    heading("Waiting for a second person")
    for row in waiting:
        with st.container(border=True, width=forms.FORM_WIDTH, gap="xsmall"):
            st.markdown(text.plain(row.text))
            st.caption(f"Written by {text.plain(row.by or 'somebody')}. Could anybody be recognised?")
            navigation.case_link(row.reference or "", f"Answer on {row.reference}", do=LEARN)


def learned(person: Person) -> None:
    words = store.words(person)
    themes = {"": "All themes"} | words.terms[THEME]
    theme = st.selectbox(
        "Theme",
        list(themes),
        format_func=lambda code: themes.get(code, code),
        key="learning_theme",
        bind="query-params",
    )
    page = store.learnings(person, theme or "", st.session_state.get("learning_page", 1))
    if not page.lines:
        st.caption(NONE_YET)
    else:
        st.caption(READ)
    for row in page.lines:
        _card(person, row)
    if page.pages > 1:
        st.pagination(page.pages, key="learning_page", width="stretch")
    if page.lines:
        _numbers(person, theme or "", page.lines)


def _card(person: Person, row: Learned) -> None:
    with st.container(border=True, width=forms.FORM_WIDTH, gap="xsmall"):
        st.markdown(text.plain(row.text))
        st.caption(said(store.words(person), row))
        if row.reference:
            navigation.case_link(row.reference, f"Open {row.reference}", do=LEARN)


def _numbers(person: Person, theme: str, lines: tuple[Learned, ...]) -> None:
    heading("How many doctors")
    if person.is_lead:
        exact = [row for row in store.themes_exact(person) if theme in ("", row.theme)]
        st.caption(NOT_FOR_SHARING)
        st.table(list(_exact(person, exact)), border="horizontal", hide_index=True)
    released = store.released_findings(person)
    if released is None:
        st.caption("No numbers have been released yet.")
        return
    codes = sorted({code for row in lines for code in row.findings})
    known = {code: label for code, (_, label) in store.words(person).findings.items()}
    counts = {code: text.plain(released.doctors.get(code, "not in it")) for code in codes}
    rows = [f"- {code} {text.plain(known.get(code, ''))}: **{counts[code]}**" for code in codes]
    quarter = f"{released.quarter[:4]} {released.quarter[4:]}"
    st.markdown(f"Doctors with each of these findings, in all cases of the release of {quarter}:\n\n" + "\n".join(rows))
    st.caption(text.plain(LEGEND))


def _exact(person: Person, rows: list[ThemeExact]) -> Iterator[dict[str, str]]:
    themes = store.words(person).terms[THEME]
    for row in rows:
        codes = sorted(row.findings, key=lambda code: (-row.findings[code], code))
        yield {
            "Theme": text.plain(themes.get(row.theme, row.theme)),
            "Learnings": f"{row.learnings:,}",
            "Doctors": f"{row.doctors:,}",
            "Agree to": ", ".join(f"{purpose.label.lower()}: {row.consents[purpose]:,}" for purpose in PURPOSES),
            "Findings (doctors)": ", ".join(f"{code} ({many(row.findings[code], 'doctor')})" for code in codes),
        }
