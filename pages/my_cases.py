"""My cases: what do I hold, and what shall I note down before my shift?"""

import streamlit as st

from dashboard import auth, store
from dashboard.case import quick_update
from dashboard.ui import navigation, text
from db.choices import Whose

person = auth.current()
reference = store.words(person)
cases = store.my_cases(person)
if not cases:
    st.caption("You hold no cases. A lead offers them; offers appear on your home page.")
    st.page_link("../pages/queue.py", label="Look at the case queue", icon=":material/inbox:")
    st.stop()

st.caption(f"{len(cases)} open case{'' if len(cases) == 1 else 's'}, most urgent first")
for case in cases:
    with st.container(border=True, width=720):
        navigation.case_link(case.reference, f"**{case.reference}** · {case.stage.label}")
        if case.covered_for:
            st.caption(f":material/swap_horiz: You cover for {text.plain(case.covered_for)}")
        badges = [text.flag_badge(reference, code) for code in case.flags]
        badges += [text.condition_badge(condition) for condition in sorted(case.conditions)]
        if badges:
            st.markdown(" ".join(badges))
        if case.next_deadline:
            name, due, whose = case.next_deadline
            whom = "" if whose is Whose.OURS else f", {whose.label.lower()}"
            st.markdown(f":material/event: {text.plain(name)}, {text.day(due)} ({text.until(due)}{whom})")
        if case.coming:
            name, due, _ = case.coming
            st.markdown(f":material/event_upcoming: then {text.plain(name)}, {text.day(due)} ({text.until(due)})")
        if case.next_action:
            action = case.next_action
            st.markdown(f":material/arrow_forward: {text.plain(action.text)} ({text.until(action.due_on)})")
        same = f" · “no change” {case.no_changes} times in a row" if case.no_changes > 1 else ""
        st.caption(f"Doctor last reached {text.day(case.reached_on) if case.reached_on else 'never'}{same}")
        quick_update.offer(case.reference)
