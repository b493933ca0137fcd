"""Everybody with an account, as a table, and the cases still held by people who have left."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import store
from dashboard.ui import navigation, text
from db.choices import AssignmentRole, Role
from db.queries.handover import LeftBehind
from db.queries.session import Person
from db.rules.words import many

FIRST, SHOW_ALL = 5, "show_all_left_behind"


def table(people: pd.DataFrame) -> None:
    st.table(
        [_row(person) for person in people.to_dict("records")],
        hide_index=True,
        border="horizontal",
        alt="Everybody with an account, by name; ended accounts last",
    )


def _row(person: dict[Any, Any]) -> dict[str, str]:
    """One person, in few columns, so that a phone shows them all."""
    state = [Role(person["role"]).label]
    state += [] if person["active"] else ["**ended**"]
    state += [] if person["signed_up"] else ["has not signed up yet"]
    state += ["two-step sign-in"] if person["has_factor"] else []
    time = [f"{person['pledged_hours']:g} hours a week", many(person["cases"], "case")]
    time += [] if pd.isna(person["away_until"]) else [f"on leave until {text.day(person['away_until'])}"]
    time += ["at capacity"] if person["says_full"] else []
    return {
        "Name": f"**{text.plain(person['name'])}**",
        "Account": ", ".join(state),
        "Time": ", ".join(time),
        "Knows": text.plain(person["skills"].replace(" ", ", ")),
        "Employers": text.plain(str(person["employers"] or "")),
        "Joined": text.day(person["joined_on"]),
    }


def left_behind(person: Person, *, on_people: bool = False) -> None:
    """For leads: the cases of people who have left, each with the next step, until somebody else has them.

    Only the first few, so that the reader gets to what comes after; the page “People” has the rest.
    """
    places = store.handovers(person)
    if not places:
        return
    st.subheader("To hand over")
    where = "Below, under “Person”" if on_people else "On “People”"
    st.caption(f"Held by people who have left. {where}, choose the person, then “Cases held”, to hand each one over.")
    most = len(places) if on_people and st.session_state.get(SHOW_ALL) else FIRST
    for place in places[:most]:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            navigation.case_link(place.reference, f":material/move_up: **{place.reference}**")
            st.markdown(_next_step(place), width="content")
    more = len(places) - most
    if more > 0 and not on_people:
        st.page_link(navigation.FOLDER / "people.py", label=f"{more} more, on People")
    elif more > 0 and st.button(f"Show {more} more"):
        st.session_state[SHOW_ALL] = True
        st.rerun()


def _next_step(place: LeftBehind) -> str:
    if place.role is not AssignmentRole.LEAD:
        asked = f"**ask {text.plain(place.lead)}** whether it is still needed" if place.lead else ""
        step = asked or "**allocate a case lead** first"
    elif place.to:
        step = f"**offer it to {text.plain(place.to[0].name)}** ({text.plain(', '.join(place.to[0].reasons))})"
    else:
        step = "nobody suggested has room: **end their part** with a note, and the case becomes unallocated"
    due = f", due {text.day(place.action_on)}" if place.action_on else ""
    action = f" · next: {text.plain(place.action)}{due}" if place.action else ""
    return f"{text.plain(place.name)}, {place.role.label.lower()}: {step} :gray[· {place.stage.label}{action}]"
