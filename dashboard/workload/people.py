"""Who carries what: for leads everybody, for a volunteer their own load and who has room."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.ui import navigation, people_list, text
from dashboard.ui.people_list import PersonLine
from db.choices import Role, Stage
from db.queries.suggestions import Allocation
from db.rules.limits import Limits
from db.rules.words import many

A_PAGE = 30
EVERYONE, WITH_ROOM, OVER, AWAY = "Everybody", "With room", "Over capacity", "Away or at capacity"
SHOWN = (EVERYONE, WITH_ROOM, OVER, AWAY)
USED, NAME, ROOM_FIRST, DUE = "Most used first", "Name", "Most room first", "Most deadlines first"
ORDERS = (USED, NAME, ROOM_FIRST, DUE)
ROOM = {
    "green": "Room",
    "amber": "Little room",
    "red": "Over capacity",
    "full": "At capacity",
    "none": "No hours",
}
TONES = {"red": "red", "amber": "orange", "full": "blue", "green": "green", "none": "gray"}
# Work has begun on neither, and six colours can be told apart where seven can't.
SEGMENTS: dict[str, tuple[Stage, ...]] = {
    "New, triage": (Stage.NEW, Stage.TRIAGE),
    **{stage.label: (stage,) for stage in (Stage.REVIEW, Stage.FINDINGS, Stage.ACTIVE, Stage.CLOSING, Stage.LEARNING)},
}


def own(people: pd.DataFrame, limits: Limits) -> None:
    """A volunteer's own load."""
    people_list.show(_lines(people, limits, opens=False), legend=tuple(SEGMENTS), key="own_load", label="Your load")


def with_room(found: Allocation) -> None:
    text.heading("Who has room")
    if not found.with_room:
        st.caption("Nobody else has room just now. Tell a lead if you need help with a case.")
        return
    st.markdown(text.plain(", ".join(found.with_room)))
    st.caption("To hand over a case or ask for a second volunteer, tell a lead.")


def everybody(people: pd.DataFrame, limits: Limits) -> None:
    """For leads: how many people have room, whom to show, and a row for each."""
    _counts(people)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shown = st.radio("Show", SHOWN, key="workload_show", bind="query-params", horizontal=True)
        order = st.selectbox("Order", ORDERS, key="workload_order", bind="query-params", width=200)
    chosen = _page(_ordered(_chosen(people, shown), order))
    if chosen.empty:
        st.caption("Nobody matches this filter.")
        return
    lines = _lines(chosen, limits, opens=True)
    label = f"Workload of {many(len(lines), 'person', 'people')}, {order[:1].lower()}{order[1:]}"
    place = people_list.show(lines, legend=tuple(SEGMENTS), key="workload_people", label=label)
    if place is not None:
        st.switch_page(navigation.FOLDER / "queue.py", query_params={"queue_lead": lines[place].name})


def _counts(people: pd.DataFrame) -> None:
    away = people["away_until"].notna()
    # Somebody who is away has no room.
    counts = people.loc[~(people["room"].eq("green") & away), "room"].value_counts()
    colours = {**TONES, "full": "violet"}
    badges = [
        f":{colour}-badge[{ROOM[room]}: {counts.get(room, 0)}]"
        for room, colour in colours.items()
        if room != "none" or counts.get(room)
    ]
    st.markdown(" ".join([*badges, f":blue-badge[On leave: {int(away.sum())}]"]))


def _chosen(people: pd.DataFrame, shown: str) -> pd.DataFrame:
    away = people["away_until"].notna()
    if shown == WITH_ROOM:
        return people[people["room"].eq("green") & ~away]
    if shown == OVER:
        return people[people["room"].eq("red")]
    return people[people["room"].eq("full") | away] if shown == AWAY else people


def _ordered(people: pd.DataFrame, order: str) -> pd.DataFrame:
    if order == NAME:
        return people.sort_values("name", kind="stable")
    if order == DUE:
        return people.sort_values("deadlines", ascending=False, kind="stable")
    if order == ROOM_FIRST:
        return people.iloc[(people["points"] - people["capacity"]).argsort(kind="stable")]
    return people


def _page(people: pd.DataFrame) -> pd.DataFrame:
    pages = -(-len(people) // A_PAGE)
    if pages <= 1:
        return people
    page = st.pagination(pages, key="workload_page", bind="query-params", width="stretch")
    return people.iloc[(page - 1) * A_PAGE : page * A_PAGE]


def _lines(people: pd.DataFrame, limits: Limits, *, opens: bool) -> list[PersonLine]:
    rows: Iterator[Any] = people.itertuples()
    return [
        PersonLine(
            name=row.name,
            badges=tuple(_badges(row)),
            load=f"{row.points} of {row.capacity:g}",
            segments=tuple(int(sum(getattr(row, stage) for stage in stages)) for stages in SEGMENTS.values()),
            capacity=float(row.capacity),
            facts=tuple(_facts(row, limits)),
            opens=opens,
        )
        for row in rows
    ]


def _badges(row: Any) -> Iterator[tuple[str, str]]:
    yield ROOM[row.room], TONES[row.room]
    if not pd.isna(row.away_until):
        yield f"On leave until {text.day(row.away_until)}", "blue"
    if not pd.isna(row.quiet_until):
        yield f"Quiet until {text.day(row.quiet_until)}", "gray"
    if not pd.isna(row.rests_until):
        yield f"No demanding cases until {text.day(row.rests_until)}", "gray"
    if row.role == Role.LEAD:
        yield Role.LEAD.label, "gray"


def _facts(row: Any, limits: Limits) -> Iterator[str]:
    """What is not nothing: a row of noughts is read for nothing."""
    yield many(row.cases, "case")
    if row.deadlines:
        yield f"{many(row.deadlines, 'deadline')} in {many(limits.deadline_window_days, 'day')}"
    if row.updates_overdue:
        yield many(row.updates_overdue, "update overdue", "updates overdue")
    if row.heavy:
        yield f"{row.heavy} demanding in {many(limits.heavy_window_days, 'day')}"
    if row.offers:
        yield f"{many(row.offers, 'offer')} to answer"
    yield f"{row.pledged_hours:g} hours a week"
