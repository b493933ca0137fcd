"""Forms that lose nothing: errors beside their fields, input kept on refusal, empty after saving, saved once.

A form's widgets are keyed by the form's name and a count that rises with each save. The name includes what the form is
about, such as a case's reference or the id of a row (the browser gets a public id instead). So a saved form comes back
empty, a refused one comes back as it was, and nothing typed for one case can appear on another.
"""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from time import monotonic
from typing import Any, Literal, Protocol

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.errors import StreamlitAPIException

from dashboard import auth, store
from dashboard.store import SavedDraft
from dashboard.ui import password_again, text, typed_words
from dashboard.ui.fields import REFUSED_AS, FieldsOfForm
from dashboard.ui.keeper import keeper
from dashboard.ui.keeper.keeper import FieldError
from dashboard.ui.text import sentence
from db import clock
from db.commands.used_tokens import Drawn
from db.errors import AlreadySaved, CommandRefused, Invalid, NotNow, PersonalData, ProofNeeded, Stale
from db.queries.session import Person
from db.rules.words import many, noun

FORM_WIDTH = 760
SAID, OWN_WRITE = "said", "own_write"
# Seconds for which each run says it again: a page drawn anew before the browser has shown a toast takes it away. Less
# than the four that a toast stands, as one that stands is not shown a second time.
SAYS_AGAIN = 3.0
# Seconds: a run that begins again does so at once.
PRESS_LASTS = 5.0
# How often each form was emptied.
EMPTIED = "forms_emptied"
# For how long an empty form says when it was saved.
SAID_FOR = timedelta(minutes=10)
MOST_QUOTED = 80
ASKED = "Sent to a second lead. Nothing changes until they agree."

# What a command is given, by the names of its parameters: of as many types as commands take.
Fields = dict[str, Any]
# Words, or a function that makes them from what the command returned.
Said = str | Callable[[Any], str]


class AboutCase(Protocol):
    @property
    def reference(self) -> str: ...

    @property
    def version(self) -> int: ...


