"""Work on several cases of the queue at once: selected in the table or by reference, with an outcome for each."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import store
from dashboard.store import Outcome
from dashboard.ui import forms, text
from dashboard.ui.forms import Form
from db import clock
from db.choices import AssignmentRole
from db.commands.assignments import offer_case
from db.commands.flags import raise_flag
from db.commands.requests import ask_update, mark_for_meeting
from db.queries.session import Person
from db.rules.words import many

SELECTING, SELECTED, ROUND = "queue_selecting", "queue_selected", "queue_select_round"
RESULTS, LEFT = "bulk_results", "bulk_left"
OFFER, ASK, FLAG, MEET = "Offer to a volunteer", "Ask for an update", "Raise a flag", "Mark for the next meeting"


def is_selecting() -> bool:
    """Draws the switch. While it is off, the table costs nothing extra."""
    return st.toggle(
        "Select several", key=SELECTING, help=f"Then tick rows or choose references, up to {store.MOST_CASES}."
    )


def selection_of(rows: pd.DataFrame) -> dict[str, Any]:
    """What the table needs for rows to be ticked: those already selected stay selected from page to page."""
    references = list(rows["reference"])
    chosen = set(_selected())
    key = f"queue_rows_{st.session_state.get(ROUND, 0)}_{hash(tuple(references))}"
    return {
        "key": key,
        "on_select": lambda: _ticked(key, references),
        "selection_mode": "multi-row",
        "selection_default": {
            "selection": {"rows": [place for place, each in enumerate(references) if each in chosen]}
        },
    }


def _selected() -> list[str]:
    if LEFT in st.session_state:
        st.session_state[SELECTED] = st.session_state.pop(LEFT)
    return list(st.session_state.get(SELECTED, []))


def _ticked(key: str, references: list[str]) -> None:
    places = st.session_state[key].selection.rows
    elsewhere = [each for each in _selected() if each not in references]
    st.session_state[SELECTED] = elsewhere + [references[place] for place in places if place < len(references)]


def _typed() -> None:
    # Redraws the table, with the cases chosen by reference ticked.
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1


def bar(person: Person, rows: pd.DataFrame) -> None:
    """What is selected, and what to do with it."""
    options = list(dict.fromkeys([*_selected(), *rows["reference"]]))
    st.session_state[SELECTED] = _selected()
    chosen = st.multiselect("Cases selected", options, key=SELECTED, on_change=_typed, placeholder="None yet")
    offered = [OFFER, ASK, FLAG, MEET] if person.is_lead else [FLAG, MEET]
    what = st.pills("Do with them", offered, key="bulk_what", format_func=text.one_of)
    if what:
        _FORMS[what](person, chosen)


def results() -> None:
    """What became of each case the last time, until it is closed."""
    told: tuple[str, list[Outcome]] | None = st.session_state.get(RESULTS)
    if told is None:
        return
    what, outcomes = told
    done = sum(outcome.done for outcome in outcomes)
    with st.container(border=True):
        st.markdown(f"**{what}: {done} of {len(outcomes)} done**")
        frame = pd.DataFrame(
            [(o.reference, "Done" if o.done else "Refused", "" if o.done else o.said) for o in outcomes],
            columns=["Case", "Result", "Why"],
        )
        st.dataframe(frame, hide_index=True, height="content", alt="What became of each case")
        if st.button("Close", key="bulk_put_away"):
            del st.session_state[RESULTS]
            st.rerun()


def _offer(person: Person, chosen: list[str]) -> None:
    with forms.form("bulk_offer") as form:
        people = store.caseworkers(person)
        who = form.choice("volunteer_id", "Volunteer", people, words=people.get, required=True)
        role = form.choice("role", "As", list(AssignmentRole), required=True, index=0)
        reason = form.text("reason", "Reason", required=True)
        form.submit(f"Offer {many(len(chosen), 'case')}")
    _run(form, chosen, OFFER, offer_case, volunteer_id=who or 0, role=role, reason=reason)


def _ask(_person: Person, chosen: list[str]) -> None:
    with forms.form("bulk_ask") as form:
        st.caption("Each case lead sees this on Home until the case has its next update.")
        note = form.text("note", "What you would like to know", most=300)
        form.submit(f"Ask about {many(len(chosen), 'case')}")
    _run(form, chosen, ASK, ask_update, note=note)


def _flag(person: Person, chosen: list[str]) -> None:
    terms = store.words(person).terms["flag"]
    with forms.form("bulk_flag") as form:
        code = form.choice("code", "Flag", terms, words=terms.get, required=True)
        why = form.text("why", "Why", required=True)
        soon = clock.today() + timedelta(days=7)
        review_on = form.day("review_on", "Review on", required=True, value=soon, least=clock.today())
        form.submit(f"Raise it on {many(len(chosen), 'case')}")
    _run(form, chosen, FLAG, raise_flag, code=code or "", why=why, review_on=review_on)


def _meet(_person: Person, chosen: list[str]) -> None:
    with forms.form("bulk_meet") as form:
        why = form.text("why", "Why", required=True, most=300)
        form.submit(f"Mark {many(len(chosen), 'case')}")
    _run(form, chosen, MEET, mark_for_meeting, why=why)


_FORMS = {OFFER: _offer, ASK: _ask, FLAG: _flag, MEET: _meet}


def _run(form: Form, chosen: list[str], what: str, command: Callable[..., Any], **fields: Any) -> None:
    def said(outcomes: list[Outcome]) -> str:
        done = sum(each.done for each in outcomes)
        return f"{what}: {done} of {len(outcomes)} done." if done else ""

    if form.save_each(command, chosen, said, **fields):
        st.session_state[RESULTS] = (what, form.result)
        # What was refused stays selected, so that it can be looked at or tried another way.
        st.session_state[LEFT] = [each.reference for each in form.result if not each.done]
        _typed()
        st.rerun()
