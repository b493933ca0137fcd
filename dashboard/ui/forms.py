"""Forms that lose nothing: errors beside their fields, input kept on refusal, empty after saving, saved once.

A form's widgets are keyed by the form's name and a count that rises with each save. The name includes what the form is
about, such as a case's reference or the id of a row (the browser gets a public id instead). So a saved form comes back
empty, a refused one comes back as it was, and nothing typed for one case can appear on another.
"""

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, time, timedelta
from functools import partial
from time import monotonic
from typing import Any, Literal, Protocol, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.errors import StreamlitAPIException

from dashboard import auth, store
from dashboard.store import SavedDraft
from dashboard.ui import folds, password_again, text, typed_words
from dashboard.ui.keeper import keeper
from dashboard.ui.keeper.keeper import FieldError
from dashboard.ui.options import Words, told_apart
from dashboard.ui.text import one_of, sentence
from db import clock
from db.choices import Choice
from db.commands.used_tokens import Drawn
from db.errors import AlreadySaved, CommandRefused, Invalid, NotNow, PersonalData, ProofNeeded, Stale
from db.queries.session import Person
from db.rules.kept_values import (
    Gone,
    Kept,
    a_choice,
    a_day,
    a_number,
    a_time,
    choice_in,
    choices_in,
    day_in,
    number_in,
    some_choices,
    text_in,
    tick_in,
    time_in,
)
from db.rules.personal_data import FREE_TEXT
from db.rules.words import many, noun

FORM_WIDTH, NUMBER_WIDTH = 760, 240
SAID, OWN_WRITE = "said", "own_write"
# Seconds: a run that begins again does so at once.
PRESS_LASTS = 5.0
# How often each form was emptied; what was chosen and is offered no more; forms that cannot be kept.
EMPTIED, GONE, LOST = "forms_emptied", "choices_gone", "forms_not_kept"
# What each refusal is known by, until the next press.
REFUSED_AS = "refused_as"
# For how long an empty form says when it was saved.
SAID_FOR = timedelta(minutes=10)
PAUSE = "400ms"
MOST_QUOTED = 80
ASKED = "Sent to a second lead. Nothing changes until they agree."
NO_PATIENTS = "No patient details. Write as if the doctor and the employer will read it."


T = TypeVar("T")
C = TypeVar("C", bound=Choice)
# What a command is given, by the names of its parameters: of as many types as commands take.
Fields = dict[str, Any]
# Words, or a function that makes them from what the command returned.
Said = str | Callable[[Any], str]


class AboutCase(Protocol):
    @property
    def reference(self) -> str: ...

    @property
    def version(self) -> int: ...


