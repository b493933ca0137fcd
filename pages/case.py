"""Case: how far has it come, what is next, and by when?"""

import streamlit as st

from dashboard import auth, store
from dashboard.actions import action_lists
from dashboard.case import parts, side, summary, tabs, team
from dashboard.ui import text
from db.choices import AuditAction
from db.errors import NotFound

person = auth.current()
reference = st.query_params.get("ref", "")
try:
    case = store.case(person, reference)
except NotFound as refusal:
    st.title("Case")
    if team.answer_offer(person, reference):
        st.stop()
    st.error(text.sentence(refusal.message), icon=":material/search_off:")
    st.page_link("../pages/queue.py", label="Back to the case queue", icon=":material/arrow_back:")
    st.stop()

summary.head(person, case)
team.answer_offer(person, case.reference)
if not case.full:
    summary.card_facts(person, case)
    st.caption("Only leads and the people on this case can see the rest.")
    st.stop()
store.log_access(person, AuditAction.VIEW, reference=case.reference)

# In this order for a phone and for a reader; on a wide screen the style puts what stays in sight on the right.
with st.container(key="case_body"):
    beside, main = st.container(key="case_side", gap=None), st.container(key="case_main")
    # The forms first: what is drawn before a save is drawn twice.
    with main:
        parts.parts(
            person,
            case,
            {
                parts.CASE: [tabs.case_tab],
                parts.ACTIONS: [action_lists.of_case, tabs.deadlines_tab, tabs.urgent_tab],
                parts.PROCESSES: [tabs.processes_tab],
                parts.FINDINGS: [tabs.findings_tab],
                parts.TEAM: [tabs.people_tab],
            },
        )
    with beside:
        side.side(case)
