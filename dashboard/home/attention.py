"""The parts of the home page: own lines, the casework's conditions, the trend."""

from typing import assert_never

import streamlit as st

from dashboard import store
from dashboard.actions import action_forms
from dashboard.case import quick_update
from dashboard.home import trend_chart
from dashboard.ui import conflict_question, navigation, text
from db.choices import Condition
from db.queries.home import Attention
from db.queries.session import Person
from db.rules.attention import Need, for_each_need

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
MEANS = {
    Condition.DEADLINE_MISSED: "An own deadline has passed unmet",
    Condition.AT_RISK: "A hard limit within 28 days, no plan confirmed",
    Condition.UNALLOCATED: "Open with no case lead",
    Condition.STALLED: "Nothing done for 14 days, 7 if urgent",
    Condition.CHASE_DUE: "Waiting on somebody past the day to chase",
    Condition.UPDATE_OVERDUE: "No status update this week",
    Condition.ACTION_OVERDUE: "The next action is past its day",
    Condition.OWNER_AWAY: "The case lead is on leave, or has left",
}
# Beyond these a list stops being one for today; crisis and statutory dates, and offers, are all shown.
FIRST, SHOW_ALL = 12, "home_show_all"
HEADINGS = {1: "Now: crisis and statutory dates", 2: "Late, or waiting for you", 3: "Due soon"}
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


def own_lines(person: Person) -> None:
    """What needs this person, most urgent first; each line opens the case or its update."""
    lines = store.attention(person)
    st.subheader("What needs you")
    if not lines:
        st.caption("Nothing needs you today. Thank you.")
        navigation.my_cases_link("Update one of your cases")
        return
    shown = lines
    if not st.session_state.get(SHOW_ALL):
        first = max(FIRST, sum(line.order == 1 for line in lines))
        # Somebody waits for the answer to an offer: it is never folded away.
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
    """The link first, then the thing in full, which wraps on a phone."""
    to = {"do": "update"} if line.what in (Need.UPDATE, Need.ASKED) else {}
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        navigation.case_link(line.reference, f"{ICONS[line.what]} **{line.reference}**", **to)
        # Of an offer no more is told than that it waits: where the body is not matched, the answer comes first.
        stage = "" if line.what is Need.OFFER else f" :gray[· {line.stage.label}]"
        st.markdown(_said(line) + stage, width="content")
        if line.what is Need.ACTION:
            action_forms.done_button(line.reference, line.id, is_last=line.is_last)
        elif line.what is Need.ACTION_OFFER:
            action_forms.answer_buttons(person, line.reference, line.id)
    if line.what is Need.ACTION and action_forms.is_open(action_forms.DONE, line.id):
        action_forms.finish_form(person, line.reference, line.id, is_last=line.is_last)
    elif line.what is Need.ACTION_OFFER and action_forms.is_open(action_forms.DECLINE, line.id):
        action_forms.decline_form(line.reference, line.id)
    elif line.what is Need.ACTION_OFFER and action_forms.is_open(action_forms.TAKE, line.id):
        conflict_question.action(person, line.reference, line.id)
    if line.what in (Need.UPDATE, Need.ASKED):
        quick_update.offer(line.reference)


def _said(line: Attention) -> str:
    """A kind of line that is missing here does not pass the type check."""
    when = f"**{text.until(line.due_on)}**, {text.day(line.due_on)}: " if line.due_on else ""
    name = text.plain(line.name)
    match line.what:
        case Need.CRISIS:
            return f"{when}review the crisis flag"
        case Need.DEADLINE | Need.ACTION:
            return when + name
        case Need.AT_RISK:
            return f"{when}{name} :red-badge[at risk: no plan confirmed]"
        case Need.CHASE:
            return f"{when}chase: {name}"
        case Need.UPDATE:
            return "status update overdue"
        case Need.ASKED:
            return f"an update is asked for by {name}"
        case Need.OFFER:
            return "you are offered this case: accept or decline"
        case Need.ACTION_OFFER:
            return f"{when}you are asked to take over: {name}"
        case _:
            assert_never(line.what)


def casework(person: Person) -> None:
    """For leads: how many cases meet each condition; each number opens the queue on just those."""
    counts = store.condition_counts(person)
    st.subheader("The casework today")
    with st.container(horizontal=True, border=True, gap="small"):
        for condition in LEAD_ORDER:
            many = counts[condition]
            colour = text.condition_colour(condition) if many else "gray"
            label = f":{colour}-badge[**{many:,}**] {condition.label}"
            navigation.queue_link(label, help=MEANS[condition], condition=condition.value)


def trend(person: Person) -> None:
    weeks = store.trend(person)
    came, went, now = int(weeks["opened"].sum()), int(weeks["closed"].sum()), int(weeks["open"].iloc[-1])
    if not (came or went or now):
        st.subheader("Where to begin")
        st.page_link(navigation.FOLDER / "people.py", label="Add the volunteers", icon=":material/person_add:")
        st.page_link(navigation.FOLDER / "new_case.py", label="Take down the first case", icon=":material/add_circle:")
        return
    st.subheader("Caseload over 26 weeks")
    st.caption(f"{came} opened, {went} closed, {now} open now")
    st.vega_lite_chart(
        weeks,
        trend_chart.trend_spec(),
        alt=f"Over 26 weeks {came} cases opened and {went} closed; {now} are open now",
    )
