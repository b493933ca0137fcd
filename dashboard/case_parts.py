"""The tabs of the case page."""

import streamlit as st

from dashboard import (
    bodies,
    case_forms,
    case_view,
    checklist_view,
    deadline_forms,
    deadline_view,
    document_forms,
    history_view,
    meeting_forms,
    pathway_forms,
    pathway_view,
    store,
    team_forms,
    wall_forms,
)
from dashboard.store import CaseDetail, Person


def overview(person: Person, case: CaseDetail) -> None:
    case_view.facts(person, case)
    case_view.processes(person, case)


def timeline(person: Person, case: CaseDetail) -> None:
    with st.expander("Add an entry", icon=":material/add:"):
        case_forms.add_entry(person, case)
    case_view.timeline(person, case)
    with st.expander("Take words out of this case for good"):
        case_forms.redact_words(case)


def findings(person: Person, case: CaseDetail) -> None:
    case_view.findings(case)
    with st.expander("Add a finding", icon=":material/add:"):
        case_forms.add_finding(person, case)


def processes(person: Person, case: CaseDetail) -> None:
    pathways = store.pathways(person, case.reference)
    pathway_view.strips(person, case, pathways)
    pathway_view.time_axis(person, case, pathways)
    deadline_view.cards(person, case)
    checklist_view.checklists(person, case, pathways)
    # Kept open while rule and day are chosen, which stand outside the form.
    with st.expander("Add a deadline", icon=":material/add:", key=f"add_deadline_{case.reference}"):
        deadline_forms.add_deadline(person, case)
    with st.expander("A deadline met, planned for or lapsed"):
        deadline_forms.change_deadline(case)
    with st.expander("A date changed, a clock stopped, an exclusion lifted"):
        deadline_forms.change_date(person, case)
    with st.expander("Add a process", icon=":material/add:"):
        bodies.search()
        case_forms.add_process(person, case)
    with st.expander("A process moved on or ended"):
        case_forms.move_process(person, case)
    # Kept open while process and stage are chosen, which stand outside the form.
    with st.expander("Dates of stages", icon=":material/edit_calendar:", key=f"stage_dates_{case.reference}"):
        pathway_forms.dates(person, case, pathways)


def urgent(person: Person, case: CaseDetail) -> None:
    case_view.flags(person, case)
    case_forms.flags(person, case)
    case_forms.waiting(case)
    meeting_forms.mark(case)


def documents(person: Person, case: CaseDetail) -> None:
    document_forms.documents(person, case)


def history(person: Person, case: CaseDetail) -> None:
    history_view.history(person, case)


def people(person: Person, case: CaseDetail) -> None:
    wall = store.wall(person, case.reference)
    team_forms.team(person, case)
    wall_forms.exceptions(person, case, wall)
    team_forms.consents(case)
    team_forms.identity(case)
    wall_forms.named(person, case, wall)
    team_forms.step_back(person, case)
