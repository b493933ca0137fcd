"""What needs somebody today: doctors at risk before everything, then one row a case, each with what can be done."""

from collections.abc import Hashable, Iterator
from functools import partial
from typing import assert_never

import streamlit as st

from dashboard import store
from dashboard.actions import action_forms
from dashboard.case import quick_update
from dashboard.case.quick_update import Act
from dashboard.home import danger_band
from dashboard.home.rows import Row, kind, listed, until
from dashboard.ui import case_lines, forms, navigation, one_tap, text
from dashboard.ui.case_list import Badge, Button, Part
from db import clock
from db.commands.flags import review_flag
from db.queries.home import Attention
from db.queries.session import Person
from db.rules.actions import DECIDE
from db.rules.attention import Need
from db.rules.consent import needed_of
from db.rules.safety import looked_at_again
from db.rules.words import day, noun

LIST, FLAGS, SHOW_HUSHED = "home_needs", "flags_to_look_at", "home_show_hushed"
WISHES = {Need.ASKED: "for an update", Need.CODING: "you to code this case without seeing its findings"}


def needs(person: Person) -> None:
    """The band of doctors at risk, then what needs this person. A case is in one of them only, with all there is."""
    told = st.container()
    danger = store.danger(person)
    lines = one_tap.in_place("home", [line for line in store.attention(person) if line.what is not Need.CRISIS], _mark)
    at_risk = danger_band.rows_of(person, danger)
    rows = {row.reference: row for row in at_risk}
    waits = [line for line in lines if line.hushed and not _is_tapped(line)]
    shown = lines if st.session_state.get(SHOW_HUSHED) else [line for line in lines if line not in waits]
    own = [row for row in _rows(person, shown, rows) if row not in at_risk]
    pressed_above = danger_band.band(person, at_risk, danger.total)
    pressed = _own(own, len(waits)) or pressed_above
    if pressed:
        with told:
            pressed()
    _dialogs(person, lines)


def _rows(person: Person, lines: list[Attention], rows: dict[str, Row]) -> list[Row]:
    references = tuple(line.reference for line in lines)
    versions, about = store.own_versions(person, references), case_lines.about(person, references)
    for line in lines:
        # An offer says only that it waits: the reader answers for the organisation before seeing any more.
        stage = "" if line.what is Need.OFFER else line.stage.label
        row = rows.setdefault(line.reference, Row(line.reference, about[line.reference], stage))
        row.version = versions.get(line.reference, 0)
        _need(person, row, line)
    return list(rows.values())


def _own(rows: list[Row], waiting: int) -> Act | None:
    text.heading("What needs you")
    if not rows:
        st.caption("Nothing needs you today. Thank you.")
    pressed = listed(rows, LIST, "What needs you, most urgent first") if rows else None
    if waiting and not st.session_state.get(SHOW_HUSHED):
        more = f"{waiting} {noun(waiting, 'thing')} can wait. Show {noun(waiting, 'it', 'them')}"
        st.button(more, type="tertiary", on_click=_show_hushed)
    navigation.my_cases_link("Update another of your cases" if rows else "Update one of your cases")
    return pressed


def flags_to_look_at(person: Person) -> None:
    """On another page than Home: flags of this person's cases whose day to look again has come."""
    lines = [line for line in store.attention(person) if line.what is Need.FLAG and not line.hushed]
    rows = _rows(person, lines, {})
    if not rows:
        return
    text.heading("Flags to look at again")
    if pressed := listed(rows, FLAGS, "Flags to look at again"):
        pressed()


def _show_hushed() -> None:
    st.session_state[SHOW_HUSHED] = True


# Each part of a row ---------------------------------------------------------------------------------------------


