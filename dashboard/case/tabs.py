"""What each part of a case holds."""

import streamlit as st

from dashboard import store
from dashboard.case import (
    care,
    checklists,
    codings,
    consents,
    corrections,
    deadline_forms,
    deadlines,
    doctor_views,
    documents,
    entries,
    facts,
    finding_corrections,
    findings,
    flags_and_waiting,
    history,
    learnings,
    links,
    meeting_mark,
    outcomes,
    pathways,
    processes,
    results,
    series,
    stage_dates,
    status_update,
    summary,
    team,
    timeline,
    wall,
)
from dashboard.ui import body_search
from dashboard.ui.folds import fold
from dashboard.ui.text import heading
from db.queries.case_detail import CaseDetail
from db.queries.session import Person

UPDATE = "Record an update"
MORE = "More about this case, or correct it"


def case_tab(person: Person, case: CaseDetail) -> None:
    """What it is about; then the box for an update, and the timeline it adds to."""
    about, box = st.container(), st.container(key="case_update", gap="xsmall")
    # First, though it stands second: what is drawn before a save is drawn twice.
    with box:
        asked = st.query_params.get("do") == "update"
        fold(
            UPDATE if case.stage.is_open else "Reopen this case",
            lambda: status_update.full_update(person, case),
            about=case.reference,
            icon=":material/edit_note:",
            opened=asked,
        )
        fold("Add an entry", lambda: entries.entry_form(person, case), about=case.reference, icon=":material/add:")
    with about:
        codings.asked(case)
        summary.about(person, case)
        fold(MORE, lambda: _more(person, case), about=case.reference, icon=":material/info:")
    timeline.timeline(person, case)


def _more(person: Person, case: CaseDetail) -> None:
    summary.more(person, case)
    corrections.correct(person, case)


def deadlines_tab(person: Person, case: CaseDetail) -> None:
    heading("Deadlines")
    deadlines.cards(person, case)
    for label, draw in (
        ("Add a deadline", lambda: deadline_forms.new_deadline(person, case)),
        ("Update a deadline", lambda: deadline_forms.settle_deadline(case)),
        (
            "Change a date, pause the clock or stop reviews",
            lambda: deadline_forms.change_date(person, case),
        ),
    ):
        fold(label, draw, about=case.reference)


def urgent_tab(person: Person, case: CaseDetail) -> None:
    heading("Flags")
    flags_and_waiting.flags(person, case)
    if case.stage.is_open:
        heading("Waiting")
        flags_and_waiting.waiting(case)
        heading("Next meeting")
        meeting_mark.mark(case)


def processes_tab(person: Person, case: CaseDetail) -> None:
    found = store.pathways(person, case.reference)
    heading("Processes")
    pathways.strips(person, case, found)
    facts.touched(person, case)
    pathways.time_axis(person, case, found)
    checklists.checklists(person, case, found)
    fold("Add a process", lambda: _add_process(person, case), about=case.reference, icon=":material/add:")
    fold(
        "Move a process on, or end it",
        lambda: processes.process_move_form(person, case),
        about=case.reference,
        icon=":material/arrow_forward:",
    )
    fold(
        "Record or correct an outcome",
        lambda: outcomes.outcomes(person, case, found),
        about=case.reference,
        icon=":material/balance:",
    )
    fold(
        "Dates of stages",
        lambda: stage_dates.dates(person, case, found),
        about=case.reference,
        icon=":material/edit_calendar:",
    )


def _add_process(person: Person, case: CaseDetail) -> None:
    body_search.search()
    processes.process_form(person, case)


def findings_tab(person: Person, case: CaseDetail) -> None:
    heading("Findings")
    if case.is_blind:
        codings.own(person, case)
    else:
        findings.by_kind(person, case)
        finding_corrections.earlier(person, case)
        fold("Add a finding", lambda: findings.finding_form(person, case), about=case.reference, icon=":material/add:")
        fold(
            "Record what the doctor says of a finding",
            lambda: doctor_views.doctor_view(person, case),
            about=case.reference,
            icon=":material/record_voice_over:",
        )
        codings.codings(person, case)
    heading("Facts")
    facts.facts(person, case)
    heading("Documents")
    documents.documents(person, case)
    heading("Learning")
    learnings.learnings(person, case)
    heading("What this led to")
    results.results(person, case)


def people_tab(person: Person, case: CaseDetail) -> None:
    known = store.wall(person, case.reference)
    heading("Team")
    team.team(person, case)
    heading("Care of the doctor")
    care.care(person, case)
    heading("Consents")
    consents.consents(case)
    series.series(person, case)
    heading("Linked cases")
    links.links(person, case)
    heading("Conflicts of interest")
    wall.exceptions(person, case, known)
    wall.named(person, case, known)
    team.step_back(person, case)
    heading("History")
    history.history(person, case)
