"""Outputs: what waits, each with its owner and day, and what became of those that left the house."""

from collections.abc import Sequence

import streamlit as st

from dashboard import store
from dashboard.learning import output_forms
from dashboard.ui import navigation, text
from dashboard.ui.folds import fold
from dashboard.ui.text import heading
from db import clock
from db.queries.outputs import OutputLine
from db.queries.session import Person
from db.rules.actions import ActionDue
from db.rules.outputs import KINDS, RESULTS, UNPUBLISHED, OutputStatus
from db.rules.words import many

QUERY = "output"
NONE_YET = "Nothing is planned. A lead plans an output: a briefing, a consultation response, an article, evidence."
WITHDRAWN = "A doctor’s consent behind what these say was taken back or ran out. Decide what to do, and write it down."
TAKE_DOWN = "{stories} to take down: the doctor does not agree to it any more."


def listed(person: Person) -> None:
    """Those that this person works on; a lead plans another."""
    if person.is_lead:
        fold("Plan an output", lambda: output_forms.plan(person), about="outputs", icon=":material/add:")
    _withdrawn(store.outputs_waiting(person).withdrawn)
    lines = store.outputs(person)
    if not lines and not person.is_lead:
        st.caption("You own no output. A lead plans one, and gives it to somebody.")
    elif not lines:
        st.caption(NONE_YET)
    for title, statuses in (
        ("To be signed", (OutputStatus.READY,)),
        ("Being written", (OutputStatus.DRAFT,)),
        ("Released", (OutputStatus.RELEASED,)),
        ("Given up", (OutputStatus.DROPPED,)),
    ):
        if shown := [line for line in lines if line.status in statuses]:
            heading(title)
            for line in shown:
                _row(person, line)
    if others := [line for line in store.published(person) if line.id not in {one.id for one in lines}]:
        heading("Released by others")
        _published(person, others)


def released(person: Person) -> None:
    """For observers: what has left the house."""
    lines = store.published(person)
    if not lines:
        st.caption("Nothing has been released yet. What the campaign says in public stands here, with what it led to.")
    _published(person, lines)


def _published(person: Person, lines: Sequence[OutputLine]) -> None:
    for line in lines:
        fold(
            f"{text.plain(line.title)}, {text.day(line.sent_on)}",
            lambda line=line: _what_it_says(person, line),  # type: ignore[misc]
            about=f"published_{store.public_id('output', line.id)}",
        )


def _what_it_says(person: Person, line: OutputLine) -> None:
    words = store.words(person).terms
    result = words[RESULTS].get(line.result or "", "none recorded yet")
    st.caption(f"{text.plain(words[KINDS].get(line.kind, line.kind))} · result: {text.plain(result)}")
    said = store.published_claims(person, line.id)
    st.markdown("\n".join(f"- {text.plain(claim)}" for claim in said) or ":gray[It makes no claims of its own.]")


def _row(person: Person, line: OutputLine) -> None:
    """“Briefing on delay”, and below “Briefing · Lena, due 3 Dec 2026 · 1 sentence marked”."""
    words = store.words(person).terms
    parts = [text.plain(words[KINDS].get(line.kind, line.kind))]
    parts += [f"to {text.plain(line.to_whom)}"] if line.to_whom else []
    if line.status in UNPUBLISHED:
        parts.append(f"{text.plain(line.owner)}, {text.due(line.due_on)}")
    if line.sent_on:
        parts.append(f"released {text.day(line.sent_on)}")
        parts.append(text.plain(words[RESULTS].get(line.result or "", "no result yet")))
    if line.marked:
        parts.append(f":orange-badge[:material/flag: {many(line.marked, 'sentence')} marked]")
    with st.container(gap=None):
        _link(line)
        st.markdown(f":small[{' · '.join(parts)}]")


def _link(line: OutputLine, more: str = "") -> None:
    st.page_link(
        navigation.FOLDER / "learning.py",
        label=f"{text.plain(line.title)}{more}",
        icon=":material/article:",
        query_params={QUERY: store.public_id("output", line.id)},
    )


def _withdrawn(lines: Sequence[OutputLine]) -> None:
    """Released outputs behind which a consent was withdrawn since."""
    if lines:
        st.warning(WITHDRAWN, icon=":material/flag:")
        for line in lines:
            _link(line, f", released {text.day(line.sent_on)}")


def waiting(person: Person) -> None:
    """For Home: own outputs that are due, those to sign, withdrawals behind what was released, stories to take down,
    lessons to read as a second person."""
    found = store.outputs_waiting(person)
    soon = found.soon(clock.today())
    if not (soon or found.to_sign or found.withdrawn or found.to_take_down or found.to_agree):
        return
    heading("Learning and outputs")
    if found.to_take_down:
        st.warning(TAKE_DOWN.format(stories=many(found.to_take_down, "story", "stories")), icon=":material/flag:")
        label = "Lived experience, under Learning"
        st.page_link(navigation.FOLDER / "learning.py", label=label, icon=":material/record_voice_over:")
    _withdrawn(found.withdrawn)
    for line in soon:
        _link(line, f", {text.due(line.due_on)}")
    if found.to_sign:
        label = f"{many(found.to_sign, 'output waits', 'outputs wait')} for you to sign"
        st.page_link(navigation.FOLDER / "learning.py", label=label, icon=":material/draw:")
    if found.to_agree:
        label = f"{many(found.to_agree, 'lesson waits', 'lessons wait')} for a second person to read"
        st.page_link(navigation.FOLDER / "learning.py", label=label, icon=":material/school:")


def own(person: Person, due: ActionDue | None) -> bool:
    """For *Actions*: their own outputs, by day, those that are due then. Returns whether there are any."""
    today = clock.today()
    lines = [line for line in store.outputs_waiting(person).own if due is None or due.holds(line.due_on, today)]
    if lines:
        heading("Your outputs")
        for line in lines:
            with st.container(gap=None):
                _link(line)
                st.markdown(f":small[{text.due(line.due_on)}]")
    return bool(lines)
