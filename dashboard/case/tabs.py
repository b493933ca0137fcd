"""The tabs of the case page."""

import streamlit as st

from dashboard import store
from dashboard.case import (
    checklists,
    corrections,
    deadline_forms,
    deadlines,
    entries,
    finding_corrections,
    findings,
    flags_and_waiting,
    meeting_mark,
    pathways,
    processes,
    stage_dates,
    summary,
    team,
    wall,
)
from dashboard.ui import body_search
from db.queries.case_detail import CaseDetail
from db.queries.session import Person


def overview_tab(person: Person, case: CaseDetail) -> None:
    summary.facts(person, case)
    summary.processes(person, case)
    corrections.correct(person, case)


def timeline_tab(person: Person, case: CaseDetail) -> None:
    with st.expander("Add an entry", icon=":material/add:"):
        entries.entry_form(person, case)
    summary.timeline(person, case)
    with st.expander("Permanently redact words"):
        entries.redaction_form(case)


def findings_tab(person: Person, case: CaseDetail) -> None:
    summary.findings(case)
    finding_corrections.earlier(person, case)
    with st.expander("Add a finding", icon=":material/add:"):
        findings.finding_form(person, case)


def processes_tab(person: Person, case: CaseDetail) -> None:
    found = store.pathways(person, case.reference)
    pathways.strips(person, case, found)
    pathways.time_axis(person, case, found)
    deadlines.cards(person, case)
    checklists.checklists(person, case, found)
    # Its key keeps it open while rule and day are chosen, which are outside the form.
    with st.expander("Add a deadline", icon=":material/add:", key=f"add_deadline_{case.reference}"):
        deadline_forms.new_deadline(person, case)
    with st.expander("Update a deadline"):
        deadline_forms.settle_deadline(case)
    with st.expander("Change a date, pause the clock or stop reviews"):
        deadline_forms.change_date(person, case)
    with st.expander("Add a process", icon=":material/add:"):
        body_search.search()
        processes.process_form(person, case)
    with st.expander("Move a process on, or end it"):
        processes.process_move_form(person, case)
    # Its key keeps it open while process and stage are chosen, which are outside the form.
    with st.expander("Dates of stages", icon=":material/edit_calendar:", key=f"stage_dates_{case.reference}"):
        stage_dates.dates(person, case, found)


def urgent_tab(person: Person, case: CaseDetail) -> None:
    summary.flags(person, case)
    flags_and_waiting.flags(person, case)
    flags_and_waiting.waiting(case)
    meeting_mark.mark(case)


def people_tab(person: Person, case: CaseDetail) -> None:
    known = store.wall(person, case.reference)
    team.team(person, case)
    wall.exceptions(person, case, known)
    team.consents(case)
    team.identity(case)
    wall.named(person, case, known)
    team.step_back(person, case)
