"""The parts of the home page: what needs you, the casework by condition, the trend."""

from collections.abc import Hashable
from typing import assert_never

import streamlit as st

from dashboard import store
from dashboard.actions import action_forms
from dashboard.case import quick_update
from dashboard.home import trend_chart
from dashboard.settings import settings
from dashboard.ui import navigation, one_tap, text
from db.choices import Condition
from db.queries.home import Attention
from db.queries.session import Person
from db.rules.attention import Need, for_each_need
from db.rules.limits import Limits
from db.rules.words import many

LEAD_ORDER = (
    Condition.DEADLINE_MISSED,
    Condition.AT_RISK,
    Condition.UNALLOCATED,
    Condition.STALLED,
    Condition.CHASE_DUE,
    Condition.UPDATE_OVERDUE,
    Condition.ACTION_OVERDUE,
    Condition.OWNER_AWAY,
)
# A list for today is short; crisis and statutory dates, and offers, are shown however many there are.
FIRST, SHOW_ALL = 12, "home_show_all"
HEADINGS = {1: "Now: crisis and statutory dates", 2: "Overdue, or waiting for you", 3: "Due soon"}
ASKED = (Need.OFFER, Need.ACTION_OFFER)
ICONS = for_each_need(
    {
        Need.CRISIS: ":material/emergency:",
        Need.DEADLINE: ":material/event:",
        Need.AT_RISK: ":material/event:",
        Need.ACTION: ":material/check_box_outline_blank:",
        Need.CHASE: ":material/call:",
        Need.UPDATE: ":material/edit_note:",
        Need.ASKED: ":material/forum:",
        Need.OFFER: ":material/waving_hand:",
        Need.ACTION_OFFER: ":material/waving_hand:",
    }
)


def meanings(limits: Limits) -> dict[Condition, str]:
    """What each condition means, with the limits in force."""
    risk, update = many(limits.at_risk_days, "day"), many(limits.update_every_days, "day")
    stalled = many(limits.stalled_days, "day")
    return {
        Condition.DEADLINE_MISSED: "We missed one of our deadlines",
        Condition.AT_RISK: f"A statutory or national deadline within {risk} has no confirmed plan",
        Condition.UNALLOCATED: "Open, and nobody has accepted to lead it",
        Condition.STALLED: f"No news for {stalled} ({limits.stalled_days_urgent} with an urgent flag)",
        Condition.CHASE_DUE: "We wait for somebody, and the day to follow up has come",
        Condition.UPDATE_OVERDUE: f"No status update for over {update}",
        Condition.ACTION_OVERDUE: "The day of the next action has passed",
        Condition.OWNER_AWAY: "The case lead is on leave today, or has left",
    }


def own_lines(person: Person) -> None:
    """What needs this person, most urgent first; each line opens the case or its update."""
    lines = one_tap.in_place("home", store.attention(person), _mark)
    st.subheader("What needs you")
    if not lines:
        st.caption("Nothing needs you today. Thank you.")
        navigation.my_cases_link("Update one of your cases")
        return
    shown = lines
    if not st.session_state.get(SHOW_ALL):
        first = max(FIRST, sum(line.order == 1 for line in lines))
        # Somebody is waiting for the answer to an offer, so it is never folded away.
        shown = [line for place, line in enumerate(lines) if place < first or line.what in ASKED]
    for order, heading in HEADINGS.items():
        group = [line for line in shown if line.order == order]
        if group:
            st.markdown(f"**{heading}**")
        for line in group:
            _line(person, line)
    if len(lines) > len(shown) and st.button(f"Show {len(lines) - len(shown)} more"):
        st.session_state[SHOW_ALL] = True
        st.rerun()
    navigation.my_cases_link("Update another of your cases")


