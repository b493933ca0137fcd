"""The fields of a form: what each begins with, what it holds, and a place under it for what is refused of it.

What was typed and not saved is kept on the server by `keep`, and is what a field begins with when it comes back.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, time
from typing import Literal, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.ui import folds, typed_words
from dashboard.ui.options import Words, told_apart
from dashboard.ui.text import one_of, sentence
from db.choices import Choice
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

NUMBER_WIDTH = 240
# What was chosen and is offered no more; forms that cannot be kept.
GONE, LOST = "choices_gone", "forms_not_kept"
# What each refusal is known by, until the next press.
REFUSED_AS = "refused_as"
PAUSE = "400ms"
NO_PATIENTS = "No patient details. Write as if the doctor and the employer will read it."

T = TypeVar("T")
C = TypeVar("C", bound=Choice)


class FieldsOfForm:
    """The fields of one form. `refused` is what was refused of them, by field."""

    def __init__(
        self,
        name: str,
        key: str,
        *,
        person: Person | None,
        reference: str,
        refused: Mapping[str, str],
        kept: bool,
        live: bool,
        warned: bool,
    ) -> None:
        self.name, self.key = name, key
        self.kept = kept and person is not None
        # The place of each field for what is refused of it; none before anything was refused.
        self.problems: dict[str, DeltaGenerator | None] = {}
        self._person, self._reference = person, reference
        self._place = typed_words.place_of(name, reference)
        self._refused, self._live, self._warned = refused, live, warned
        self._needs = False
        # Fields of folds that are closed.
        self._folded: set[str] = set()
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
        if self._reference:
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


def _worded(words: Callable[[T], str | None] | None) -> Callable[[T], str]:
    """Words for an option. One that a browser made up is shown as it is: the command will refuse it."""
    return lambda option: str((words(option) if words else None) or _words(option))


def _button(option: object) -> str:
    return one_of(_words(option))


def _words(option: object) -> str:
    return option.label if isinstance(option, Choice) else str(option)