def _need(person: Person, row: Row, line: Attention) -> None:
    done = _is_tapped(line)
    words = Part(f"✓ {_said(line)}", "soft") if done else Part(_said(line), kind(line.due_on))
    if line.what is Need.AT_RISK:
        row.badges.append(Badge("At risk: no plan confirmed", "red"))
    if line.what is Need.FLAG:
        row.step(Part(f"{until(line.due_on or clock.today())}: {_look_again(person, line)}", words.kind), _stands(line))
    elif line.what is Need.ACTION:
        row.step(words, *_action(row.reference, line, done=done))
    elif line.what in (Need.UPDATE, Need.ASKED):
        row.step(words, *_update(person, row))
    elif line.what is Need.OFFER:
        button = Button("answer", "Answer", f"Answer the offer of {row.reference}")
        row.step(words, (button, partial(navigation.open_case, row.reference)))
    elif line.what is Need.ACTION_OFFER:
        row.step(words, *_offered(person, row.reference, line))
    elif line.what is Need.CODING:
        button = Button("code", "Code it", f"Code {row.reference}")
        row.step(words, (button, partial(navigation.open_case, row.reference)))
    else:
        row.step(words)


def _action(reference: str, line: Attention, *, done: bool) -> Iterator[tuple[Button, Act]]:
    """Undo comes before what it undoes, which keeps its place at the edge. A decision is made on the case."""
    if line.name == DECIDE:
        button = Button(f"decide-{store.public_id('action', line.id)}", "Decide", f"Decide on {reference}")
        yield button, partial(navigation.open_case, reference, navigation.TEAM)
        return
    name, on, mark = store.public_id("action", line.id), f"on {reference}: {line.name}", action_forms.mark(line.id)
    if done:
        yield Button(f"undo-{name}", "Undo", f"Undo {on}"), partial(one_tap.undo, mark)
    act = partial(action_forms.done, reference, line.id, line.name, is_last=line.is_last)
    yield Button(f"done-{name}", "Done", f"Done {on}", is_spent=done), partial(one_tap.steady, act)


def _look_again(person: Person, line: Attention) -> str:
    return f"look at the flag “{store.words(person).terms['flag'].get(line.name, line.name)}” again"


def _stands(line: Attention) -> tuple[Button, Act]:
    """One press says that it stands, for a week. To clear it takes a reason, on the case."""
    button = Button(f"stands-{line.name.lower()}", "It stands", f"The flag {line.name} on {line.reference} stands")
    return button, partial(one_tap.steady, partial(_note_that_it_stands, line))


def _note_that_it_stands(line: Attention) -> None:
    again, seen = looked_at_again(line.name, clock.today()), line.due_on or clock.today()
    said = f"Noted on {line.reference}. Look again on {day(again)}."
    button = forms.pressed(f"stands_{line.reference}_{line.name}_{seen}")
    about = {"reference": line.reference, "code": line.name}
    if button.save(review_flag, said, redraw=False, seen_review_on=seen, review_on=again, **about):
        one_tap.moved()
        st.rerun()


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
    when = f"{until(line.due_on)}: " if line.due_on else ""
    match line.what:
        case Need.DEADLINE | Need.ACTION | Need.AT_RISK:
            return when + line.name
        case Need.CRISIS:
            return f"{when}review the crisis flag"
        case Need.FLAG:
            return f"{when}look at a flag again"
        case Need.CONSENT:
            has_ended = line.due_on is not None and line.due_on < clock.today()
            ends = f"Consent {'ran out' if has_ended else 'ends'}{f' on {day(line.due_on)}' if line.due_on else ''}"
            return f"{ends}: ask the doctor again ({needed_of(line.name).words})"
        case Need.CHASE:
            return f"{when}follow up with {_mid_sentence(line.name)}"
        case Need.UPDATE:
            return "Status update overdue"
        case Need.ASKED | Need.CODING:
            return f"{line.name} asks {WISHES[line.what]}"
        case Need.OFFER:
            return "You are offered this case: accept or decline"
        case Need.ACTION_OFFER:
            return f"{when}you are asked to take over: {line.name}"
        case _:
            assert_never(line.what)


# What is pressed ------------------------------------------------------------------------------------------------


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


def _mid_sentence(name: str) -> str:
    """“The employer’s HR office” as it reads within a sentence."""
    return f"the {name[4:]}" if name.startswith("The ") else name