def _line(person: Person, line: Attention) -> None:
    """The link first, then the rest in full, which wraps on a phone."""
    to = {"do": "update"} if line.what in (Need.UPDATE, Need.ASKED) else {}
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        navigation.case_link(line.reference, f"{ICONS[line.what]} **{line.reference}**", **to)
        # An offer says only that it waits: the reader answers for the organisation before seeing any more.
        stage = "" if line.what is Need.OFFER else f" :gray[· {line.stage.label}]"
        st.markdown(_said(line) + stage, width="content")
        if line.what is Need.ACTION:
            action_forms.done_button(line.reference, line.id, line.name, is_last=line.is_last)
        elif line.what is Need.ACTION_OFFER:
            action_forms.answer_buttons(person, line.reference, line.id)
    if line.what is Need.ACTION and action_forms.is_open(action_forms.DONE, line.id):
        action_forms.finish_form(person, line.reference, line.id, line.name, is_last=line.is_last)
    elif line.what is Need.ACTION_OFFER and action_forms.is_open(action_forms.DECLINE, line.id):
        action_forms.decline_form(line.reference, line.id)
    elif line.what is Need.ACTION_OFFER and action_forms.is_open(action_forms.TAKE, line.id):
        action_forms.take(person, line.reference, line.id)
    if line.what in (Need.UPDATE, Need.ASKED):
        quick_update.offer(line.reference)


def _mark(line: Attention) -> Hashable:
    if line.what is Need.ACTION:
        return action_forms.mark(line.id)
    if line.what in (Need.UPDATE, Need.ASKED):
        return quick_update.mark(line.reference)
    return (line.what, line.reference, line.name, line.due_on, line.id)


def _said(line: Attention) -> str:
    """What the line says. A kind of line that is missing here does not pass the type check."""
    when = f"**{text.due(line.due_on)}**: " if line.due_on else ""
    name = text.plain(line.name)
    match line.what:
        case Need.CRISIS:
            return f"{when}review the crisis flag"
        case Need.DEADLINE | Need.ACTION:
            return when + name
        case Need.AT_RISK:
            return f"{when}{name} :red-badge[at risk: no plan confirmed]"
        case Need.CHASE:
            return f"{when}follow up with {_mid_sentence(name)}"
        case Need.UPDATE:
            return "status update overdue"
        case Need.ASKED:
            return f"{name} asks for an update"
        case Need.OFFER:
            return "you are offered this case: accept or decline"
        case Need.ACTION_OFFER:
            return f"{when}you are asked to take over: {name}"
        case _:
            assert_never(line.what)


def _mid_sentence(name: str) -> str:
    """“The employer’s HR office” as it reads within a sentence."""
    return f"the {name[4:]}" if name.startswith("The ") else name


def casework(person: Person) -> None:
    """For leads: how many cases meet each condition; each number opens the queue on just those."""
    means = meanings(settings().limits)
    counts = store.condition_counts(person)
    st.subheader("The casework today")
    with st.container(horizontal=True, border=True, gap="small"):
        for condition in LEAD_ORDER:
            count = counts[condition]
            colour = text.condition_colour(condition) if count else "gray"
            label = f":{colour}-badge[**{count:,}**] {condition.label}"
            navigation.queue_link(label, help=means[condition], condition=condition.value)


def trend(person: Person) -> None:
    weeks = store.trend(person)
    came, went, now = int(weeks["opened"].sum()), int(weeks["closed"].sum()), int(weeks["open"].iloc[-1])
    if not (came or went or now):
        st.subheader("Where to begin")
        st.page_link(navigation.FOLDER / "people.py", label="Add volunteers", icon=":material/person_add:")
        st.page_link(navigation.FOLDER / "new_case.py", label="Record the first case", icon=":material/add_circle:")
        return
    over = f"over {many(len(weeks), 'week')}"
    st.subheader(f"Caseload {over}")
    st.caption(f"{came} opened, {went} closed, {now} open now")
    st.vega_lite_chart(
        weeks,
        trend_chart.trend_spec(),
        alt=f"Cases {over}: {came} opened, {went} closed, {now} open now",
    )
