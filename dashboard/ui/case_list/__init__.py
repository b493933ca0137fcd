"""One case list everywhere: a row a case, as real links that mouse, keyboard, touch and screen readers follow.

The browser gets words and references that the viewer was already allowed to read, nothing else; what it sends back
counts only if it speaks of a row that was drawn.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st

from dashboard.ui import components, navigation

HTML = "<ol></ol>"
Tone = Literal["red", "orange", "blue", "gray"]
Kind = Literal["", "strong", "late", "soon", "soft"]


@dataclass(frozen=True)
class Part:
    """A few words of a line, separate from the next; with `address`, a link of its own."""

    words: str
    kind: Kind = ""
    address: str = ""


@dataclass(frozen=True)
class Badge:
    words: str
    tone: Tone = "gray"


@dataclass(frozen=True)
class Button:
    """A button on the row. `label` is read out in place of the words, and names the case."""

    name: str
    words: str
    label: str
    # Drawn grey: it was pressed just now and keeps its place, so that a second tap does nothing.
    is_spent: bool = False
    # Drawn beside the others of a row, which stay where they are.
    is_apart: bool = False


@dataclass(frozen=True)
class Step:
    """One thing to do on the case, on a line of its own with its buttons."""

    words: Part
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class CaseLine:
    """One row: badges and `head`, of which the first part is the link to the case; under it what matters most; at the
    side what is rarely looked for; `found` is the sentence that matched a search, in pieces, each marked or not."""

    reference: str
    head: tuple[Part, ...]
    badges: tuple[Badge, ...] = ()
    facts: tuple[Part, ...] = ()
    aside: tuple[tuple[Part, ...], ...] = ()
    found: tuple[tuple[str, bool], ...] = ()
    note: str = ""
    buttons: tuple[Button, ...] = ()
    steps: tuple[Step, ...] = ()
    done: bool = False
    # A second case in the same row, of which only `head` and `facts` are drawn.
    beside: "CaseLine | None" = None

    def every_button(self) -> Iterator[Button]:
        yield from self.buttons
        for step in self.steps:
            yield from step.buttons


@dataclass(frozen=True)
class Pressed:
    """The button that was pressed, and on which case."""

    name: str
    reference: str


def show(
    lines: Sequence[CaseLine],
    *,
    key: str,
    label: str,
    selected: Iterable[str] | None = None,
    on_select: Callable[[list[str]], None] | None = None,
) -> Pressed | None:
    """Draws the list and returns the button that was just pressed on it, if any. A row that is chosen opens its case.
    With `on_select`, rows can be selected: it is given the references of those that are now.
    """
    every = [each for line in lines for each in (line, line.beside) if each]
    references = {line.reference for line in every}
    result = components.component("case_list", html=HTML)(
        key=key,
        data={
            "label": label,
            "rows": [_row(line) for line in lines],
            "selectable": on_select is not None,
            "selected": [each for each in selected or () if each in references],
            "focus": navigation.came_from(),
        },
        on_open_change=lambda: _open(key, references),
        on_followed_change=lambda: _follow(key, every),
        on_selected_change=lambda: _select(key, references, on_select),
        on_pressed_change=_nothing,
    )
    return _pressed(result.pressed, lines)


def _row(line: CaseLine) -> dict[str, Any]:
    every = {
        "ref": line.reference,
        "badges": [[badge.words, badge.tone] for badge in line.badges],
        "head": [_part(part) for part in line.head],
        "facts": [_part(part) for part in line.facts],
        "aside": [[_part(part) for part in parts] for parts in line.aside],
        "found": list(line.found),
        "note": line.note,
        "steps": [{"p": _part(step.words), "b": [_button(button) for button in step.buttons]} for step in line.steps],
        "buttons": [_button(button) for button in line.buttons if not button.is_apart],
        "apart": [_button(button) for button in line.buttons if button.is_apart],
        "done": line.done,
        "beside": _row(line.beside) if line.beside else None,
    }
    # Short, because it is sent with each rerun.
    return {name: value for name, value in every.items() if value}


def _button(button: Button) -> dict[str, str | bool]:
    return {"n": button.name, "w": button.words, "l": button.label, "s": button.is_spent}


def _part(part: Part) -> dict[str, str]:
    return {name: value for name, value in (("w", part.words), ("k", part.kind), ("h", part.address)) if value}


def _nothing() -> None:
    """Streamlit leaves out what has no callback."""


def _open(key: str, references: set[str]) -> None:
    reference = _sent(key, "open")
    if isinstance(reference, str) and reference in references:
        navigation.open_case(reference)


def _follow(key: str, lines: Sequence[CaseLine]) -> None:
    address = _sent(key, "followed")
    if address and any(part.address == address for line in lines for part in (*line.head, *line.facts)):
        navigation.open_address(str(address))


def _select(key: str, references: set[str], on_select: Callable[[list[str]], None] | None) -> None:
    selected = _sent(key, "selected")
    if on_select is not None and isinstance(selected, list):
        on_select([each for each in dict.fromkeys(map(str, selected)) if each in references])


def _sent(key: str, name: str) -> object:
    """What the browser sent, of any type."""
    return getattr(st.session_state.get(key), name, None)


def _pressed(sent: object, lines: Sequence[CaseLine]) -> Pressed | None:
    if not isinstance(sent, str):
        return None
    name, _, reference = sent.partition(" ")
    offered = {(button.name, line.reference) for line in lines for button in line.every_button() if not button.is_spent}
    return Pressed(name, reference) if (name, reference) in offered else None
