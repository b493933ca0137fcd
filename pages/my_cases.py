"""My cases: which cases am I on, and what should I record before my shift?"""

import streamlit as st

from dashboard import auth, store
from dashboard.case import quick_update, summary
from dashboard.ui import navigation, one_tap, text
from db.choices import Whose
from db.rules.words import many

person = auth.current()
reference = store.words(person)
cases = store.my_cases(person)
if not cases:
    st.caption("You are not on any cases. When a lead offers you one, it appears on Home.")
    st.page_link("../pages/queue.py", label="Look at the case queue", icon=":material/inbox:")
    st.stop()

st.caption(f"{many(len(cases), 'open case')}, most urgent first")
for case in one_tap.in_place("my_cases", cases, lambda case: quick_update.mark(case.reference)):
    with st.container(border=True, width=720):
        navigation.case_link(case.reference, f"**{case.reference}** · {case.stage.label}")
        if case.covered_for:
            st.caption(f":material/swap_horiz: You are covering for {text.plain(case.covered_for)}")
        badges = [text.flag_badge(reference, code) for code in case.flags]
        badges += summary.condition_badges(case)
        if badges:
            st.markdown(" ".join(badges))
        if case.next_deadline:
            name, due, whose = case.next_deadline
            whom = "" if whose is Whose.OURS else f", {whose.label.lower()}"
            st.markdown(f":material/event: {text.plain(name)}, {text.due(due)}{whom}")
        if case.coming:
            name, due, _ = case.coming
            st.markdown(f":material/event_upcoming: then {text.plain(name)}, {text.due(due)}")
        if case.next_action:
            action = case.next_action
            st.markdown(f":material/arrow_forward: {text.plain(action.text)}, {text.due(action.due_on)}")
        reached = f"Doctor last reached {text.day(case.reached_on)}" if case.reached_on else "Doctor not reached yet"
        quiet = f" · Quiet since {text.day(case.quiet_since)}" if case.quiet_since else ""
        st.caption(f"{reached}{quiet}")
        quick_update.offer(case.reference)
