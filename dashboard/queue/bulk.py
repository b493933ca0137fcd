"""Work on several cases of the queue at once: those selected in the list, with an outcome for each."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

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

SELECTED, RESULTS, LEFT, BULK = "queue_selected", "bulk_results", "bulk_left", "bulk"
OFFER, ASK, FLAG, MEET = "Offer to a volunteer", "Ask for an update", "Raise a flag", "Mark for the next meeting"


def selected() -> list[str]:
    """The references selected, on this page of the queue and on others."""
    if LEFT in st.session_state:
        st.session_state[SELECTED] = st.session_state.pop(LEFT)
    return list(st.session_state.get(SELECTED, []))


def select_among(references: Sequence[str]) -> Callable[[list[str]], None]:
    """What the list calls when a row is selected or no longer: those selected on other pages stay selected."""

    def select(now: list[str]) -> None:
        elsewhere = [each for each in selected() if each not in references]
        st.session_state[SELECTED] = (elsewhere + now)[: store.MOST_CASES]

    return select


def _select_none() -> None:
    st.session_state[SELECTED] = []


def bar(person: Person) -> None:
    """At the foot of the window: how many are selected, and what to do with them."""
    chosen = selected()
    if not chosen:
        return
    offered = [OFFER, ASK, FLAG, MEET] if person.is_lead else [FLAG, MEET]
    with st.bottom, st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{many(len(chosen), 'case')} selected**", width="content")
        for what in offered:
            box = st.popover(what, key=f"{BULK}_{what}", on_change="rerun")
            if box.open:
                with box:
                    st.caption(", ".join(chosen))
                    _FORMS[what](person, chosen)
        st.button("Select none", key="queue_select_none", type="tertiary", on_click=_select_none)


def results() -> None:
    """What became of each case the last time, until it is closed."""
    told: tuple[str, list[Outcome]] | None = st.session_state.get(RESULTS)
    if told is None:
        return
    what, outcomes = told
    done = sum(outcome.done for outcome in outcomes)
    with st.container(border=True):
        st.markdown(f"**{what}: {done} of {len(outcomes)} done**")
        rows = [(o.reference, "Done" if o.done else "Refused", "" if o.done else text.plain(o.said)) for o in outcomes]
        st.table([dict(zip(("Case", "Result", "Why"), row, strict=True)) for row in rows], hide_index=True)
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
        # Before the form is emptied: a second tap may end this run at any word, and only a form that still holds
        # something is sent again.
        st.session_state[RESULTS] = (what, outcomes)
        done = sum(each.done for each in outcomes)
        return f"{what}: {done} of {len(outcomes)} done." if done else ""

    if form.save_each(command, chosen, said, **fields):
        # What was refused stays selected, so that it can be looked at or tried another way.
        st.session_state[LEFT] = [each.reference for each in form.result if not each.done]
        st.rerun()
