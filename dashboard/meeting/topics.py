"""For leads, beside a topic of the meeting and never on its shared screen: what there is to talk about."""

from collections.abc import Iterator

import streamlit as st

from dashboard import store
from dashboard.ui import navigation
from db.choices import AgendaSection
from db.queries.meetings import AgendaItem
from db.queries.session import Person
from db.rules.words import many

ONLY_LEADS = "For leads only: this is not on the shared screen."
PAGES = {
    AgendaSection.PATTERNS: ("heatmap.py", "Open the heatmap", "grid_on"),
    AgendaSection.WORKLOAD: ("workload.py", "Open the workload", "balance"),
    AgendaSection.SIGN: ("home.py", "Open Home", "home"),
}


def beside(person: Person, item: AgendaItem) -> None:
    if not person.is_lead or item.section not in PAGES:
        return
    told = {AgendaSection.PATTERNS: _patterns, AgendaSection.WORKLOAD: _workload, AgendaSection.SIGN: _to_sign}
    lines = list(told[item.section](person)) or ["Nothing waits."]
    st.caption(ONLY_LEADS)
    st.markdown("\n".join(f"- {line}" for line in lines))
    file, label, icon = PAGES[item.section]
    st.page_link(navigation.FOLDER / file, label=label, icon=f":material/{icon}:")


def _quarter(code: str) -> str:
    return f"{code[:4]} {code[4:]}"


def _patterns(person: Person) -> Iterator[str]:
    """From signed releases alone: exact numbers are no matter for a screen that others see."""
    signed = store.signed(person)
    if signed:
        yield f"The latest signed release is of {_quarter(signed[0].quarter)}. What changed stands beside it."
    if due := store.quarter_to_close(person):
        yield f"The release of {_quarter(due)} has not been computed yet."


def _workload(person: Person) -> Iterator[str]:
    found, care = store.allocation(person), store.care(person)
    people = found.people
    away = people["away_until"].notna()
    room = int((people["room"].eq("green") & ~away).sum())
    yield f"{many(room, 'person has', 'people have')} room, {int(people['room'].eq('red').sum())} are over capacity"
    yield f"{int(people['room'].eq('full').sum())} at capacity, {int(away.sum())} on leave"
    if found.total:
        yield f"{many(found.total, 'case')} unallocated"
    if care.others:
        yield f"{many(len(care.others), 'debrief')} owed"


def _to_sign(person: Person) -> Iterator[str]:
    if waiting := store.desk(person).to_answer:
        yield f"{many(waiting, 'request waits', 'requests wait')} for a second lead"
    if bodies := store.bodies_to_match(person).total:
        yield f"{many(bodies, 'organisation')} to match"
    if pairs := store.same_doctor(person, 1).strong:
        yield f"{many(pairs, 'pair')} of cases that may be one doctor’s"
    for release in store.standing(person):
        if release.signed_at is None:
            waits = "to be signed" if release.reviewed_at else "to be reviewed"
            yield f"The release of {_quarter(release.quarter)} is {waits}"