class Form(FieldsOfForm):
    """One form: fields, a place for an error under each, and one way to save."""

    def __init__(
        self,
        name: str,
        *,
        case: AboutCase | None = None,
        kept: bool = True,
        live: bool = False,
        warned: bool = True,
    ) -> None:
        person: Person | None = st.session_state.get(auth.PERSON)
        key, self._after = _drawn_as(name, person)
        self._held = _held_forms().get(key)
        super().__init__(
            name,
            key,
            person=person,
            reference=case.reference if case else "",
            refused=_told(_refused_forms().get(key) or self._held),
            kept=kept,
            live=live,
            warned=warned,
        )
        self._case = case
        self.submitted = False
        # What the command returned, once saved; the caller knows its type.
        self.result: Any = None
        self.refusal: CommandRefused | None = None
        self._refusals = 0
        self._redact, self._keep_reason = False, ""

    def submit(self, label: str, *, main: bool = True) -> None:
        """The form's button; not `main` if it ends something or comes below another."""
        self.submit_one_of({"submit": label}, main="submit" if main else None)

    def submit_one_of(self, labels: Mapping[str, str], *, main: str | None = None) -> str | None:
        """Buttons in a row, by name. Returns the name of the one that was pressed."""
        self.keep()
        with st.container(horizontal=True, vertical_alignment="center"):
            buttons = [
                (name, self._button(name, label, main=name == main, notes_press=True)) for name, label in labels.items()
            ]
            if self._needs:
                st.caption("\\* required", width="content")
            self._say_what_is_kept()
        self.problems[""] = st.empty()
        # A press in the first run of a session, such as right after the server was restarted, is noted nowhere.
        pressed = self._take_press(labels) or next((name for name, is_pressed in buttons if is_pressed), None)
        again = password_again.is_sent_again(self.key)
        if self._held:
            again = self._redact_or_keep(self._held) or again
        if pressed is None and again:
            pressed = st.session_state.get(self._pressed_key, next(iter(labels)))
        self.submitted = pressed is not None
        if pressed is not None:
            st.session_state[self._pressed_key] = pressed
            _refused_forms().pop(self.key, None)
            st.session_state.get(REFUSED_AS, {}).pop(self.key, None)
        elif refusal := _refused_forms().get(self.key):
            # Until the next press, or each error would be gone as soon as one field is put right.
            self._show(refusal)
        return pressed

    def _button(
        self, name: str, label: str, *, main: bool = False, icon: str | None = None, notes_press: bool = False
    ) -> bool:
        kind: Literal["primary", "secondary"] = "primary" if main else "secondary"
        button = st.button if self.kept else st.form_submit_button
        note = partial(_note_press, self.key, name) if notes_press else None
        return bool(button(label, key=f"{self.key}_{name}", type=kind, icon=icon, on_click=note))

    def _take_press(self, labels: Mapping[str, str]) -> str | None:
        """Which button was pressed: in this run, or in one that ended before it came so far. Words that arrive just
        after a press make Streamlit begin the run again, and a press that only that run knew of would be lost."""
        name, at = st.session_state.get(typed_words.PRESSED, {}).pop(self.key, ("", 0.0))
        return name if name in labels and monotonic() - at < PRESS_LASTS else None

    def _say_what_is_kept(self) -> None:
        """In the row of the buttons, so that nothing moves below a thumb when it appears."""
        if not self._fields or self._person is None:
            return
        held = typed_words.held(self._person, self._place)
        save = store.saves(self._person).of(self.name)
        if held is not None:
            st.caption(f":material/history: {_when_kept(held)}", width="content")
            if held.is_back and st.button("Clear it", key=f"{self.key}_clear", type="tertiary"):
                typed_words.keep(self._person, self._place, {})
                self.empty("Cleared.")
                st.rerun()
        elif save is not None and save.at > clock.now() - SAID_FOR and not self._typed:
            st.caption(f":material/check_circle: Saved {text.clock_time(save.at)}", width="content")

    @property
    def _pressed_key(self) -> str:
        """The key that remembers which button was pressed, for a form that is sent again."""
        return f"{self.key}_pressed"

    def _redact_or_keep(self, held: PersonalData) -> bool:
        """Asks what to do about personal data, with all that was typed kept. Returns whether it was answered."""
        self.refuse(held)
        redact = self._button("redact", "Redact it and save", icon=":material/ink_eraser:")
        reason = st.text_input("Or why it must stay (logged with your name)", key=f"{self.key}_keep", max_chars=300)
        keep = self._button("keep_it", "Keep it and save")
        self._redact, self._keep_reason = redact, (reason or "") if keep else ""
        return redact or keep

    def has(self, **days: date | None) -> bool:
        """Whether the form was sent with all these days; says so beside each that is missing."""
        empty = [field for field, day in days.items() if day is None]
        if self.submitted and empty:
            self.refuse(Invalid(dict.fromkeys(empty, "Please choose a day.")))
        return self.submitted and not empty

    def save(self, command: Callable[..., Any], said: Said, *, redraw: bool = True, **fields: Any) -> bool:
        """Runs the command if the form was sent, once for the form as it was drawn. Returns whether it was saved.

        A saved form comes back empty and the page is redrawn, unless the caller has more to do first (`redraw`);
        `result` has what the command returned. A refused form keeps all that was typed; `refusal` says why.
        """
        about: dict[str, Any] = {"reference": self._case.reference} if self._case else {}
        write = functools.partial(store.write, auth.current(), command, draft=self._draft(), **about, **fields)
        return self._try(write, said, redraw=redraw)

    def save_each(self, command: Callable[..., Any], references: Sequence[str], said: Said, **fields: Any) -> bool:
        """The same for several cases; `result` has the outcome of each. The form is not emptied if `said` is empty."""
        draft = self._draft()
        write = functools.partial(store.write_each, auth.current(), command, references, **fields)
        saved = self._try(write, said, redraw=False)
        if saved and said and draft:
            store.keep_draft(auth.current(), *self._place, {})
        return saved

    def _draft(self) -> SavedDraft | None:
        held = typed_words.held(self._person, self._place) if self._fields and self._person else None
        return SavedDraft(*self._place, kept_at=held.at) if held and held.at else None

    def _drawn(self) -> Drawn:
        # Who sends an untouched form with fields once more has not seen that it was saved.
        sent_twice = bool(self._fields) and not self._typed
        answered = store.answered_saves(own=not sent_twice)
        return Drawn(self.name, after=self._after, touched=bool(self._typed), answered=answered)

    def _try(self, write: Callable[..., Any], said: Said, *, redraw: bool) -> bool:
        if not self.submitted:
            return False
        try:
            self.result = write(once=self.key, drawn=self._drawn(), redact=self._redact, keep_reason=self._keep_reason)
        except PersonalData as found:
            # Redrawn with two more ways to save it.
            _held_forms()[self.key] = found
            st.rerun()
        except AlreadySaved as refusal:
            self._already(refusal)
            return False
        except NotNow as refusal:
            _refused_forms()[self.key] = refusal
            _draw_again()
        except CommandRefused as refusal:
            self.refuse(refusal)
            return False
        if self._case:
            # Otherwise other forms of this case would take it for a change by somebody else.
            st.session_state[OWN_WRITE] = (self._case.reference, self._case.version)
        if words := said(self.result) if callable(said) else said:
            self.empty(words)
            keeper.tell(words, ok=True)
        if redraw:
            st.rerun()
        return True

    def _already(self, refusal: AlreadySaved) -> None:
        """The answer of an earlier save was lost. Says so, with what was saved; or, if this says something else, keeps
        it for another press."""
        _pins()[self._pin] = (self.key, refusal.save)
        self._after = refusal.save
        if not refusal.is_same:
            self.refuse(refusal)
            return
        words = next((value for value in self._typed.values() if isinstance(value, str)), "")
        if self._person:
            typed_words.keep(self._person, self._place, {})
        self.empty(f"{refusal.message} {_quoted(words)}".strip())
        st.rerun()

    def empty(self, said: str) -> None:
        """Forgets what was typed, and says what happened once the page is redrawn."""
        saves = st.session_state.setdefault(EMPTIED, {})
        saves[self.name] = saves.get(self.name, 0) + 1
        _pins().pop(self._pin, None)
        _held_forms().pop(self.key, None)
        _refused_forms().pop(self.key, None)
        st.session_state.pop(self._pressed_key, None)
        typed_words.unnote(self.key)
        if self._person:
            typed_words.forget(self._person, self._place)
        say(said)

    @property
    def _pin(self) -> tuple[int, str]:
        return (self._person.id if self._person else 0, self.name)

    def refuse(self, refusal: CommandRefused) -> None:
        """Puts each sentence beside its field, or under the button, and says so until the next press."""
        if isinstance(refusal, ProofNeeded):
            password_again.ask(self.key)
        elif not isinstance(refusal, PersonalData):
            _refused_forms()[self.key] = refusal
            told = _told(refusal)
            if not self._folded.isdisjoint(told) or any(self.problems.get(field, self) is None for field in told):
                self._refused_as()
                _draw_again()
        self._show(refusal)

    def _show(self, refusal: CommandRefused) -> None:
        self.refusal = refusal
        told = _told(refusal)
        if "" not in self.problems:
            self.problems[""] = st.empty()
        # In the order of the page, whatever the order of the checks.
        marked = {field: told[field] for field in self.problems if field and field in told}
        self._refusals += 1
        for field, said in marked.items():
            self._problem(field).error(sentence(said), icon=":material/error:")
        last = self._problem("")
        if elsewhere := [sentence(said) for field, said in told.items() if field not in marked]:
            last.error("  \n".join(elsewhere), icon=":material/error:")
        elif not isinstance(refusal, Stale):
            where = noun(len(marked), "marked above", "each marked above")
            last.caption(f":material/info: Not saved: {many(len(marked), 'answer')} needed, {where}.")
            if len(marked) > 1:
                last.markdown("  \n".join(map(self._link_to, marked)))
        with last:
            # Told apart from the same refusal drawn again, which moves no focus.
            errors = [FieldError(self._widget(field), self._problem_key(field)) for field in (*marked, "")]
            keeper.refused(errors, self._refused_as())

    def _refused_as(self) -> str:
        names: dict[str, str] = st.session_state.setdefault(REFUSED_AS, {})
        return names.setdefault(self.key, keeper.new_id())

    def _widget(self, field: str) -> str:
        return f"{self.key}_{self._named.get(field, field)}"

    def _link_to(self, field: str) -> str:
        """A link that the script follows to the field."""
        label = self._labels.get(self._named.get(field, field), field)
        return f"[{sentence(label)}](#st-key-{self._widget(field)})"

    def _problem(self, field: str) -> DeltaGenerator:
        place = self.problems[field]
        assert place is not None
        return place.container(key=self._problem_key(field))

    def _problem_key(self, field: str) -> str:
        """A form may be refused again while the page is drawn."""
        return f"{self.key}_{field}_error_{self._refusals}"


