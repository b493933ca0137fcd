"""The one-minute update: three things, filled in from the last update. It is a fragment, so that typing redraws nothing
else."""

import streamlit as st

from dashboard import auth, store
from dashboard.case.status_update import CHANGED_WORDS, CONTACTS, both_versions, next_due, seen_version
from dashboard.ui import forms, one_tap, text, typed_words
from dashboard.ui.forms import Form
from db import clock
from db.choices import Contact, Wellbeing
from db.commands.undo import undo_no_change
from db.commands.update_status import note_no_change, update_status
from db.errors import Stale
from db.queries.my_cases import OwnCase
from db.queries.session import Person

NO_CHANGE, OVER = "no_change", "quick_over_the_page"
OPEN, FOLDED, DRAWN = "quick_open", "quick_folded_away", "quick_drawn_with_the_page"


def offer(reference: str) -> None:
    """On the card of one of the person's cases: a button that opens the form, and “No change” in one tap."""
    drawn: set[str] = st.session_state.setdefault(DRAWN, set())
    drawn.add(reference)
    with st.container(key=f"quick_card_{reference}"):
        _offer(reference)


@st.fragment
def _offer(reference: str) -> None:
    person, case = _person_and_case(reference)
    if person is None or case is None:
        return
    # Close enough to fit side by side on a phone.
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.button(
            "One-minute update",
            key=f"quick_open_{reference}",
            icon=":material/edit_note:",
            on_click=_turn,
            args=(reference,),
        )
        no_change = Form(f"no_change_{reference}", case=case)
        _no_change_button(no_change, case)
    version = seen_version(no_change, case)
    if no_change.submitted:
        _note_no_change(no_change, person, case, version)
    if _is_open(reference):
        _update(person, case)


def form_name(reference: str) -> str:
    return f"quick_{reference}"


def _is_open(reference: str) -> bool:
    """Once it was opened, and where words that are not saved wait in it, until it is folded away."""
    if reference in st.session_state.setdefault(OPEN, set()):
        return True
    folded: set[str] = st.session_state.setdefault(FOLDED, set())
    return reference not in folded and typed_words.has_words(form_name(reference), reference)


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


def no_change(person: Person, reference: str) -> None:
    """“No change” of a list that draws its own buttons."""
    case = store.own_case(person, reference)
    if case is None:
        st.rerun()
    form = Form(f"no_change_{reference}", case=case)
    form.submitted = True
    _note_no_change(form, person, case, seen_version(form, case))


def open_over_the_page(reference: str) -> None:
    st.session_state[OVER] = reference
    st.rerun()


def over_the_page() -> None:
    """The update that was opened from a list, over it, so that no line moves."""
    if reference := st.session_state.get(OVER):
        drawn: set[str] = st.session_state.setdefault(DRAWN, set())
        drawn.add(reference)
        _dialog(reference)


def _dismiss() -> None:
    st.session_state.pop(OVER, None)


@st.dialog("One-minute update", on_dismiss=_dismiss)
def _dialog(reference: str) -> None:
    person, case = _person_and_case(reference)
    if person is not None and case is not None:
        st.markdown(f"**{case.reference}** · {case.stage.label}")
        _update(person, case)


def _no_change_button(form: Form, case: OwnCase) -> None:
    """Away once anything is typed, as both can't be true. Once tapped it stays where it was, with Undo beside it."""
    was_tapped = one_tap.tapped(mark(case.reference))
    if not was_tapped and has_words(case.reference):
        return
    pressed = st.button(
        f"No change{text.unseen(f' on {case.reference}')}",
        # The same before and after, so that the second of two taps finds it greyed.
        key=f"no_change_{case.reference}",
        icon=":material/check:",
        help="Records that you checked and nothing is new. It doesn’t count as contact or as news of the case.",
        disabled=was_tapped,
    )
    if was_tapped:
        one_tap.undo_button(mark(case.reference))
    else:
        form.submitted = pressed and one_tap.is_steady()


def _turn(reference: str) -> None:
    was_open = _is_open(reference)
    opened, folded = st.session_state[OPEN], st.session_state.setdefault(FOLDED, set())
    (opened.discard if was_open else opened.add)(reference)
    (folded.add if was_open else folded.discard)(reference)


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
        version = seen_version(form, case)
        text = form.text("what_changed", "What changed", placeholder="One sentence", help=forms.NO_PATIENTS)
        contact = form.buttons("contact", "Contact", CONTACTS, default=Contact.NONE)
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
        "wellbeing": Wellbeing.NOT_ASKED,
        "next_action": action,
        "action_owner_id": owner,
        "action_due_on": due,
    }
    said = f"Saved for {case.reference}. Thank you."
    if form.save(update_status, said, seen_version=version, redraw=False, **fields):
        opened: set[str] = st.session_state.setdefault(OPEN, set())
        opened.discard(case.reference)
        _dismiss()
        one_tap.moved()
        st.rerun()
    if isinstance(form.refusal, Stale):
        both_versions(form, person, case, fields, press="Save update")
