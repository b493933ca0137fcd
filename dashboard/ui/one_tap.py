"""One tap, one thing: what was done with one tap keeps its place on the list, greyed and with Undo, until the page is
left. A list that closed up at once would put somebody else's case under the thumb."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeVar

import streamlit as st

from dashboard.ui import forms
from dashboard.ui.text import unseen

T = TypeVar("T")
TAPPED, LISTED, PAGE, MOVED = "one_tap_done", "one_tap_lists", "one_tap_page", "one_tap_moved_at"
# After something closed and the page moved up, what is pressed so soon was meant for what stood there.
STEADY_AFTER = 2.0


@dataclass(frozen=True)
class Tap:
    """How what was done can be undone: the command, what it takes, and whose case it was."""

    reference: str
    undo: Callable[..., Any]  # Any: what a command returns
    fields: forms.Fields


def forget_when_leaving(page: str) -> None:
    """What was done stays done; its line goes with the page."""
    if st.session_state.get(PAGE) != page:
        for kept in (TAPPED, LISTED, MOVED):
            st.session_state.pop(kept, None)
    st.session_state[PAGE] = page


def in_place(name: Hashable, lines: Iterable[T], mark_of: Callable[[T], Hashable]) -> list[T]:
    """The lines of a list as they stand now. Once one of them was tapped they keep the order in which they were drawn
    before: the tapped one stays as it was, and what has come meanwhile goes to the end."""
    lists: dict[Hashable, dict[Hashable, T]] = st.session_state.setdefault(LISTED, {})
    now = {mark_of(line): line for line in lines}
    before = lists.get(name, {})
    if any(mark in before for mark in _tapped()):
        stay = {mark: before[mark] if tapped(mark) else now.get(mark) for mark in before}
        now = {mark: line for mark, line in (stay | {m: now[m] for m in now if m not in stay}).items() if line}
    lists[name] = now
    return list(now.values())


def keep(mark: Hashable, tap: Tap) -> None:
    """After the command: keeps the line of what was done where it is."""
    _tapped()[mark] = tap


def tapped(mark: Hashable) -> bool:
    return mark in _tapped()


def undo_button(mark: Hashable) -> None:
    """Beside what was tapped, which stands greyed where it was: so a second tap does nothing."""
    tap = _tapped()[mark]
    button = forms.Form(f"undo_{mark}")
    label = f"Undo{unseen(f' on {tap.reference}')}"
    button.submitted = st.button(label, key=f"{button.key}_submit", icon=":material/undo:", type="tertiary")
    if button.save(tap.undo, f"Undone on {tap.reference}.", redraw=False, reference=tap.reference, **tap.fields):
        _tapped().pop(mark, None)
        st.rerun()


def undo(mark: Hashable) -> forms.Form:
    """The same for a list that draws its own buttons. Returns the form that was sent, for its refusal."""
    tap = _tapped()[mark]
    button = forms.pressed(f"undo_{mark}")
    if button.save(tap.undo, f"Undone on {tap.reference}.", redraw=False, reference=tap.reference, **tap.fields):
        _tapped().pop(mark, None)
        st.rerun()
    return button


def steady(act: Callable[[], object]) -> None:
    """Does it, unless the page moved just now under the finger."""
    if is_steady():
        act()


def moved() -> None:
    """After something closed up, so that the lines below it are now elsewhere."""
    st.session_state[MOVED] = monotonic()


def is_steady() -> bool:
    """Whether a press was meant for the line it fell on; else says that nothing was done."""
    if monotonic() - st.session_state.get(MOVED, -STEADY_AFTER) >= STEADY_AFTER:
        return True
    st.toast("Nothing was done just now, because the page had moved. Tap again.", icon=":material/info:")
    return False


def _tapped() -> dict[Hashable, Tap]:
    found: dict[Hashable, Tap] = st.session_state.setdefault(TAPPED, {})
    return found