def _told(refusal: CommandRefused | None) -> Mapping[str, str]:
    """What is refused, by field."""
    if refusal is None:
        return {}
    return refusal.problems if isinstance(refusal, Invalid) else {refusal.field or "": refusal.message}


def _draw_again() -> None:
    """With places for what is refused: of what is over the page alone, where that is all that was drawn."""
    try:
        st.rerun(scope="fragment")
    except StreamlitAPIException:
        st.rerun()


def _note_press(key: str, name: str) -> None:
    st.session_state.setdefault(typed_words.PRESSED, {})[key] = (name, monotonic())


def pressed(name: str) -> Form:
    """A form without fields that has just been sent, for a button outside any form."""
    button = Form(name)
    button.submitted = True
    return button


def once_agreed(said: str, asked: str = ASKED) -> Said:
    """What to say after a command that returns whether it waits for a second lead."""
    return lambda waits: asked if waits else said


def _drawn_as(name: str, person: Person | None) -> tuple[str, int]:
    """The key of a form, and the newest save of it that is known. Both stay while somebody may be typing: the key is
    part of every widget's, and another save of the form makes it another form, in every tab and after a restart."""
    emptied = st.session_state.get(EMPTIED, {}).get(name, 0)
    if person is None:
        return f"{store.key(name)}_{emptied}", 0
    pin = (person.id, name)
    if pin not in _pins():
        save = store.saves(person).of(name)
        after = save.number if save else 0
        mark = store.public_id("drawn", f"{person.id} {name} {after}")[:6]
        _pins()[pin] = (f"{store.key(name)}_{mark}_{emptied}", after)
    return _pins()[pin]