class Form:
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
        self.name = name
        self._live = live
        self._warned = warned
        self._person: Person | None = st.session_state.get(auth.PERSON)
        self.key, self._after = _drawn_as(name, self._person)
        self._place = typed_words.place_of(name, case.reference if case else "")
        self.kept = kept and self._person is not None
        # The place of each field for what is refused of it; none before anything was refused.
        self.problems: dict[str, DeltaGenerator | None] = {}
        self.submitted = False
        # What the command returned, once saved; the caller knows its type.
        self.result: Any = None
        self.refusal: CommandRefused | None = None
        self._case = case
        self._needs = False
        self._refusals = 0
        self._held = _held_forms().get(self.key)
        self._refused = _told(_refused_forms().get(self.key) or self._held)
        # Fields of folds that are closed.
        self._folded: set[str] = set()
        self._redact, self._keep_reason = False, ""
        # The labels of fields, and the names that some stand under.
        self._labels: dict[str, str] = {}
        self._named: dict[str, str] = {}
        self._fields: dict[str, typed_words.Drawn] = {}
        self._typed: dict[str, Kept] = {}

    def slot(self, field: str) -> None:
        """A place for what is refused of a field, under what was just drawn. Only a form that was refused has them: a
        place with nothing in it takes the browser time too."""
        self.problems[field] = st.empty() if self._refused else None

    def _slot(self, field: str) -> None:
        self.slot(field)
        gone = st.session_state.get(GONE, {}).get(f"{self.key}_{field}")
        if gone:
            said = f"You had chosen “{gone}”, which can’t be chosen any more. Please choose again."
            place = self.problems[field] = self.problems[field] or st.empty()
            place.warning(sentence(said), icon=":material/history:")

    def fold(self, label: str, draw: Callable[[], T], *, fields: Iterable[str], otherwise: T) -> T:
        """Fields that are mostly left as they are, drawn once somebody opens them. It opens by itself where one of them
        waits, filled in and not saved, or was refused. Until then the form takes `otherwise`."""
        name, named = folds.key(self.key, label), set(fields)
        held = typed_words.held(self._person, self._place) if self.kept and self._person else None
        waits = held is not None and not named.isdisjoint(held.typed)
        refusal = "" if named.isdisjoint(self._refused) else st.session_state.get(REFUSED_AS, {}).get(self.key, "")
        with folds.part(label, name, waits=waits, refusal=refusal) as part:
            if not part.is_open:
                self._folded |= named
            return draw() if part.is_drawn else otherwise

    def _label(self, field: str, label: str, required: bool) -> str:
        self._needs = self._needs or required
        self._labels[field] = label
        return f"{label} *" if required else label

    def _begin(self, field: str, default: T, found: Callable[[Kept], T]) -> T:
        """What a field begins with: what was typed and not saved, if it can still be chosen.

        It stays the same at every redrawing, which sends it again: what is put into the session is sent once, and if
        the connection drops just then, the browser shows an empty field and reports it as empty.
        """
        if not self.kept:
            return default
        key = f"{self.key}_{field}"
        begun: dict[str, tuple[T, T]] = st.session_state.setdefault(typed_words.BEGUN, {})
        if key not in begun or key not in st.session_state:
            begun[key] = (self._found(field, default, found), default)
        return begun[key][0]

    def _found(self, field: str, default: T, found: Callable[[Kept], T]) -> T:
        assert self._person is not None
        held = typed_words.held(self._person, self._place)
        if held is None or field not in held.typed:
            return default
        try:
            return found(held.typed[field])
        except Gone as gone:
            st.session_state.setdefault(GONE, {})[f"{self.key}_{field}"] = gone.words
            return default

    def _note(self, field: str, got: T, written: Callable[[T], Kept]) -> None:
        """Remembers what a field holds, if that is not what it holds without anybody."""
        if not self.kept:
            return
        key = f"{self.key}_{field}"
        begun, default = st.session_state[typed_words.BEGUN][key]
        self._fields[field] = typed_words.Drawn(key, default, written)
        if got != default:
            self._typed[field] = written(got)
        if got != begun:
            st.session_state.get(GONE, {}).pop(key, None)

    def keep(self) -> None:
        """Keeps what differs from how the form began, unless the server already has it."""
        lost: set[str] = st.session_state.setdefault(LOST, set())
        if not self._fields or self._person is None or self.key in lost:
            return
        folds = typed_words.FOLDS.get()
        typed_words.note(self.key, typed_words.DrawnForm(self._person.id, self._place, self._fields, folds))
        held = typed_words.held(self._person, self._place)
        # What was answered to a question that is not asked just now: it may be asked again.
        asked = {*self._fields, typed_words.IN_FOLDS}
        unasked = {field: value for field, value in held.typed.items() if field not in asked} if held else {}
        if typed_words.keep(self._person, self._place, typed_words.within(unasked | self._typed, folds)):
            return
        lost.add(self.key)
        if self._case:
            # The session has ended or the case is out of reach, which the whole page must say. What is offered to
            # somebody on a case that they may not read yet is answered all the same.
            st.rerun()

    def text(
        self,
        field: str,
        label: str,
        *,
        required: bool = False,
        value: str = "",
        help: str | None = None,
        placeholder: str | None = None,
        type: Literal["default", "password", "search"] = "default",
        most: int = 500,
    ) -> str:
        secret = type == "password"
        got = st.text_input(
            self._label(field, label, required),
            value if secret else self._begin(field, value, text_in),
            key=f"{self.key}_{field}",
            help=self._help(field, help),
            placeholder=placeholder,
            type=type,
            max_chars=most,
            live=PAUSE if self._live or type == "search" else False,
        )
        if not secret:
            self._note(field, got or "", str)
        self._slot(field)
        return got or ""

    def area(
        self,
        field: str,
        label: str,
        *,
        required: bool = False,
        value: str = "",
        help: str | None = None,
        placeholder: str | None = None,
        height: int | None = 100,
    ) -> str:
        got = st.text_area(
            self._label(field, label, required),
            self._begin(field, value, text_in),
            key=f"{self.key}_{field}",
            help=self._help(field, help),
            placeholder=placeholder,
            height=height,
            max_chars=10_000,
        )
        self._note(field, got or "", str)
        self._slot(field)
        return got or ""

    def _help(self, field: str, help: str | None) -> str | None:
        """With the warning, on every free-text field."""
        return " ".join(filter(None, (help, NO_PATIENTS if self._warned and field in FREE_TEXT else None))) or None

    def choice(
        self,
        field: str,
        label: str,
        options: Iterable[T],
        *,
        words: Callable[[T], str | None] | None = None,
        required: bool = False,
        index: int | None = None,
        help: str | None = None,
        placeholder: str = "Choose",
        more: Words[T] | None = None,
    ) -> T | None:
        """`more` tells options with the same words apart."""
        listed = list(options)
        said = told_apart(listed, _worded(words), more)
        default = listed[index] if index is not None and index < len(listed) else None
        first = self._begin(field, default, lambda kept: choice_in(kept, listed))
        got = st.selectbox(
            self._label(field, label, required),
            listed,
            index=None if first is None else listed.index(first) if first in listed else index,
            key=f"{self.key}_{field}",
            help=help,
            format_func=said,
            placeholder=placeholder,
        )
        self._note(field, got, lambda option: a_choice(option, said))
        self._slot(field)
        return got

    def several(
        self,
        field: str,
        label: str,
        options: Iterable[T],
        *,
        words: Callable[[T], str | None] | None = None,
        help: str | None = None,
        default: Iterable[T] = (),
    ) -> list[T]:
        listed = list(options)
        said = told_apart(listed, _worded(words))
        first = self._begin(field, list(default), lambda kept: self._still_offered(field, kept, listed))
        got = st.multiselect(
            self._label(field, label, False),
            listed,
            [option for option in first if option in listed],
            key=f"{self.key}_{field}",
            help=help,
            format_func=said,
        )
        self._note(field, list(got), lambda chosen: some_choices(chosen, said))
        self._slot(field)
        return list(got)

    def _still_offered(self, field: str, kept: Kept, options: Sequence[T]) -> list[T]:
        found, gone = choices_in(kept, options)
        if gone:
            st.session_state.setdefault(GONE, {})[f"{self.key}_{field}"] = "”, “".join(gone)
        return found

    def buttons(
        self,
        field: str,
        label: str,
        options: Iterable[C],
        *,
        default: C | None = None,
        required: bool = False,
        help: str | None = None,
    ) -> C | None:
        listed = list(options)
        first = self._begin(field, default, lambda kept: choice_in(kept, listed))
        got = st.pills(
            self._label(field, label, required),
            listed,
            default=first if first is None or first in listed else default,
            key=f"{self.key}_{field}",
            format_func=_button,
            help=help,
            required=default is not None,
            wrap=True,
        )
        self._note(field, got, lambda option: a_choice(option, _words))
        self._slot(field)
        return got

    def segments(self, field: str, label: str, options: Iterable[C], *, default: C) -> C:
        """One of a few, in one row, always chosen: what the rest of the form depends on. It stays as it is for the next
        of the same form."""
        listed = list(options)
        stays: dict[tuple[str, str], C] = st.session_state.setdefault("segments_stay", {})
        default = next((one for one in listed if one == stays.get((self.name, field))), default)
        first = self._begin(field, default, lambda kept: choice_in(kept, listed) or default)
        got = st.segmented_control(
            self._label(field, label, False),
            listed,
            default=first if first in listed else default,
            required=True,
            wrap=True,
            format_func=_button,
            key=f"{self.key}_{field}",
        )
        stays[self.name, field] = got
        self._note(field, got, lambda option: a_choice(option, _words))
        self._slot(field)
        return got

    def also(self, field: str, drawn: str) -> None:
        """A command's field that stands under another name: what is refused of it is said there."""
        self.problems[field], self._named[field] = self.problems.pop(drawn), drawn

    def radio(
        self,
        field: str,
        label: str,
        options: Sequence[T],
        *,
        words: Callable[[T], str | None] | None = None,
        required: bool = False,
    ) -> T | None:
        """One of a few, all in view and none chosen beforehand."""
        listed, said = list(options), _worded(words)
        first = self._begin(field, None, lambda kept: choice_in(kept, listed))
        got = st.radio(
            self._label(field, label, required),
            listed,
            index=None if first is None else listed.index(first),
            key=f"{self.key}_{field}",
            format_func=said,
        )
        self._note(field, got, lambda option: a_choice(option, said))
        self._slot(field)
        return got

    def day(
        self,
        field: str,
        label: str,
        *,
        required: bool = False,
        value: date | None = None,
        least: date | None = None,
        most: date | None = None,
        help: str | None = None,
    ) -> date | None:
        earliest, latest = least or date(1990, 1, 1), most or date(2060, 1, 1)
        got = st.date_input(
            self._label(field, label, required),
            self._begin(field, value, lambda kept: day_in(kept, earliest, latest)),
            earliest,
            latest,
            key=f"{self.key}_{field}",
            format="DD/MM/YYYY",
            help=help,
        )
        self._note(field, got if isinstance(got, date) else None, a_day)
        self._slot(field)
        return got if isinstance(got, date) else None

    def tick(self, field: str, label: str, *, value: bool = False, help: str | None = None) -> bool:
        self._label(field, label, False)
        got = st.checkbox(label, self._begin(field, value, tick_in), key=f"{self.key}_{field}", help=help)
        self._note(field, got, bool)
        self._slot(field)
        return got

    def at(self, field: str, label: str, *, value: time | None) -> time | None:
        got = st.time_input(
            self._label(field, label, False), self._begin(field, value, time_in), key=f"{self.key}_{field}"
        )
        self._note(field, got, a_time)
        self._slot(field)
        return got

    def number(
        self,
        field: str,
        label: str,
        *,
        most: float,
        step: float,
        value: float | None = None,
        help: str | None = None,
        placeholder: str | None = None,
    ) -> float | None:
        """From 0 to `most`. Empty is None."""
        got = st.number_input(
            self._label(field, label, False),
            0.0,
            float(most),
            self._begin(field, value, lambda kept: number_in(kept, 0, most)),
            step,
            format="%g",
            key=f"{self.key}_{field}",
            help=help,
            placeholder=placeholder,
            width=NUMBER_WIDTH,
        )
        self._note(field, got, a_number)
        self._slot(field)
        return got

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
    st.session_state[SAID] = said


def say_what_was_saved() -> None:
    """Shows the confirmation of the last save once, after the page was redrawn."""
    if said := st.session_state.pop(SAID, None):
        st.toast(said, icon=":material/check_circle:")


def _worded(words: Callable[[T], str | None] | None) -> Callable[[T], str]:
    """Words for an option. One that a browser made up is shown as it is: the command will refuse it."""
    return lambda option: str((words(option) if words else None) or _words(option))


def _button(option: object) -> str:
    return one_of(_words(option))


def _words(option: object) -> str:
    return option.label if isinstance(option, Choice) else str(option)
