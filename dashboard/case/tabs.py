"""The tabs of the case page."""

import streamlit as st

from dashboard import store
from dashboard.case import (
    case_forms,
    checklists,
    deadline_forms,
    deadlines,
    meeting_mark,
    pathways,
    stage_dates,
    summary,
    team,
    wall,
)
from dashboard.store import CaseDetail, Person
from dashboard.ui import body_search


def overview(person: Person, case: CaseDetail) -> None:
    summary.facts(person, case)
    summary.processes(person, case)


def timeline(person: Person, case: CaseDetail) -> None:
    with st.expander("Add an entry", icon=":material/add:"):
        case_forms.add_entry(person, case)
    summary.timeline(person, case)
    with st.expander("Take words out of this case for good"):
        case_forms.redact_words(case)


def findings(person: Person, case: CaseDetail) -> None:
    summary.findings(case)
    with st.expander("Add a finding", icon=":material/add:"):
        case_forms.add_finding(person, case)


def processes(person: Person, case: CaseDetail) -> None:
    found = store.pathways(person, case.reference)
    pathways.strips(person, case, found)
    pathways.time_axis(person, case, found)
    deadlines.cards(person, case)
    checklists.checklists(person, case, found)
    # Kept open while rule and day are chosen, which stand outside the form.
    with st.expander("Add a deadline", icon=":material/add:", key=f"add_deadline_{case.reference}"):
        deadline_forms.add_deadline(person, case)
    with st.expander("A deadline met, planned for or lapsed"):
        deadline_forms.change_deadline(case)
    with st.expander("A date changed, a clock stopped, an exclusion lifted"):
        deadline_forms.change_date(person, case)
    with st.expander("Add a process", icon=":material/add:"):
        body_search.search()
        case_forms.add_process(person, case)
    with st.expander("A process moved on or ended"):
        case_forms.move_process(person, case)
    # Kept open while process and stage are chosen, which stand outside the form.
    with st.expander("Dates of stages", icon=":material/edit_calendar:", key=f"stage_dates_{case.reference}"):
        stage_dates.dates(person, case, found)


def urgent(person: Person, case: CaseDetail) -> None:
    summary.flags(person, case)
    case_forms.flags(person, case)
    case_forms.waiting(case)
    meeting_mark.mark(case)


def people(person: Person, case: CaseDetail) -> None:
    known = store.wall(person, case.reference)
    team.team(person, case)
    wall.exceptions(person, case, known)
    team.consents(case)
    team.identity(case)
    wall.named(person, case, known)
    team.step_back(person, case)
