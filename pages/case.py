"""One case: where does it stand, what is next, and by when?"""

import streamlit as st

from dashboard import auth, bodies, case_forms, case_view, store, team_forms, update_form
from db.choices import AuditAction
from db.errors import NotFound

person = auth.current()
reference = st.query_params.get("ref", "")
try:
    case = store.case(person, reference)
except NotFound as refusal:
    st.title("Case")
    st.error(refusal.message, icon=":material/search_off:")
    st.page_link("../pages/queue.py", label="Back to the case queue", icon=":material/arrow_back:")
    st.stop()

case_view.head(person, case)
team_forms.answer_offer(case)
if not case.full:
    case_view.facts(person, case)
    st.caption("The rest is for the people on this case and leads.")
    st.stop()
store.log_access(person, AuditAction.VIEW, reference=case.reference)

first = "Status update" if st.query_params.get("do") == "update" else "Overview"
overview, update, timeline, findings, processes, urgent, people = st.tabs(
    [
        "Overview",
        "Status update",
        "Timeline",
        "Findings",
        "Processes and deadlines",
        "Flags and waiting",
        "Team and consent",
    ],
    default=first,
    key=f"tabs_{case.reference}",
)
with overview:
    case_view.facts(person, case)
    case_view.processes(person, case)
with update:
    update_form.full_update(person, case)
with timeline:
    with st.expander("Add an entry", icon=":material/add:"):
        case_forms.add_entry(person, case)
    case_view.timeline(person, case)
with findings:
    case_view.findings(case)
    with st.expander("Add a finding", icon=":material/add:"):
        case_forms.add_finding(person, case)
with processes:
    with st.expander("Add a deadline", icon=":material/add:"):
        case_forms.add_deadline(person, case)
    with st.expander("A deadline met, planned for or lapsed"):
        case_forms.change_deadline(case)
    with st.expander("Add a process", icon=":material/add:"):
        bodies.search()
        case_forms.add_process(person, case)
    with st.expander("A process moved on or ended"):
        case_forms.move_process(person, case)
with urgent:
    case_forms.flags(person, case)
    case_forms.waiting(case)
with people:
    team_forms.team(person, case)
    team_forms.consents(case)
    team_forms.identity(case)
    team_forms.step_back(person, case)
