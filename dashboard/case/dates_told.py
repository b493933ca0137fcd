"""Days that the doctor mentioned, in the form for a new case: one row for each, and what it becomes."""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from dashboard.case import starts
from dashboard.ui import text
from dashboard.ui.forms import Fields, Form
from db import clock
from db.commands.told_at_intake import Told
from db.queries.reference import Reference
from db.rules.dated_events import DatedEvent, started, tellable

MOST = 8
FIELDS = ("dates_told", *(f"{told}_{number}" for number in range(MOST) for told in ("told", "told_on")))


def rows(form: Form, words: Reference, processes: Sequence[str], nation: str) -> Fields:
    """As many rows as are filled in and an empty one; then the doctor's own words about other days."""
    st.caption("Each becomes a deadline as soon as the case is open. A wrong one can be corrected.")
    offered = {event.code: event for event in tellable(words.events, processes)}
    told = []
    for number in range(MOST):
        one = _row(form, words, offered, number, nation)
        if one is None:
            break
        told.append(one)
        if not one.event or one.on is None:
            break
    return {
        "told": tuple(told),
        "dates_told": form.area(
            "dates_told", "Other dates and time limits, in the doctor’s words", height=68, help="Kept as a note."
        ),
    }


def _row(form: Form, words: Reference, offered: dict[str, DatedEvent], number: int, nation: str) -> Told | None:
    what, when = st.columns((3, 2))
    with what:
        code = form.choice(
            f"told_{number}",
            f"Date {number + 1}: what happened, or will",
            offered,
            words=lambda code: _named(words, offered[code]) if code in offered else "Not of these processes",
        )
    with when:
        on = form.day(f"told_on_{number}", f"Date {number + 1}: the day")
    event = offered.get(code or "")
    if event is not None and on is not None:
        _what_it_starts(words, event, on, nation)
    return Told(code or "", on) if code or on else None


def _named(words: Reference, event: DatedEvent) -> str:
    return event.label if event.process is None else f"{event.label} ({words.processes[event.process].split(':')[0]})"


def _what_it_starts(words: Reference, event: DatedEvent, on: date, nation: str) -> None:
    lines = [starts.said(out) for out in started(words.rules, words.scopes, event.rules, on, nation=nation)]
    if event.as_date and on >= clock.today():
        lines.insert(0, f"{text.plain(event.label)}: **{text.day(on)}** ({text.until(on)})")
    if lines:
        st.markdown("\n".join(f"- {line}" for line in lines))
        st.caption(starts.CONFIRM)
    else:
        st.caption("No time limit of ours counts from this. It is kept in the timeline.")
