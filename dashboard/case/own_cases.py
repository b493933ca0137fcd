"""The viewer's own cases as a list, each with the one-minute update and “No change”."""

from collections.abc import Iterator
from dataclasses import replace

import streamlit as st

from dashboard import store
from dashboard.case import quick_update
from dashboard.case.quick_update import Act
from dashboard.ui import case_list, one_tap, text
from dashboard.ui.case_lines import case_line
from dashboard.ui.case_list import Badge, CaseLine, Part
from db.choices import Condition
from db.queries.case_rows import CaseRow
from db.queries.my_cases import ON_PAGE, OwnCase
from db.queries.session import Person

PAGE = "my_cases_page"


def listed(person: Person, total: int) -> Act | None:
    """Draws a page of them; returns what was just pressed, if anything."""
    pages = -(-total // ON_PAGE)
    page = min(int(st.session_state.get(PAGE) or 1), pages)
    cases = one_tap.in_place(
        ("my_cases", page), store.my_cases(person, page), lambda own: quick_update.mark(own.reference)
    )
    references = [own.reference for own in cases]
    rows = {row.reference: row for row in store.case_rows(person, tuple(references))}
    offered = {
        own.reference: list(quick_update.buttons(person, own.reference, own.version, "One-minute update"))
        for own in cases
    }
    lines = [
        replace(_line(person, rows[own.reference], own), buttons=tuple(button for button, _ in offered[own.reference]))
        for own in cases
        if own.reference in rows
    ]
    pressed = case_list.show(lines, key="my_cases_list", label="Your cases, most urgent first")
    if pages > 1:
        st.pagination(pages, key=PAGE, bind="query-params", width="stretch")
    if pressed is None:
        return None
    return next(act for button, act in offered[pressed.reference] if button.name == pressed.name)


def _line(person: Person, row: CaseRow, own: OwnCase) -> CaseLine:
    line = case_line(row, store.words(person), person)
    return replace(
        line,
        badges=(*line.badges, *_conditions(own)),
        facts=(*line.facts, Part(f"Quiet since {text.day(own.quiet_since)}")) if own.quiet_since else line.facts,
        note=f"You are covering for {own.covered_for}" if own.covered_for else "",
    )


def _conditions(own: OwnCase) -> Iterator[Badge]:
    """The crisis is a flag already."""
    for condition in sorted(own.conditions - {Condition.CRISIS}):
        yield Badge(text.condition_words(condition, own.days_without_news), text.condition_colour(condition))
