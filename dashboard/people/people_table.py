"""Everybody with an account, as a list, and the cases still held by people who have left."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import store
from dashboard.ui import navigation, people_list, text
from dashboard.ui.people_list import PersonLine
from db.choices import AssignmentRole, Role
from db.queries.handover import LeftBehind
from db.queries.session import Person
from db.rules.words import many

FIRST, SHOW_ALL = 5, "show_all_left_behind"


def table(people: pd.DataFrame) -> None:
    lines = [_line(person) for person in people.to_dict("records")]
    people_list.show(lines, key="people_list", label="Everybody with an account, by name; ended accounts last")


def _line(person: dict[Any, Any]) -> PersonLine:
    badges = [(Role(person["role"]).label, "gray")]
    badges += [] if person["active"] else [("Ended", "red")]
    badges += [] if person["signed_up"] else [("Has not signed up yet", "orange")]
    badges += [] if pd.isna(person["away_until"]) else [(f"On leave until {text.day(person['away_until'])}", "blue")]
    badges += [("At capacity", "blue")] if person["says_full"] else []
    facts = [f"joined {text.day(person['joined_on'])}", person["skills"].replace(" ", ", "), person["employers"] or ""]
    facts += ["two-step sign-in"] if person["has_factor"] else []
    return PersonLine(
        name=person["name"],
        badges=tuple(badges),
        facts=tuple(filter(None, facts)),
        load=f"{person['pledged_hours']:g} hours a week, {many(person['cases'], 'case')}",
    )


def left_behind(person: Person, *, on_people: bool = False) -> None:
    """For leads: the cases of people who have left, each with the next step, until somebody else has them.

    Only the first few, so that the reader gets to what comes after; the page “People” has the rest.
    """
    places = store.handovers(person)
    if not places:
        return
    text.heading("To hand over")
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
