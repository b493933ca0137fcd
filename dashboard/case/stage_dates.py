"""Recording when a process reached its stages: adding an earlier stage, or correcting a day for all to see."""

import streamlit as st

from dashboard import store
from dashboard.case import pathway_text as told
from dashboard.case.corrected import TO_SEE, WHY, mark_seen, seen_of
from dashboard.ui import forms, text
from dashboard.ui.options import told_apart
from db import clock
from db.commands.pathways import add_process_stage, correct_process_stage
from db.errors import Stale
from db.queries.case_detail import CaseDetail
from db.queries.pathways import Pathway
from db.queries.session import Person
from db.rules.pathways import current, live

EARLIER, CORRECT = "Add an earlier stage", "Correct a day"


def dates(person: Person, case: CaseDetail, found: list[Pathway]) -> None:
    """Which process and what to do are outside the form, because the form depends on them."""
    if not found:
        st.caption("No process recorded.")
        return
    reference, rows = store.words(person), {pathway.id: pathway for pathway in found}
    chosen = found[0].id
    if len(found) > 1:
        chosen = st.selectbox(
            "For which process",
            list(rows),
            key=f"dates_of_{case.reference}",
            format_func=told_apart(
                rows,
                lambda id: reference.processes[rows[id].process] if id in rows else "?",
                lambda id: text.since(rows[id].started_on) if id in rows else "?",
            ),
        )
    pathway = rows[chosen] if chosen in rows else found[0]
    way = st.segmented_control(
        "What you want to record",
        (EARLIER, CORRECT),
        default=EARLIER,
        required=True,
        wrap=True,
        key=f"dates_way_{case.reference}",
        format_func=text.one_of,
    )
    labels = reference.process_stages[pathway.process]
    if way == CORRECT:
        _correct(case, pathway, labels)
    else:
        _earlier(case, pathway, labels)
    _corrections(pathway, labels)


def _earlier(case: CaseDetail, pathway: Pathway, labels: dict[str, str]) -> None:
    with forms.form(f"earlier_{case.reference}_{pathway.id}", case=case) as form:
        stage = form.choice("stage", "Stage it went through", labels, words=labels.get, required=True)
        since = form.day("since", "From", required=True, most=clock.today(), help="From the doctor or the papers.")
        until = form.day("until", "To", most=clock.today(), help="If empty, it ended when the next stage began.")
        form.submit("Add stage")
    form.save(
        add_process_stage,
        "Stage added.",
        case_process_id=pathway.id,
        stage=stage,
        since=since,
        until=until,
    )


def _correct(case: CaseDetail, pathway: Pathway, labels: dict[str, str]) -> None:
    known = {event.number: event for event in live(pathway.events)}
    now = current(pathway.events)
    number = st.selectbox(
        "Stage to correct",
        list(known),
        key=store.key(f"correct_stage_{case.reference}_{pathway.id}"),
        format_func=told_apart(
            known,
            lambda n: (
                f"{labels.get(known[n].stage, known[n].stage)}, "
                f"{text.day(known[n].since) if known[n].is_exact else told.UNTOLD}"
                if n in known
                else "?"
            ),
        ),
    )
    event = known.get(number)
    if event is None:
        return
    with forms.form(f"correct_stage_{case.reference}_{pathway.id}_{number}", case=case) as form:
        seen = seen_of(form, event.edition)
        since = form.day(
            "since", "It began on", required=True, value=event.since if event.is_exact else None, most=clock.today()
        )
        until, withdrawn = None, False
        if event is not now:
            until = form.day(
                "until",
                "It ended on",
                value=event.until,
                most=clock.today(),
                help="If empty, it ended when the next stage began.",
            )
            withdrawn = form.tick("withdrawn", "It was never at this stage: recorded by mistake")
        reason = form.text("reason", WHY, required=True, help=TO_SEE)
        st.caption("The earlier dates stay on show, with who changed them.")
        form.submit("Save correction")
    form.save(
        correct_process_stage,
        "Correction saved.",
        case_process_id=pathway.id,
        number=number,
        seen_edition=seen,
        since=event.since if withdrawn else since,
        until=until,
        withdrawn=withdrawn,
        reason=reason,
    )
    if isinstance(form.refusal, Stale):
        mark_seen(form, event.edition)


def _corrections(pathway: Pathway, labels: dict[str, str]) -> None:
    """Every correction: the dates before it, who made it and when."""
    editions = {(event.number, event.edition): event for event in pathway.events}
    lines = []
    for event in sorted(pathway.events, key=lambda event: event.at, reverse=True):
        before = editions.get((event.number, event.edition - 1))
        if before is None or (before.since, before.until, before.withdrawn) == (
            event.since,
            event.until,
            event.withdrawn,
        ):
            continue
        was = text.day(before.since) if before.is_exact else told.UNTOLD
        was += f" to {text.day(before.until)}" if before.until else ""
        stage, who = text.plain(labels.get(event.stage, event.stage)), text.plain(event.by or "the system")
        what = "withdrawn" if event.withdrawn else "corrected" if before.since != event.since else "end date added"
        lines.append(f"- {stage}: {what} by {who}, {text.moment(event.at)}; before: {was}")
    if lines:
        st.caption("Earlier dates")
        st.markdown("\n".join(lines))
