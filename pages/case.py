"""Case: how far has it come, what is next, and by when?"""

import streamlit as st

from dashboard import auth, store
from dashboard.actions import action_lists
from dashboard.case import documents, history, status_update, summary, tabs, team
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
    summary.facts(person, case)
    st.caption("Only leads and the people on this case can see the rest.")
    st.stop()
store.log_access(person, AuditAction.VIEW, reference=case.reference)

first = "Status update" if st.query_params.get("do") == "update" else "Overview"
PARTS = {
    "Overview": tabs.overview_tab,
    "Status update": status_update.full_update,
    "Actions": action_lists.of_case,
    "Timeline": tabs.timeline_tab,
    "Documents": documents.documents,
    "Findings": tabs.findings_tab,
    "Processes and deadlines": tabs.processes_tab,
    "Flags and waiting": tabs.urgent_tab,
    "Team and consent": tabs.people_tab,
    "History": history.history,
}
titles = [text.one_of(name) for name in PARTS]
drawn = st.tabs(titles, default=text.one_of(first), key=f"tabs_{case.reference}", on_change="rerun")
shown = dict(zip(PARTS, drawn, strict=True))
# A tab is drawn from when it is first opened, so that words typed in it survive a look at another.
opened: set[str] = st.session_state.setdefault(f"opened_{case.reference}", set())
opened |= {name for name, tab in shown.items() if tab.open}
# The form that is saved most often comes first: what is drawn before a save is drawn twice.
for name in sorted(opened, key=lambda name: name != "Status update"):
    with shown[name]:
        PARTS[name](person, case)
