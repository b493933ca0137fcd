"""While the database cannot be used: pages wait for it, and what was typed meanwhile is in this server's memory."""

import functools
import threading
import time
from collections.abc import Callable, Mapping
from typing import NoReturn

import streamlit as st
from sqlalchemy import Engine
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.settings import settings
from db.engine import SHORT, make_engine
from db.errors import Unavailable
from db.outage import OUTAGE
from db.queries.session import Person
from db.rules.kept_values import Kept

# A case's reference, empty for none, and the form.
Place = tuple[str, str]
# The session that it was typed in, and what was typed.
Held = tuple[str, Mapping[str, Kept]]
_held: dict[tuple[int, Place], Held] = {}
_lock = threading.Lock()
_before_waiting: list[Callable[[], None]] = []
# Seconds: after so long a waiting run begins again, and within so long what is typed meanwhile reaches it.
AGAIN, LOOK = 1.0, 0.05


def is_out() -> bool:
    """Whether the database could not be used a moment ago."""
    return OUTAGE.is_on


def is_back() -> bool:
    """Tries a write, at most once a second for all who wait."""
    return OUTAGE.is_over(_engine(settings().database_url))


def hold(person: Person, token: str, typed: Mapping[Place, Mapping[str, Kept]]) -> None:
    """Holds what came in forms while nothing can be saved. Once it can, it is kept as drafts before anything else."""
    with _lock:
        _held.update({(person.id, place): (token, fields) for place, fields in typed.items()})


def held() -> dict[tuple[int, Place], Held]:
    with _lock:
        return dict(_held)


def let_go(person_id: int, place: Place, was: Held | None = None) -> None:
    """What is kept now, or saved; not what came after it."""
    with _lock:
        if was is None or _held.get((person_id, place)) is was:
            _held.pop((person_id, place), None)


def first_of_all(act: Callable[[], None]) -> None:
    """What a run does before it waits."""
    _before_waiting.append(act)


def wait_for(error: Exception) -> NoReturn:
    """Begins again what was being drawn, until it can be. What asks beside a page is told that it can't."""
    if not OUTAGE.meet(error):
        raise error
    if get_script_run_ctx(suppress_warning=True) is not None:
        wait()
    raise Unavailable from error


def wait() -> NoReturn:
    """A run that ends to begin again takes nothing from the page: fields stay as they are and can be typed in."""
    for act in _before_waiting:
        act()
    looks = 0 if is_back() else round(AGAIN / LOOK)
    for _ in range(looks):
        time.sleep(LOOK)
        # Any look at the session lets the run begin again with what has come meanwhile.
        st.session_state.get("person")
    try:
        # A whole run would take what is open over the page away.
        st.rerun(scope="fragment")
    except StreamlitAPIException:
        st.rerun()


@functools.lru_cache(maxsize=1)
def _engine(url: str) -> Engine:
    return make_engine(url, patience=SHORT, serves=True)
