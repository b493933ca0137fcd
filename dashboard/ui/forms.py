"""Forms that lose nothing: errors beside their fields, input kept on refusal, empty after saving, saved once.

A form's widgets are keyed by the form's name and a count that rises with each save. The name includes what the form is
about, such as a case's reference or the id of a row (the browser gets a public id instead). So a saved form comes back
empty, a refused one comes back as it was, and nothing typed for one case can appear on another.
"""

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, ClassVar, Literal, Protocol, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import auth, store
from dashboard.ui import password_again, typed_words
from dashboard.ui.keeper import keeper
from dashboard.ui.keeper.keeper import FieldError
from dashboard.ui.options import Words, told_apart
from dashboard.ui.text import one_of, sentence
from db.choices import Choice
from db.errors import CommandRefused, Invalid, PersonalData, ProofNeeded, Stale
from db.rules.personal_data import FREE_TEXT
from db.rules.words import many, noun

FORM_WIDTH = 760
SAID, OWN_WRITE = "said", "own_write"
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

    # A form whose words reach the server before it is saved has plain buttons instead.
    _button: ClassVar[Callable[..., bool]] = staticmethod(st.form_submit_button)

    def __init__(self, name: str, *, case: AboutCase | None = None) -> None:
        saves = st.session_state.setdefault("form_saves", {})
        self.name = name
        self.key = f"{store.key(name)}_{saves.get(name, 0)}"
        self.problems: dict[str, DeltaGenerator] = {}
        self.submitted = False
        # What the command returned, once saved; the caller knows its type.
        self.result: Any = None
        self.refusal: CommandRefused | None = None
        self._case = case
        self._needs = False
        self._refusals = 0
        self._held = _held_forms().get(self.key)
        self._redact, self._keep_reason = False, ""

    def _slot(self, field: str) -> None:
        self.problems[field] = st.empty()

    def _label(self, label: str, required: bool) -> str:
        self._needs = self._needs or required
        return f"{label} *" if required else label

    def text(
        self,
        field: str,
        label: str,
        *,
        required: bool = False,
        value: str = "",
        help: str | None = None,
        placeholder: str | None = None,
        type: Literal["default", "password"] = "default",
        most: int = 500,
    ) -> str:
        got = st.text_input(
            self._label(label, required),
            value,
            key=f"{self.key}_{field}",
            help=_warned(field, help),
            placeholder=placeholder,
            type=type,
            max_chars=most,
        )
        if type != "password":
            typed_words.note(f"{self.key}_{field}")
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
            self._label(label, required),
            value,
            key=f"{self.key}_{field}",
            help=_warned(field, help),
            placeholder=placeholder,
            height=height,
            max_chars=10_000,
        )
        typed_words.note(f"{self.key}_{field}")
        self._slot(field)
        return got or ""

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
        got = st.selectbox(
            self._label(label, required),
            listed,
            index=index,
            key=f"{self.key}_{field}",
            help=help,
            format_func=told_apart(listed, _worded(words), more),
            placeholder=placeholder,
        )
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
        got = st.multiselect(
            label,
            listed,
            list(default),
            key=f"{self.key}_{field}",
            help=help,
            format_func=told_apart(listed, _worded(words)),
        )
        self._slot(field)
        return list(got)

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
        got = st.pills(
            self._label(label, required),
            list(options),
            default=default,
            key=f"{self.key}_{field}",
            format_func=_button,
            help=help,
            required=default is not None,
            wrap=True,
        )
        self._slot(field)
        return got

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
        got = st.radio(
            self._label(label, required),
            list(options),
            index=None,
            key=f"{self.key}_{field}",
            format_func=_worded(words),
        )
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
        got = st.date_input(
            self._label(label, required),
            value,
            least or date(1990, 1, 1),
            most or date(2060, 1, 1),
            key=f"{self.key}_{field}",
            format="DD/MM/YYYY",
            help=help,
        )
        self._slot(field)
        return got if isinstance(got, date) else None

    def tick(self, field: str, label: str, *, value: bool = False, help: str | None = None) -> bool:
        got = st.checkbox(label, value, key=f"{self.key}_{field}", help=help)
        self._slot(field)
        return got

    def submit(self, label: str, *, main: bool = True) -> None:
        """The form's button; not `main` if it ends something or comes below another."""
        self.submit_one_of({"submit": label}, main="submit" if main else None)

    def submit_one_of(self, labels: Mapping[str, str], *, main: str | None = None) -> str | None:
        """Buttons in a row, by name. Returns the name of the one that was pressed."""
        pressed = None
        with st.container(horizontal=True, vertical_alignment="center"):
            for name, label in labels.items():
                kind: Literal["primary", "secondary"] = "primary" if name == main else "secondary"
                if self._button(label, type=kind, key=f"{self.key}_{name}"):
                    pressed = name
            if self._needs:
                st.caption("\\* required", width="content")
        self.problems[""] = st.empty()
        again = password_again.is_sent_again(self.key)
        if self._held:
            again = self._redact_or_keep(self._held) or again
        if pressed is None and again:
            pressed = st.session_state.get(self._pressed_key, next(iter(labels)))
        self.submitted = pressed is not None
        if pressed is not None:
            st.session_state[self._pressed_key] = pressed
        return pressed

    @property
    def _pressed_key(self) -> str:
        """The key that remembers which button was pressed, for a form that is sent again."""
        return f"{self.key}_pressed"

    def _redact_or_keep(self, held: PersonalData) -> bool:
        """Asks what to do about personal data, with all that was typed kept. Returns whether it was answered."""
        self.refuse(held)
        redact = self._button("Redact it and save", key=f"{self.key}_redact", icon=":material/ink_eraser:")
        reason = st.text_input("Or why it must stay (logged with your name)", key=f"{self.key}_keep", max_chars=300)
        keep = self._button("Keep it and save", key=f"{self.key}_keep_it")
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
        write = functools.partial(store.write, auth.current(), command, **about, **fields)
        return self._try(write, said, redraw=redraw)

    def save_each(self, command: Callable[..., Any], references: Sequence[str], said: Said, **fields: Any) -> bool:
        """The same for several cases; `result` has the outcome of each. The form is not emptied if `said` is empty."""
        write = functools.partial(store.write_each, auth.current(), command, references, **fields)
        return self._try(write, said, redraw=False)

    def _try(self, write: Callable[..., Any], said: Said, *, redraw: bool) -> bool:
        if not self.submitted:
            return False
        try:
            self.result = write(once=self.key, redact=self._redact, keep_reason=self._keep_reason)
        except PersonalData as found:
            # Redrawn with two more ways to save it.
            _held_forms()[self.key] = found
            st.rerun()
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

    def empty(self, said: str) -> None:
        """Forgets what was typed, and says what happened once the page is redrawn."""
        saves = st.session_state["form_saves"]
        saves[self.name] = saves.get(self.name, 0) + 1
        _held_forms().pop(self.key, None)
        st.session_state.pop(self._pressed_key, None)
        say(said)

    def refuse(self, refusal: CommandRefused) -> None:
        """Puts each sentence beside its field, or under the button."""
        self.refusal = refusal
        if isinstance(refusal, ProofNeeded):
            password_again.ask(self.key)
        told: Mapping[str, str] = (
            refusal.problems if isinstance(refusal, Invalid) else {refusal.field or "": refusal.message}
        )
        if "" not in self.problems:
            self.problems[""] = st.empty()
        marked = {field: said for field, said in told.items() if field and field in self.problems}
        self._refusals += 1
        for field, said in marked.items():
            self._problem(field).error(sentence(said), icon=":material/error:")
        last = self._problem("")
        if elsewhere := [sentence(said) for field, said in told.items() if field not in marked]:
            last.error("  \n".join(elsewhere), icon=":material/error:")
        elif not isinstance(refusal, Stale):
            where = noun(len(marked), "marked above", "each marked above")
            last.caption(f":material/info: Not saved: {many(len(marked), 'answer')} needed, {where}.")
        with last:
            keeper.refused([FieldError(f"{self.key}_{field}", self._problem_key(field)) for field in (*marked, "")])

    def _problem(self, field: str) -> DeltaGenerator:
        return self.problems[field].container(key=self._problem_key(field))

    def _problem_key(self, field: str) -> str:
        """A form may be refused again while the page is drawn."""
        return f"{self.key}_{field}_error_{self._refusals}"


def pressed(name: str) -> Form:
    """A form without fields that has just been sent, for a button outside any form."""
    button = Form(name)
    button.submitted = True
    return button


def once_agreed(said: str, asked: str = ASKED) -> Said:
    """What to say after a command that returns whether it waits for a second lead."""
    return lambda waits: asked if waits else said


def _held_forms() -> dict[str, PersonalData]:
    held: dict[str, PersonalData] = st.session_state.setdefault("held_forms", {})
    return held


def _warned(field: str, help: str | None) -> str | None:
    """Adds the warning to every free-text field."""
    return " ".join(filter(None, (help, NO_PATIENTS if field in FREE_TEXT else None))) or None


@contextmanager
def form(name: str, *, case: AboutCase | None = None, border: bool = True) -> Iterator[Form]:
    """A form by name. The name must include what the form is about, such as the case's reference. With a `case`, the
    command is given its reference."""
    drawn = Form(name, case=case)
    with st.form(drawn.key, border=border, enter_to_submit=False, width=FORM_WIDTH):
        yield drawn


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
