"""The time limits an organisation has broken, each with its case, its rule and by how many days."""

import streamlit as st

from dashboard import store
from dashboard.ui import navigation, text
from db.queries.organisation_limits import BrokenLimit
from db.queries.session import Person
from db.rules.words import many

SHOWN = 8


def limits(person: Person, code: str) -> None:
    st.subheader("Time limits it missed")
    broken = store.organisation_limits(person, code)
    if not broken:
        st.caption("None recorded. A limit counts from the day after it was due.")
        return
    key, pages = store.key(f"organisation_limits_{code}"), -(-len(broken) // SHOWN)
    page = min(max(1, st.session_state.get(key, 1)), pages)
    for one in broken[(page - 1) * SHOWN : page * SHOWN]:
        _line(one)
    if pages > 1:
        st.pagination(pages, key=key, width="stretch")


def _line(one: BrokenLimit) -> None:
    by = many(one.days, "day")
    if one.is_running:
        state = f":red[**{by} late**, not met yet]"
    elif one.met_on:
        state = f"**{by} late**, met {text.day(one.met_on)}"
    else:
        state = f"**{by} late** and not met when the case closed, {text.day(one.closed_on)}"
    told = [
        f"**{text.plain(one.rule or one.name)}**",
        one.process or "",
        f"{one.kind.label.lower()} limit",
        f"due {text.day(one.due_on)}",
        state,
    ]
    with st.container(gap=None):
        navigation.case_link(one.reference)
        st.markdown(" · ".join(filter(None, told)))
