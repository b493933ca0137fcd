"""What the browser keeps and says by itself, on every page: see `served/index.js`."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard import store
from dashboard.ui.components import component
from db.queries.session import Person

NAME = "keeper"
# What became of the last save of this session. Its id, by which the browser tells it once, is random: a count would
# begin again with a server that was restarted.
OUTCOME = "save_outcome"


@dataclass(frozen=True)
class FieldError:
    """The keys of a field and of what was said of it."""

    widget: str
    error: str


def mount(person: Person | None, *, is_out: bool = False) -> None:
    """Once on every page, whoever looks at it. `is_out`: while nothing can be saved."""
    _mount(
        NAME,
        {
            "person": store.public_id(NAME, person.id) if person else None,
            "outcome": st.session_state.get(OUTCOME),
            "isOut": is_out,
        },
    )


def tell(said: str, *, ok: bool) -> None:
    """What became of a save, told once the page is redrawn, or once there is a line again."""
    st.session_state[OUTCOME] = {"id": new_id(), "said": said, "ok": ok}


def refused(errors: Sequence[FieldError], id: str) -> None:
    """Marks the fields of a refused form. Moves the focus to the first, or to what was said of the whole form, once for
    each id: a refusal stands on the page for as long as the form is put right."""
    told = [{"widget": each.widget, "error": each.error} for each in errors]
    _mount(f"{NAME}_{id}", {"id": id, "errors": told})


def new_id() -> str:
    """Of something that the browser is told once."""
    return secrets.token_hex(4)


def _mount(key: str, data: dict[str, object]) -> None:
    component("keeper", isolate_styles=False)(key=key, data=data)