def _pins() -> dict[tuple[int, str], tuple[str, int]]:
    pins: dict[tuple[int, str], tuple[str, int]] = st.session_state.setdefault(typed_words.PINNED, {})
    return pins


def _refused_forms() -> dict[str, CommandRefused]:
    refused: dict[str, CommandRefused] = st.session_state.setdefault("refused_forms", {})
    return refused


def _when_kept(held: typed_words.Held) -> str:
    if held.at is None:
        return "What you typed is back here, not saved yet."
    if held.is_back:
        return f"What you typed on {text.moment(held.at)} is back here, not saved yet."
    return f"Kept {text.clock_time(held.at)}, not saved yet"


def _quoted(words: str) -> str:
    short = words if len(words) <= MOST_QUOTED else f"{words[:MOST_QUOTED].rstrip()}…"
    return f"“{text.plain(short)}”" if short else ""


def _held_forms() -> dict[str, PersonalData]:
    held: dict[str, PersonalData] = st.session_state.setdefault("held_forms", {})
    return held


@contextmanager
def form(
    name: str,
    *,
    case: AboutCase | None = None,
    border: bool = True,
    kept: bool = True,
    live: bool = False,
    warned: bool = True,
) -> Iterator[Form]:
    """A form by name. The name must include what the form is about, such as the case's reference. With a `case`, the
    command is given its reference. `kept=False` for passwords and codes, which stay in the browser until they are sent.
    `live`: lines of text are sent at each pause, which only a fragment should ask for. `warned=False` where the page
    says itself that no patient may be named.
    """
    drawn = Form(name, case=case, kept=kept, live=live, warned=warned)
    if not drawn.kept:
        with st.form(drawn.key, border=border, enter_to_submit=False, width=FORM_WIDTH):
            yield drawn
        return
    with st.container(key=f"form_{drawn.key}", border=border, width=FORM_WIDTH):
        yield drawn
        drawn.keep()


def is_typed_in(name: str) -> bool:
    """Whether a form of this person's holds words that are not saved."""
    person = st.session_state.get(auth.PERSON)
    held = typed_words.held(person, typed_words.place_of(name, "")) if person else None
    return held is not None and bool(held.typed)


def say(said: str) -> None:
    """Says what happened, once the page is redrawn."""
    st.session_state[SAID] = (said, None)


def say_what_was_saved() -> None:
    """Shows the confirmation of the last save, after the page was redrawn."""
    said, since = st.session_state.get(SAID, ("", None))
    if not said:
        return
    now = monotonic()
    if since is not None and now - since > SAYS_AGAIN:
        st.session_state[SAID] = ("", None)
        return
    st.session_state[SAID] = (said, now if since is None else since)
    st.toast(said, icon=":material/check_circle:")
