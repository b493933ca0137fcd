"""Fields of the box of filters that a chip or a saved view sets while the box is closed.

The browser draws no field of a closed box, and so hears nothing of what one was set to: once the box has been open, it
goes on sending what it had, and what was taken away would come back with the next press of anything.
"""

from dataclasses import dataclass

import streamlit as st

SET, WAS_OPEN = "queue_fields_set", "queue_box_was_open"


@dataclass
class _Field:
    """What the browser sent of it last, and what it has been set to since."""

    sent: object
    now: object
    is_new: bool = True


def put(key: str, value: object) -> None:
    """Sets a field from outside the box."""
    earlier = _fields().get(key)
    _fields()[key] = _Field(earlier.sent if earlier else st.session_state.get(key), value)
    st.session_state[key] = value


def was_chosen(key: str) -> bool:
    """For a field of which the browser sent something else than stands there: whether somebody chose it. If not, what
    it was set to stays."""
    field = _fields().get(key)
    # In a box that has been open for a run, its fields have heard of everything.
    if field and st.session_state[key] == field.sent and (field.is_new or not st.session_state.get(WAS_OPEN)):
        st.session_state[key], field.is_new = field.now, True
        return False
    _fields().pop(key, None)
    return True


def begin() -> None:
    """Before the fields are drawn: of those that the browser has heard of by now, nothing need be known."""
    for key, field in list(_fields().items()):
        if not field.is_new:
            del _fields()[key]
        field.is_new = False


def note(*, is_open: bool) -> None:
    st.session_state[WAS_OPEN] = is_open


def _fields() -> dict[str, _Field]:
    found: dict[str, _Field] = st.session_state.setdefault(SET, {})
    return found
