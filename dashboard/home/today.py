"""What needs somebody today: doctors at risk before everything, then one row a case, each with what can be done."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import assert_never

import streamlit as st

from dashboard import store
from dashboard.actions import action_forms
from dashboard.case import quick_update
from dashboard.case.quick_update import Act
from dashboard.ui import case_list, forms, navigation, one_tap, text
from dashboard.ui.case_list import Badge, Button, CaseLine, Kind, Part, Step
from db import clock
from db.commands.requests import ask_update
from db.queries.danger import InDanger
from db.queries.home import Attention
from db.queries.session import Person
from db.rules.attention import Need
from db.rules.words import day, many, noun

LIST, BAND, SHOW_HUSHED = "home_needs", "home_danger", "home_show_hushed"
SOON_DAYS = 7


@dataclass
class Row:
    """A case on Home as it is put together: words, and steps whose buttons do something."""

    reference: str
    stage: str
    # 0 on a case that the reader is not on.
    version: int = 0
    badges: list[Badge] = field(default_factory=list)
    facts: list[Part] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    acts: dict[str, Act] = field(default_factory=dict)

    def step(self, words: Part, *offered: tuple[Button, Act]) -> None:
        self.steps.append(Step(words, tuple(button for button, _ in offered)))
        self.acts |= {button.name: act for button, act in offered}

    def line(self) -> CaseLine:
        return CaseLine(
            self.reference,
            head=(Part(self.reference), Part(self.stage, "soft")),
            badges=tuple(dict.fromkeys(self.badges)),
            facts=tuple(self.facts),
            steps=tuple(self.steps),
        )


def needs(person: Person) -> None:
    """The band of doctors at risk, then what needs this person. A case is in one of them only, with all there is."""
    told = st.container()
    danger = store.danger(person)
    lines = one_tap.in_place("home", [line for line in store.attention(person) if line.what is not Need.CRISIS], _mark)
    rows = {flag.reference: Row(flag.reference, flag.stage.label) for flag in danger.first}
    at_risk = list(rows.values())
    for flag in danger.first:
        _flag(person, rows[flag.reference], flag)
    waits = [line for line in lines if line.hushed and not _is_tapped(line)]
    shown = lines if st.session_state.get(SHOW_HUSHED) else [line for line in lines if line not in waits]
    own = [row for row in _rows(person, shown, rows) if row not in at_risk]
    pressed_above = _band(at_risk, danger.total)
    pressed = _own(own, len(waits)) or pressed_above
    if pressed:
        with told:
            pressed()
    _dialogs(person, lines)


def _rows(person: Person, lines: list[Attention], rows: dict[str, Row]) -> list[Row]:
    versions = store.own_versions(person, tuple(line.reference for line in lines))
    for line in lines:
        # An offer says only that it waits: the reader answers for the organisation before seeing any more.
        stage = "" if line.what is Need.OFFER else line.stage.label
        row = rows.setdefault(line.reference, Row(line.reference, stage))
        row.version = versions.get(line.reference, 0)
        _need(person, row, line)
    return list(rows.values())


def _band(rows: list[Row], total: int) -> Act | None:
    if not rows:
        return None
    st.error(f"**Doctors at risk today: {total}**", icon=":material/emergency:")
    pressed = _listed(rows, BAND, "Doctors at risk today")
    if total > len(rows):
        words = f"All {many(total, 'flag')} in the queue"
        navigation.queue_link(words, help="Cases with a crisis flag", queue_flag="Crisis")
    return pressed


def _own(rows: list[Row], waiting: int) -> Act | None:
    st.subheader("What needs you")
    if not rows:
        st.caption("Nothing needs you today. Thank you.")
    pressed = _listed(rows, LIST, "What needs you, most urgent first") if rows else None
    if waiting and not st.session_state.get(SHOW_HUSHED):
        more = f"{waiting} {noun(waiting, 'thing')} can wait. Show {noun(waiting, 'it', 'them')}"
        st.button(more, type="tertiary", on_click=_show_hushed)
    navigation.my_cases_link("Update another of your cases" if rows else "Update one of your cases")
    return pressed


def _show_hushed() -> None:
    st.session_state[SHOW_HUSHED] = True


def _listed(rows: list[Row], key: str, label: str) -> Act | None:
    """Draws them; returns what was just pressed, if anything."""
    pressed = case_list.show([row.line() for row in rows], key=key, label=label)
    row = next((row for row in rows if pressed and row.reference == pressed.reference), None)
    return row.acts[pressed.name] if row and pressed else None


# Each part of a row ---------------------------------------------------------------------------------------------


def _flag(person: Person, row: Row, flag: InDanger) -> None:
    row.badges.append(Badge(store.words(person).terms["flag"].get(flag.code, flag.code), "red"))
    # Two flags on one case are one row with one thing to do.
    if not row.steps:
        row.step(_who_acts(flag), *_one_press(row.reference, flag))
    again = _until(flag.review_on)
    row.facts.append(Part(flag.why))
    row.facts.append(Part(f"since {day(flag.since)}"))
    row.facts.append(Part(f"look again {again[0].lower()}{again[1:]}", _kind(flag.review_on)))
    if flag.asked_on:
        row.facts.append(Part(f"update asked for on {day(flag.asked_on)}"))


def _who_acts(flag: InDanger) -> Part:
    if flag.lead is None:
        contact = f"{flag.contact} is the contact" if flag.contact else "no contact either"
        return Part(f"Nobody leads it; {contact}", "late")
    if flag.away_until is None:
        return Part("You act" if flag.is_theirs else f"{flag.lead} acts", "strong")
    covers = f"{flag.cover} covers" if flag.cover else "nobody covers"
    return Part(f"{flag.lead} is away until {day(flag.away_until)}; {covers}", "strong" if flag.cover else "late")


def _one_press(reference: str, flag: InDanger) -> Iterator[tuple[Button, Act]]:
    on = f"on {reference}"
    if flag.is_theirs:
        yield quick_update.update_button(reference)
    elif flag.lead is None:
        yield Button("find", "Find a case lead", f"Find a case lead for {reference}"), _find
    elif flag.asked_on is None:
        label = f"Ask {flag.lead} for an update {on}"
        yield Button("ask", "Ask for an update", label), partial(_ask, reference, flag.lead)
    else:
        yield Button("open", "Open", f"Open {reference}"), partial(navigation.open_case, reference)


def _need(person: Person, row: Row, line: Attention) -> None:
    done = _is_tapped(line)
    words = Part(f"✓ {_said(line)}", "soft") if done else Part(_said(line), _kind(line.due_on))
    if line.what is Need.AT_RISK:
        row.badges.append(Badge("At risk: no plan confirmed", "red"))
    if line.what is Need.ACTION:
        row.step(words, *_action(row.reference, line, done=done))
    elif line.what in (Need.UPDATE, Need.ASKED):
        row.step(words, *_update(person, row))
    elif line.what is Need.OFFER:
        button = Button("answer", "Answer", f"Answer the offer of {row.reference}")
        row.step(words, (button, partial(navigation.open_case, row.reference)))
    elif line.what is Need.ACTION_OFFER:
        row.step(words, *_offered(person, row.reference, line))
    else:
        row.step(words)


def _action(reference: str, line: Attention, *, done: bool) -> Iterator[tuple[Button, Act]]:
    """Undo comes before what it undoes, which keeps its place at the edge."""
    name, on, mark = store.public_id("action", line.id), f"on {reference}: {line.name}", action_forms.mark(line.id)
    if done:
        yield Button(f"undo-{name}", "Undo", f"Undo {on}"), partial(one_tap.undo, mark)
    act = partial(action_forms.done, reference, line.id, line.name, is_last=line.is_last)
    yield Button(f"done-{name}", "Done", f"Done {on}", is_spent=done), partial(one_tap.steady, act)


def _offered(person: Person, reference: str, line: Attention) -> Iterator[tuple[Button, Act]]:
    name, about = store.public_id("action", line.id), f"the action on {reference}: {line.name}"
    take_on = partial(action_forms.take_on, person, reference, line.id)
    yield Button(f"accept-{name}", "Accept", f"Accept {about}"), partial(one_tap.steady, take_on)
    decline = partial(action_forms.open_form, action_forms.DECLINE, line.id)
    yield Button(f"decline-{name}", "Decline", f"Decline {about}"), decline


def _update(person: Person, row: Row) -> Iterator[tuple[Button, Act]]:
    # A doctor at risk may have brought the same button already.
    offered = quick_update.buttons(person, row.reference, row.version)
    return ((button, act) for button, act in offered if button.name not in row.acts)


def _said(line: Attention) -> str:
    """What the line says. A kind of line that is missing here does not pass the type check."""
    when = f"{_until(line.due_on)}: " if line.due_on else ""
    match line.what:
        case Need.DEADLINE | Need.ACTION | Need.AT_RISK:
            return when + line.name
        case Need.CRISIS:
            return f"{when}review the crisis flag"
        case Need.CHASE:
            return f"{when}follow up with {_mid_sentence(line.name)}"
        case Need.UPDATE:
            return "Status update overdue"
        case Need.ASKED:
            return f"{line.name} asks for an update"
        case Need.OFFER:
            return "You are offered this case: accept or decline"
        case Need.ACTION_OFFER:
            return f"{when}you are asked to take over: {line.name}"
        case _:
            assert_never(line.what)


# What is pressed ------------------------------------------------------------------------------------------------


def _ask(reference: str, lead: str) -> None:
    button = forms.pressed(f"ask_{reference}")
    button.save(ask_update, f"Asked {text.plain(lead)} for an update on {reference}.", reference=reference, note="")


def _find() -> None:
    st.switch_page(navigation.FOLDER / "workload.py")


def _dialogs(person: Person, lines: list[Attention]) -> None:
    """What was opened, over the page, so that no line moves."""
    what, id = action_forms.opened()
    line = next((line for line in lines if what and line.id == id and line.what in _ABOUT[what]), None)
    if line is not None:
        st.dialog(action_forms.TITLES[what], on_dismiss=action_forms.dismiss)(_form)(person, what, line)
    else:
        quick_update.over_the_page()


_ABOUT = {
    action_forms.DONE: (Need.ACTION,),
    action_forms.DECLINE: (Need.ACTION_OFFER,),
    action_forms.TAKE: (Need.ACTION_OFFER,),
    action_forms.MOVE: (),
    action_forms.HAND: (),
}


def _form(person: Person, what: str, line: Attention) -> None:
    if what == action_forms.DONE:
        action_forms.finish_form(person, line.reference, line.id, line.name, is_last=line.is_last)
    elif what == action_forms.DECLINE:
        action_forms.decline_form(line.reference, line.id)
    else:
        action_forms.take(person, line.reference, line.id)


# Words ----------------------------------------------------------------------------------------------------------


def _mark(line: Attention) -> Hashable:
    if line.what is Need.ACTION:
        return action_forms.mark(line.id)
    if line.what in (Need.UPDATE, Need.ASKED):
        return quick_update.mark(line.reference)
    return (line.what, line.reference, line.name, line.due_on, line.id)


def _is_tapped(line: Attention) -> bool:
    return one_tap.tapped(_mark(line))


def _until(on: date) -> str:
    until = text.until(on)
    return f"{until[:1].upper()}{until[1:]}"


def _kind(on: date | None) -> Kind:
    if on is None:
        return ""
    left = (on - clock.today()).days
    return "late" if left < 0 else "soon" if left <= SOON_DAYS else ""


def _mid_sentence(name: str) -> str:
    """“The employer’s HR office” as it reads within a sentence."""
    return f"the {name[4:]}" if name.startswith("The ") else name
