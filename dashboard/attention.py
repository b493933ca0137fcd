"""The parts of the home page: own lines, the casework's conditions, the trend."""

import streamlit as st

from dashboard import action_forms, charts_trend, navigation, quick_update, store, words
from dashboard.store import Attention, Person
from db.choices import Condition

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
ASKED = ("offer", "action_offer")
ICONS = {
    "crisis": ":material/emergency:",
    "deadline": ":material/event:",
    "at_risk": ":material/event:",
    "action": ":material/check_box_outline_blank:",
    "chase": ":material/call:",
    "update": ":material/edit_note:",
    "asked": ":material/forum:",
    "offer": ":material/waving_hand:",
    "action_offer": ":material/waving_hand:",
}


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
    when = f"**{words.until(line.due_on)}**, {words.day(line.due_on)}: " if line.due_on else ""
    said = {
        "crisis": f"{when}review the crisis flag",
        "deadline": when + words.plain(line.name),
        "at_risk": f"{when}{words.plain(line.name)} :red-badge[at risk: no plan confirmed]",
        "action": when + words.plain(line.name),
        "chase": f"{when}chase: {words.plain(line.name)}",
        "update": "status update overdue",
        "asked": f"an update is asked for by {words.plain(line.name)}",
        "offer": "you are offered this case: accept or decline",
        "action_offer": f"{when}you are asked to take over: {words.plain(line.name)}",
    }[line.what]
    to = {"do": "update"} if line.what in ("update", "asked") else {}
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        navigation.case_link(line.reference, f"{ICONS[line.what]} **{line.reference}**", **to)
        st.markdown(f"{said} :gray[· {line.stage.label}]", width="content")
        if line.what == "action":
            action_forms.done_button(line.reference, line.id, is_last=line.is_last)
        elif line.what == "action_offer":
            action_forms.answer_buttons(line.reference, line.id)
    if line.what == "action" and action_forms.is_open(action_forms.DONE, line.id):
        action_forms.finish_form(person, line.reference, line.id, is_last=line.is_last)
    elif line.what == "action_offer" and action_forms.is_open(action_forms.DECLINE, line.id):
        action_forms.decline_form(line.reference, line.id)
    if line.what in ("update", "asked"):
        quick_update.offer(line.reference)


def casework(person: Person) -> None:
    """For leads: how many cases meet each condition; each number opens the queue on just those."""
    counts = store.condition_counts(person)
    st.subheader("The casework today")
    with st.container(horizontal=True, border=True, gap="small"):
        for condition in LEAD_ORDER:
            many = counts[condition]
            colour = words.condition_colour(condition) if many else "gray"
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
        charts_trend.trend_spec(),
        alt=f"Over 26 weeks {came} cases opened and {went} closed; {now} are open now",
    )
