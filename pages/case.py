"""One case: where does it stand, what is next, and by when?"""

import streamlit as st

from dashboard import actions_view, auth, case_parts, case_view, store, team_forms, update_form, words
from db.choices import AuditAction
from db.errors import NotFound

person = auth.current()
reference = st.query_params.get("ref", "")
try:
    case = store.case(person, reference)
except NotFound as refusal:
    st.title("Case")
    if team_forms.answer_offer(person, reference):
        st.stop()
    st.error(words.sentence(refusal.message), icon=":material/search_off:")
    st.page_link("../pages/queue.py", label="Back to the case queue", icon=":material/arrow_back:")
    st.stop()

case_view.head(person, case)
team_forms.answer_offer(person, case.reference)
if not case.full:
    case_view.facts(person, case)
    st.caption("The rest is for the people on this case and leads.")
    st.stop()
store.log_access(person, AuditAction.VIEW, reference=case.reference)

first = "Status update" if st.query_params.get("do") == "update" else "Overview"
PARTS = {
    "Overview": case_parts.overview,
    "Status update": update_form.full_update,
    "Actions": actions_view.of_case,
    "Timeline": case_parts.timeline,
    "Documents": case_parts.documents,
    "Findings": case_parts.findings,
    "Processes and deadlines": case_parts.processes,
    "Flags and waiting": case_parts.urgent,
    "Team and consent": case_parts.people,
    "History": case_parts.history,
}
titles = [words.one_of(name) for name in PARTS]
drawn = st.tabs(titles, default=words.one_of(first), key=f"tabs_{case.reference}", on_change="rerun")
tabs = dict(zip(PARTS, drawn, strict=True))
# Drawn once opened, and from then on, so that nothing typed in one tab is lost by a look at another.
opened: set[str] = st.session_state.setdefault(f"opened_{case.reference}", set())
opened |= {name for name, tab in tabs.items() if tab.open}
# The form that is saved most comes first: what is drawn before a save is drawn twice.
for name in sorted(opened, key=lambda name: name != "Status update"):
    with tabs[name]:
        PARTS[name](person, case)
