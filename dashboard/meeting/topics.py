"""Beside a topic of the meeting, and never on its shared screen: what there is to talk about, line by line, each with
the page where it is done. Patterns are told from releases, to everybody; the rest is for leads."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import streamlit as st

from dashboard import store
from dashboard.ui import navigation, text
from dashboard.ui.folds import fold
from db.choices import AgendaSection, Dimension
from db.queries.heatmap import Heatmap
from db.queries.meetings import AgendaItem
from db.queries.release_counts import ALL
from db.queries.session import Person
from db.rules.disclosure import OUTSIDE_LOW, SUPPRESSED
from db.rules.words import many

ONLY_LEADS = "For leads only: this is not on the shared screen."
MOST_CHANGED = 5


@dataclass(frozen=True)
class Line:
    """What to talk about, and the page where it is done."""

    words: str
    page: str
    query: Mapping[str, str] = field(default_factory=dict)


def beside(person: Person, item: AgendaItem) -> None:
    """Under way."""
    if item.section in FOR_LEADS and person.is_lead:
        _for_leads(person, item.section)
    elif item.section is AgendaSection.PATTERNS:
        _show(list(_patterns(person)))


def on_agenda(person: Person, item: AgendaItem) -> None:
    """Before it. What is for leads is worked out when it is opened."""
    if item.section in FOR_LEADS and person.is_lead:
        about = f"topic_{item.section}_{item.id}"
        fold("What there is to talk about", lambda: _for_leads(person, item.section), about=about)
    elif item.section is AgendaSection.PATTERNS:
        _show(list(_patterns(person)))


def _for_leads(person: Person, section: AgendaSection) -> None:
    st.caption(ONLY_LEADS)
    _show([line for lines in FOR_LEADS[section] for line in lines(person)] or [Line("Nothing waits", "home.py")])


def _show(lines: list[Line]) -> None:
    with st.container(gap="xxsmall"):
        for line in lines:
            st.page_link(
                navigation.FOLDER / line.page,
                label=text.plain(line.words),
                icon=":material/arrow_forward:",
                query_params=dict(line.query),
            )


def _quarter(code: str) -> str:
    return f"{code[:4]} {code[4:]}"


def _patterns(person: Person) -> Iterator[Line]:
    """What two signed releases say: nothing else is told of patterns in a room."""
    signed = store.signed(person)
    if not signed:
        yield Line("Nothing has been released yet", "heatmap.py")
        return
    latest = signed[0].quarter
    if len(signed) == 1:
        yield Line(f"The first release, of {_quarter(latest)}, is signed", "heatmap.py")
        return
    now, before = (store.released(person, one.quarter, Dimension.BODY_KIND, ALL, None) for one in signed[:2])
    changed, told_first = _changed(now, before)
    for words in changed[:MOST_CHANGED]:
        yield Line(words, "heatmap.py")
    if (more := len(changed) - MOST_CHANGED) > 0:
        yield Line(f"{many(more, 'other pattern')} changed", "heatmap.py")
    since = f"{_quarter(latest)} beside {_quarter(signed[1].quarter)}"
    if told_first:
        yield Line(f"{many(told_first, 'number')} told for the first time, {since}", "heatmap.py")
    elif not changed:
        yield Line(f"No number changed, {since}", "heatmap.py")


def _changed(now: Heatmap, before: Heatmap) -> tuple[list[str], int]:
    """“Retaliation: 20 doctors, was 15”, the largest change first, of numbers that both releases tell; and how many
    were withheld in the earlier one."""
    earlier = {line.code: line.total for line in before.rows}
    told = [(line, earlier.get(line.code, OUTSIDE_LOW)) for line in now.rows if line.total.isdecimal()]
    both = [(line, was) for line, was in told if was != SUPPRESSED]
    moved = [(_number(was) - _number(line.total), line, was) for line, was in both if was != line.total]
    words = [
        f"{line.label}: {line.total} doctors, was {was}" for _, line, was in sorted(moved, key=lambda one: -abs(one[0]))
    ]
    return words, len(told) - len(both)


def _number(total: str) -> int:
    """“0-4” counts as 0."""
    return int(total) if total.isdecimal() else 0


def _workload(person: Person) -> Iterator[Line]:
    found, care = store.allocation(person), store.care(person)
    people = found.people
    away = people["away_until"].notna()
    room, over = int((people["room"].eq("green") & ~away).sum()), int(people["room"].eq("red").sum())
    yield Line(f"{many(room, 'person has', 'people have')} room, {over} over capacity", "workload.py")
    yield Line(f"{int(people['room'].eq('full').sum())} at capacity, {int(away.sum())} on leave", "workload.py")
    if found.total:
        yield Line(f"{many(found.total, 'case')} unallocated", "workload.py")
    if care.others:
        yield Line(f"{many(len(care.others), 'debrief')} to arrange", "home.py")


def _approvals(person: Person) -> Iterator[Line]:
    if waiting := store.desk(person).to_answer:
        yield Line(f"{many(waiting, 'request waits', 'requests wait')} for a second lead", "inbox.py")


def _matches(person: Person) -> Iterator[Line]:
    if bodies := store.bodies_to_match(person).total:
        yield Line(f"{many(bodies, 'organisation')} to match", "home.py")
    if pairs := store.same_doctor(person, 1).strong:
        yield Line(f"{many(pairs, 'pair')} of cases that may be one doctor’s", "same_doctor.py")


def _releases(person: Person) -> Iterator[Line]:
    shown = {"heatmap_show": "Releases"}
    if due := store.quarter_to_close(person):
        yield Line(f"The release of {_quarter(due)} has not been computed yet", "heatmap.py", shown)
    for release in store.standing(person):
        if release.signed_at is None:
            waits = "to be signed" if release.reviewed_at else "to be reviewed"
            yield Line(f"The release of {_quarter(release.quarter)} is {waits}", "heatmap.py", shown)


def _rising(person: Person) -> Iterator[Line]:
    if rises := len(store.emerging(person).risen):
        to = {"heatmap_show": "What is emerging"}
        yield Line(f"{many(rises, 'pattern is', 'patterns are')} emerging, to look at or dismiss", "heatmap.py", to)


def _outputs(person: Person) -> Iterator[Line]:
    if waiting := store.outputs_waiting(person).to_sign:
        yield Line(f"{many(waiting, 'output waits', 'outputs wait')} to be signed", "learning.py")


FOR_LEADS: Mapping[AgendaSection, tuple[Callable[[Person], Iterator[Line]], ...]] = {
    AgendaSection.WORKLOAD: (_workload,),
    AgendaSection.SIGN: (_approvals, _matches, _releases, _rising, _outputs),
}
