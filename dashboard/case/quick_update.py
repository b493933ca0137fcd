"""The one-minute update: three things, filled in from the last update, with every word kept while it is typed.

It is not an `st.form`, which would hold the words in the browser until they are sent. Here they reach the server at
each pause, which keeps them as a draft for this person and this case. It is a fragment, so that typing redraws nothing
else.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

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

NAME = "quick"
PAUSE = "400ms"
NO_CHANGE, OVER = "no_change", "quick_over_the_page"
OPEN, DRAWN, HELD, BEGUN = "quick_open", "quick_drawn_with_the_page", "drafts_held", "drafts_begun_with"


class DraftForm(Form):
    """A form whose lines are kept as they are typed, and come back wherever this person signs in."""

    _button: ClassVar[Callable[..., bool]] = staticmethod(st.button)

    def __init__(self, name: str, *, person: Person, case: OwnCase) -> None:
        super().__init__(f"{name}_{case.reference}", case=case)
        self._person, self._reference, self._draft = person, case.reference, name
        self._typed: dict[str, str] = {}
        # By form: whose it is, what the server keeps of it, and when it was typed, if in an earlier session.
        self._all: dict[str, tuple[int, dict[str, str], datetime | None]] = st.session_state.setdefault(HELD, {})
        self._looked = False

    def line(self, field: str, label: str, *, value: str = "", required: bool = False, **shown: Any) -> str:
        """One line of text, which begins with what was typed before and not saved."""
        key = f"{self.key}_{field}"
        begun: dict[str, str] = st.session_state.setdefault(BEGUN, {})
        if key not in st.session_state or key not in begun:
            begun[key] = self._found().get(field, value)
        # Passed as the field's first value, which is sent at every redrawing. A value put into the session is sent
        # once: if the connection drops just then, the browser shows an empty field and reports it as empty.
        got = st.text_input(self._label(label, required), begun[key], key=key, live=PAUSE, max_chars=500, **shown) or ""
        typed_words.note(key)
        self._slot(field)
        if got != value:
            self._typed[field] = got
        return got

    def _found(self) -> dict[str, str]:
        if not self._looked:
            draft = store.kept_draft(self._person, self._reference, self._draft)
            typed, at = (draft.typed, draft.saved_at) if draft else ({}, None)
            self._all[self.key], self._looked = (self._person.id, typed, at), True
        return self._all[self.key][1]

    def has_words(self, **begun: str) -> bool:
        """Whether its lines say anything else than they began with, or did and are kept, as far as this session
        knows."""
        owner, kept, _ = self._all.get(self.key, (0, {}, None))
        kept = kept if owner == self._person.id else {}
        return any(
            st.session_state.get(f"{self.key}_{field}", kept.get(field, value)) != value
            for field, value in begun.items()
        )

    def keep(self) -> None:
        """Keeps what differs from how the form began, unless the server already has it."""
        owner, kept, at = self._all.get(self.key, (self._person.id, {}, None))
        if owner == self._person.id and kept == self._typed:
            return
        if not store.keep_draft(self._person, self._reference, self._draft, self._typed):
            # The session has ended or the case is out of reach, which the whole page must say.
            st.rerun()
        self._all[self.key] = (self._person.id, dict(self._typed), at)

    def say_what_was_found(self) -> None:
        """Says that these words are from an earlier session, and offers to clear them."""
        at = self._all.get(self.key, (0, {}, None))[2]
        if at is None:
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f":material/history: What you typed on {text.moment(at)} is back here, not saved yet.")
            if st.button("Clear it", key=f"{self.key}_clear", type="tertiary"):
                store.keep_draft(self._person, self._reference, self._draft, {})
                self.empty("Cleared.")
                st.rerun()


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
    opened: set[str] = st.session_state.setdefault(OPEN, set())
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
        _no_change_button(no_change, person, case)
    version = seen_version(no_change, case)
    if no_change.submitted:
        _note_no_change(no_change, person, case, version)
    if reference in opened:
        _update(person, case)


def _person_and_case(reference: str) -> tuple[Person | None, OwnCase | None]:
    with_the_page = reference in st.session_state[DRAWN]
    st.session_state[DRAWN].discard(reference)
    # When the whole page is drawn, `app.py` has just checked the session.
    person = auth.current() if with_the_page else auth.resume()
    case = store.own_case(person, reference) if person else None
    if case is None and not with_the_page:
        # They are signed out or no longer on the case, which the whole page must say.
        st.rerun()
    return person, case


def mark(reference: str) -> tuple[str, str]:
    """What a line about this case is known by once “No change” was tapped on it."""
    return NO_CHANGE, reference


def has_words(person: Person, reference: str) -> bool:
    """Whether something is typed for this case and not saved, so that “No change” would not be true."""
    case = store.own_case(person, reference)
    if case is None:
        return False
    planned = case.next_action.text if case.next_action else ""
    return DraftForm(NAME, person=person, case=case).has_words(what_changed="", next_action=planned)


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


def _no_change_button(form: Form, person: Person, case: OwnCase) -> None:
    """Away once anything is typed, as both can't be true. Once tapped it stays where it was, with Undo beside it."""
    was_tapped = one_tap.tapped(mark(case.reference))
    if not was_tapped and has_words(person, case.reference):
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
    opened: set[str] = st.session_state.setdefault(OPEN, set())
    opened ^= {reference}


def _note_no_change(form: Form, person: Person, case: OwnCase, version: int) -> None:
    said = f"No change, on {case.reference}. Thank you for checking. Undo is on its line."
    if form.save(note_no_change, said, seen_version=version, redraw=False):
        one_tap.keep(mark(case.reference), one_tap.Tap(case.reference, undo_no_change, {"entry_id": form.result}))
        st.rerun()
    if isinstance(form.refusal, Stale):
        same = {"what_changed": "No change.", "next_action": case.next_action.text if case.next_action else ""}
        both_versions(form, person, case, same, press="No change")


def _update(person: Person, case: OwnCase) -> None:
    form = DraftForm(NAME, person=person, case=case)
    now = case.next_action
    with st.container(border=True, width=forms.FORM_WIDTH, key=f"box_{form.key}"):
        version = seen_version(form, case)
        text = form.line("what_changed", "What changed", placeholder="One sentence", help=forms.NO_PATIENTS)
        contact = form.buttons("contact", "Contact", CONTACTS, default=Contact.NONE)
        action = form.line(
            "next_action", "Next action", value=now.text if now else "", required=True, help=CHANGED_WORDS
        )
        due = form.day("action_due_on", "Due", required=True, value=next_due(now), least=clock.today())
        form.submit("Save update")
        form.say_what_was_found()
        if not form.submitted:
            form.keep()
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
        "drafted_in": NAME,
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
    form.keep()
