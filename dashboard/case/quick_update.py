"""The one-minute update: a few things, filled in from the last update, over the list that it was opened from."""

from collections.abc import Callable, Iterator
from functools import partial

import streamlit as st

from dashboard import auth, store
from dashboard.case import danger_question
from dashboard.case.status_update import CHANGED_WORDS, CONTACTS, both_versions, next_due, seen_version
from dashboard.ui import forms, one_tap, typed_words
from dashboard.ui.case_list import Button
from dashboard.ui.fields import NO_PATIENTS
from dashboard.ui.forms import Form
from db import clock
from db.choices import Contact, Wellbeing
from db.commands.undo import undo_no_change
from db.commands.update_status import note_no_change, update_status
from db.errors import Stale
from db.queries.my_cases import OwnCase
from db.queries.session import Person

Act = Callable[[], object]
FORM, NO_CHANGE = "quick", "no_change"
OVER, PUT_AWAY, DRAWN = "quick_over_the_page", "quick_put_away", "quick_drawn_with_the_page"


def update_button(reference: str, words: str = "Update") -> tuple[Button, Act]:
    words, label = (
        ("Finish your update", "Finish your update") if has_words(reference) else (words, "One-minute update")
    )
    return Button("update", words, f"{label} on {reference}"), partial(open_over_the_page, reference)


def buttons(person: Person, reference: str, version: int, words: str = "Update") -> Iterator[tuple[Button, Act]]:
    """“Update” and “No change” on a case that is shown in this version. Undo comes before what it undoes, which keeps
    its place at the edge."""
    on, done = f"on {reference}", one_tap.tapped(mark(reference))
    if done:
        yield Button("undo", "Undo", f"Undo No change {on}"), partial(one_tap.undo, mark(reference))
    yield update_button(reference, words)
    # Away once anything is typed, as both can't be true.
    if done or not has_words(reference):
        # Undo raises the version too, and is no change by somebody else: what may come after it is seen after it.
        seen = version if done else seen_version(Form(f"no_change_{reference}"), reference, version)
        act = partial(one_tap.steady, partial(_no_change, person, reference, seen))
        yield Button("no-change", "No change", f"No change {on}", is_spent=done), act


def form_name(reference: str) -> str:
    return f"{FORM}_{reference}"


def _person_and_case(reference: str) -> tuple[Person | None, OwnCase | None]:
    with_the_page = reference in st.session_state[DRAWN]
    st.session_state[DRAWN].discard(reference)
    # When the whole page is drawn, `app.py` has just checked the session.
    person = auth.current() if with_the_page else auth.resume()
    case = store.own_case(person, reference) if person else None
    if person:
        typed_words.keep_what_came(person)
    if case is None and not with_the_page:
        # They are signed out or no longer on the case, which the whole page must say.
        st.rerun()
    return person, case


def mark(reference: str) -> tuple[str, str]:
    """What a line about this case is known by once “No change” was tapped on it."""
    return NO_CHANGE, reference


def has_words(reference: str) -> bool:
    """Whether something is typed for this case and not saved, so that “No change” would not be true."""
    return typed_words.has_words(form_name(reference), reference)


def _no_change(person: Person, reference: str, seen: int) -> None:
    case = store.own_case(person, reference)
    if case is None:
        st.rerun()
    form = Form(f"no_change_{reference}", case=case)
    form.submitted = True
    _note_no_change(form, person, case, seen)


def open_over_the_page(reference: str) -> None:
    st.session_state[OVER] = reference
    st.rerun()


def open_what_waits(person: Person) -> None:
    """Opens the first update that was typed on an earlier visit and not saved, so that nobody has to look for it."""
    put_away: set[str] = st.session_state.get(PUT_AWAY, set())
    waits = (each for each in typed_words.back_on(person, FORM) if each not in put_away)
    reference = next((each for each in waits if store.own_case(person, each)), None)
    if reference and OVER not in st.session_state:
        st.session_state[OVER] = reference


def over_the_page() -> None:
    """The update that was opened from a list, over it, so that no line moves."""
    if reference := st.session_state.get(OVER):
        drawn: set[str] = st.session_state.setdefault(DRAWN, set())
        drawn.add(reference)
        _dialog(reference)


def _dismiss() -> None:
    put_away: set[str] = st.session_state.setdefault(PUT_AWAY, set())
    put_away.add(st.session_state.pop(OVER, ""))


@st.dialog("One-minute update", on_dismiss=_dismiss)
def _dialog(reference: str) -> None:
    person, case = _person_and_case(reference)
    if person is not None and case is not None:
        st.markdown(f"**{case.reference}** · {case.stage.label}")
        _update(person, case)


def _note_no_change(form: Form, person: Person, case: OwnCase, version: int) -> None:
    said = f"No change, on {case.reference}. Thank you for checking. Undo is on its line."
    if form.save(note_no_change, said, seen_version=version, redraw=False):
        one_tap.keep(mark(case.reference), one_tap.Tap(case.reference, undo_no_change, {"entry_id": form.result}))
        st.rerun()
    if isinstance(form.refusal, Stale):
        same = {"what_changed": "No change.", "next_action": case.next_action.text if case.next_action else ""}
        both_versions(form, person, case, same, press="No change")


def _update(person: Person, case: OwnCase) -> None:
    now = case.next_action
    with forms.form(form_name(case.reference), case=case, live=True) as form:
        version = seen_version(form, case.reference, case.version)
        text = form.text("what_changed", "What changed", placeholder="One sentence", help=NO_PATIENTS)
        contact = form.buttons("contact", "Contact", CONTACTS, default=Contact.NONE)
        wellbeing = form.buttons("wellbeing", "How is the doctor?", Wellbeing, default=Wellbeing.NOT_ASKED)
        danger = danger_question.ask(form, person, case.flags, case.nation, wellbeing)
        action = form.text(
            "next_action", "Next action", value=now.text if now else "", required=True, help=CHANGED_WORDS
        )
        due = form.day("action_due_on", "Due", required=True, value=next_due(now), least=clock.today())
        form.submit("Save update")
    if not form.submitted:
        return
    owner = now.owner_id if now and now.owner_id in store.caseworkers(person) else person.id
    fields = {
        "what_changed": text,
        "contact": contact,
        "wellbeing": wellbeing,
        "next_action": action,
        "action_owner_id": owner,
        "action_due_on": due,
    } | danger
    said = f"Saved for {case.reference}. Thank you."
    if form.save(update_status, said, seen_version=version, redraw=False, **fields):
        _dismiss()
        one_tap.moved()
        st.rerun()
    if isinstance(form.refusal, Stale):
        both_versions(form, person, case, fields, press="Save update")
