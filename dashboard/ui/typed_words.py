"""What is typed and chosen in forms and not saved: kept on the server for whoever typed it, and shown to nobody else.

It reaches the server with each change, and comes back wherever this person signs in: after a reload, on another page
and back, after a lost line or a lost session. A session that has ended may not write, so what comes with its last run
stays in the memory of the tab until the same person is back.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import streamlit as st

from dashboard import auth, store
from db.case_reference import reference_in
from db.queries.session import Person
from db.rules.kept_values import Kept
from db.rules.limits import FORM_NAME_LENGTH

# What is kept; the fields as last drawn; what each began with; the key and the save under which each form was drawn.
HELD, DRAWN, BEGUN, PINNED = "drafts_held", "fields_drawn", "fields_begun_with", "forms_pinned"
# Presses that no run has acted on yet: {form: (button, when)}.
PRESSED = "pressed_in_a_form"
# What a session was still sent when it had ended.
LEFT, SAFE = "typed_and_kept", "words_are_safe"
# Whether words came with this run.
CAME = "words_came"
# Not a field: the folds that a form is in, from the outermost.
IN_FOLDS = ""
FOLDS_BEGAN = "folds_began"
FOLDS: ContextVar[tuple[str, ...]] = ContextVar("folds", default=())
# A case's reference, empty for none, and the form.
Place = tuple[str, str]


@dataclass(frozen=True)
class Held:
    """What is kept of a form. `is_back`: from an earlier visit. `at`: when it was kept, None if that is still to do."""

    typed: Mapping[str, Kept]
    at: datetime | None
    is_back: bool = False


@dataclass(frozen=True)
class Drawn:
    """A field as it was drawn: the key of its widget, what it is without anybody, and how its value is kept."""

    key: str
    default: object
    written: Callable[[Any], Kept]


@dataclass(frozen=True)
class DrawnForm:
    owner: int
    place: Place
    fields: Mapping[str, Drawn]
    folds: tuple[str, ...] = ()


def place_of(name: str, reference: str = "") -> Place:
    """Where a form is kept: with the case that it is about, so that whoever loses the case loses the draft too."""
    about = reference or reference_in(name)
    form = name.replace(about, "").replace("__", "_").strip("_") if about else name
    if len(form) > FORM_NAME_LENGTH:
        form = store.key(form)[-FORM_NAME_LENGTH:]
    return about, form


def held(person: Person, place: Place) -> Held | None:
    return _all(person).get(place)


@contextmanager
def folded_in(name: str) -> Iterator[None]:
    """Forms drawn here are folded away under this name: it is kept with their words, to begin open."""
    was = FOLDS.set((*FOLDS.get(), name))
    try:
        yield
    finally:
        FOLDS.reset(was)


def wait_in(fold: str) -> bool:
    """Whether unsaved words wait under this name."""
    person = st.session_state.get(auth.PERSON)
    return person is not None and any(fold in _folds(draft.typed) for draft in _all(person).values())


def _folds(typed: Mapping[str, Kept]) -> list[str]:
    folds = typed.get(IN_FOLDS)
    return folds if isinstance(folds, list) else []


def within(typed: Mapping[str, Kept], folds: tuple[str, ...]) -> dict[str, Kept]:
    """What is in a form, with where it is folded away."""
    return {**typed, IN_FOLDS: list(folds)} if typed and folds else dict(typed)


def has_words(name: str, reference: str = "") -> bool:
    """Whether the form has unsaved words, so that what folds it away should be open."""
    person = st.session_state.get(auth.PERSON)
    return person is not None and held(person, place_of(name, reference)) is not None


def back_on(person: Person, name: str) -> list[str]:
    """The cases on which this form, named without the reference, has unsaved words of an earlier visit."""
    return [reference for (reference, form), held in _all(person).items() if form == name and held.is_back]


def keep(person: Person, place: Place, typed: Mapping[str, Kept]) -> bool:
    """Keeps what is in a form, unless the server has it already. Not for a session that has ended, nor for a case that
    this person may no longer read."""
    was = held(person, place)
    if was is not None and was.at is not None and was.typed == typed:
        return True
    if was is None and not typed:
        return True
    kept = store.keep_draft(person, *place, typed)
    store.let_go(person.id, place)
    if kept.at is None:
        _all(person).pop(place, None)
    else:
        _all(person)[place] = Held(dict(typed), kept.at)
    return kept.done


def forget(person: Person, place: Place) -> None:
    """Once it is saved: the draft is then deleted."""
    store.let_go(person.id, place)
    _all(person).pop(place, None)


def _all(person: Person) -> dict[Place, Held]:
    kept: dict[Place, Held]
    owner, kept = st.session_state.get(HELD, (None, {}))
    if owner != person.id:
        found = store.kept_drafts(person)
        kept = {place: Held(draft.typed, draft.saved_at, is_back=True) for place, draft in found.items()}
        st.session_state[HELD] = (person.id, kept)
    return kept


def note(form: str, drawn: DrawnForm) -> None:
    """What a form asks, for the values that come when it is drawn no more: with a click on the menu, on a tab, or after
    the session has ended."""
    st.session_state.setdefault(DRAWN, {})[form] = drawn


def unnote(form: str) -> None:
    st.session_state.get(DRAWN, {}).pop(form, None)


def _arrived() -> dict[Place, tuple[int, dict[str, Kept]]]:
    """What has come for the forms that were drawn last, as it would be kept, with its owner."""
    drawn: dict[str, DrawnForm] = st.session_state.get(DRAWN, {})
    owner, known = st.session_state.get(HELD, (None, {}))
    found = {}
    for form in drawn.values():
        was = known.get(form.place) if owner == form.owner else None
        typed = dict(was.typed) if was else {}
        for name, field in form.fields.items():
            if field.key not in st.session_state:
                continue
            value = st.session_state[field.key]
            typed.pop(name, None)
            if value != field.default:
                typed[name] = field.written(value)
        typed.pop(IN_FOLDS, None)
        typed = within(typed, form.folds)
        if typed != (dict(was.typed) if was else {}):
            found[form.place] = (form.owner, typed)
    return found


def keep_what_came(person: Person) -> bool:
    """First of all keeps what was sent, whatever is drawn next. Returns whether anything was."""
    came = {place: typed for place, (owner, typed) in _arrived().items() if owner == person.id}
    for place, typed in came.items():
        keep(person, place, typed)
    return bool(came)


def hold_what_came() -> None:
    """While nothing can be kept. Nothing else is done with what came: a press that could not be answered is over."""
    person, token = st.session_state.get(auth.PERSON), st.session_state.get(auth.TOKEN)
    if person and token:
        store.hold(person, token, {place: typed for place, (owner, typed) in _arrived().items() if owner == person.id})
    st.session_state.pop(PRESSED, None)


def begin(person: Person) -> None:
    """Before a run draws anything: where somebody has left the page, Streamlit ends their last run as it next draws."""
    st.session_state[CAME] = keep_what_came(person)


def on_page(page: str) -> None:
    """Before a page draws its forms."""
    st.session_state.pop(DRAWN, None)
    if st.session_state.get("page_was") != page:
        # Read again where they are next drawn: another tab or telephone may have typed on.
        for name in ("seen_versions", HELD, BEGUN, PINNED, FOLDS_BEGAN):
            st.session_state.pop(name, None)
    st.session_state["page_was"] = page


def came() -> bool:
    """Whether words came with this run: somebody is typing, and may have done nothing else."""
    return bool(st.session_state.get(CAME))


def session_ended() -> None:
    """For a session that ended while somebody was typing. What came with its last run is held for them."""
    left: dict[Place, tuple[int, dict[str, Kept]]] = st.session_state.setdefault(LEFT, {})
    left |= _arrived()
    st.session_state.pop(DRAWN, None)
    if left or st.session_state.get(HELD, (0, {}))[1]:
        st.session_state[SAFE] = True
    for name in (HELD, BEGUN, PINNED, PRESSED):
        st.session_state.pop(name, None)


def is_kept() -> bool:
    """Whether whoever was signed in here has unsaved words."""
    return SAFE in st.session_state


def give_back(person: Person) -> None:
    """Restores what came too late to be kept, to the same person only."""
    st.session_state.pop(SAFE, None)
    left: dict[Place, tuple[int, dict[str, Kept]]] = st.session_state.pop(LEFT, {})
    for place, (owner, typed) in left.items():
        if owner == person.id:
            _all(person)[place] = Held(typed, None, is_back=True)


store.first_of_all(hold_what_came)
