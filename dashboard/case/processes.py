"""The processes of a case: adding one, moving one on, ending one."""

import streamlit as st

from dashboard import store
from dashboard.case import starts
from dashboard.ui import body_search, forms, nations, text
from dashboard.ui.forms import Form
from dashboard.ui.options import told_apart
from db import clock
from db.commands.processes import add_process, move_process
from db.queries.case_detail import CaseDetail
from db.queries.case_parts import FacedProcess
from db.queries.reference import Reference
from db.queries.session import Person


def process_form(person: Person, case: CaseDetail) -> None:
    reference = store.words(person)
    others = nations.has_others(reference, case.nation) and st.checkbox(
        nations.OTHERS, key=f"process_others_{case.reference}"
    )
    process = st.selectbox(
        "Process",
        nations.offered(reference, case.nation, others=others),
        index=None,
        key=f"process_{case.reference}",
        format_func=lambda code: nations.label(reference, code, case.nation),
        placeholder="Choose",
    )
    if process is None:
        return
    steps = reference.process_stages[process]
    with forms.form(f"process_{case.reference}_{process}", case=case) as form:
        stage = form.choice("stage", "Stage of the process", steps, words=steps.get, required=True, index=0)
        started = form.day("started_on", "Started", required=True, value=clock.today(), most=clock.today())
        since = form.day("since", "At this stage since", most=clock.today(), help="Leave empty if not known.")
        is_first = stage == next(iter(steps))
        deadlines = starts.ticked(
            form,
            reference,
            process=process,
            stage=stage,
            day=since or (started if is_first else None),
            nation=case.nation,
        )
        body = _organisation_field(form, "Organisation running it")
        form.submit("Add process")
    form.save(
        add_process,
        "Process added.",
        process=process,
        stage=stage,
        organisation_id=body,
        started_on=started or clock.today(),
        since=since,
        deadlines=deadlines,
    )


def _organisation_field(form: Form, label: str) -> int | None:
    """An organisation from the search box, which has to be outside the form."""
    found = {body.id: body for body in store.find_bodies(st.session_state.get("body_words", ""))}
    chosen: int | None = form.choice(
        "organisation_id",
        label,
        found,
        words=lambda id: body_search.name_of(found[id]) if id in found else "Choose again",
        help="Search for the organisation first, above.",
    )
    return chosen


def _chosen_process(case: CaseDetail, reference: Reference) -> FacedProcess | None:
    live = {row.id: row for row in case.processes if row.ended_on is None}
    if not live:
        return None
    chosen = st.selectbox(
        "Which process",
        list(live),
        key=f"which_process_{case.reference}",
        format_func=told_apart(
            live,
            lambda id: reference.processes[live[id].process] if id in live else "?",
            lambda id: text.since(live[id].started_on) if id in live else "?",
        ),
    )
    return live[chosen]


def process_move_form(person: Person, case: CaseDetail) -> None:
    reference = store.words(person)
    row = _chosen_process(case, reference)
    if row is None:
        st.caption("No process is under way.")
        return
    steps = reference.process_stages[row.process]
    with forms.form(f"move_process_{case.reference}_{row.id}", case=case) as form:
        stage = form.choice(
            "stage", "Now at", steps, words=steps.get, required=True, index=list(steps).index(row.stage)
        )
        since = form.day(
            "since",
            "Since when",
            required=True,
            value=clock.today(),
            most=clock.today(),
            help="The day it reached this stage, or ended, from the doctor or the papers.",
        )
        deadlines = starts.ticked(
            form,
            reference,
            process=row.process,
            stage=stage if stage != row.stage else None,
            day=since,
            nation=case.nation,
        )
        ended = form.tick("ended", "The process has ended")
        keep = form.tick(
            "keep_reviews",
            "Still excluded: keep the reviews",
            help="The old stage then runs alongside the new one. Otherwise its reviews stop.",
        )
        form.submit("Save process")
    form.save(
        move_process,
        "Process saved.",
        case_process_id=row.id,
        stage=stage,
        since=since,
        ended=ended,
        keep_reviews=keep,
        deadlines=deadlines,
    )
