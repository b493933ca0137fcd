"""The further forms of a case: entry, finding, process, flag, waiting."""

from datetime import timedelta

import streamlit as st

from dashboard import store
from dashboard.store import CaseDetail, Person
from dashboard.ui import body_search, forms, text
from dashboard.ui.forms import Form
from dashboard.ui.options import told_apart
from db import clock
from db.choices import (
    WRITABLE_ENTRIES,
    Contact,
    DoctorView,
    EntryKind,
    Evidence,
    FindingKind,
)
from db.rules.quarters import last_quarters, quarter_of

QUARTERS = 24


def add_entry(person: Person, case: CaseDetail) -> None:
    kind = st.segmented_control(
        "Kind of entry",
        WRITABLE_ENTRIES,
        default=EntryKind.CONTACT,
        required=True,
        wrap=True,
        format_func=lambda kind: text.one_of(kind.label),
        key=f"entry_kind_{case.reference}",
    )
    with forms.form(f"entry_{case.reference}_{kind}", case=case) as form:
        contact = code = None
        if kind is EntryKind.CONTACT:
            contact = form.buttons(
                "contact", "Was the doctor reached?", (Contact.REACHED, Contact.TRIED), required=True
            )
        if kind in (EntryKind.SUPPORT, EntryKind.ADVOCACY):
            terms = store.words(person).terms[kind.value]
            code = form.choice("code", "What was done", terms, words=terms.get, required=True)
        told = form.area("text", "What happened", required=True)
        form.submit("Add entry")
    form.save(store.add_entry, "Entry added.", kind=kind, text=told, contact=contact, code=code)


def redact_words(case: CaseDetail) -> None:
    with forms.form(f"redact_{case.reference}", case=case, border=False) as form:
        st.caption(
            "Out of every text of this case at once: summary, entries, actions, deadlines, notes. They cannot be "
            "brought back. Who took them out, when and why stays, with a fingerprint of each text."
        )
        taken = form.area("words", "Words to take out", required=True, height=68)
        why = form.text("why", "Why", required=True)
        form.submit("Take out")
    form.save(store.redact_words, "Taken out.", words=taken, reason=why)


def correct_entry(case: CaseDetail, entry_id: int) -> None:
    with forms.form(f"correct_{case.reference}_{entry_id}", case=case) as form:
        told = form.area("text", "The correction", required=True, help="The first entry stays, and this points at it.")
        form.submit("Add correction")
    form.save(store.add_entry, "Correction added.", kind=EntryKind.NOTE, text=told, corrects_id=entry_id)


def add_finding(person: Person, case: CaseDetail) -> None:
    findings = store.words(person).findings
    kind = st.segmented_control(
        "Kind of finding",
        list(FindingKind),
        default=FindingKind.SYSTEMIC,
        required=True,
        wrap=True,
        format_func=lambda kind: text.one_of(kind.label),
        key=f"finding_kind_{case.reference}",
    )
    codes = {code: f"{code} {label}" for code, (of, label) in findings.items() if of == kind}
    with forms.form(f"finding_{case.reference}_{kind}", case=case) as form:
        code = form.choice("code", "Finding", codes, words=codes.get, required=True)
        evidence = form.choice("evidence", "Evidence", list(Evidence), required=True, index=0)
        process = _which_process(form, person, case)
        quarters = last_quarters(quarter_of(clock.today()), QUARTERS)
        quarter = form.choice("quarter", "When it happened", quarters, required=True, index=0)
        view = form.choice("doctor_view", "The doctor’s view", list(DoctorView), index=0)
        note = form.area("note", "Why: what the papers or the account say")
        form.submit("Add finding")
    form.save(
        store.add_finding,
        "Finding added.",
        code=code or "",
        evidence=evidence,
        case_process_id=process,
        quarter=quarter or "",
        note=note,
        doctor_view=view or DoctorView.NOT_SHOWN,
    )


def add_process(person: Person, case: CaseDetail) -> None:
    reference = store.words(person)
    process = st.selectbox(
        "Process",
        list(reference.processes),
        index=None,
        key=f"process_{case.reference}",
        format_func=reference.processes.__getitem__,
        placeholder="Choose",
    )
    if process is None:
        return
    steps = reference.process_stages[process]
    with forms.form(f"process_{case.reference}_{process}", case=case) as form:
        stage = form.choice("stage", "Stage of the process", steps, words=steps.get, required=True, index=0)
        started = form.day("started_on", "Started", required=True, value=clock.today(), most=clock.today())
        since = form.day("since", "At this stage since", most=clock.today(), help="Empty, if nobody knows the day.")
        body = body_field(form, "Body running it")
        form.submit("Add process")
    form.save(
        store.add_process,
        "Process added.",
        process=process,
        stage=stage,
        organisation_id=body,
        started_on=started or clock.today(),
        since=since,
    )


def body_field(form: Form, label: str) -> int | None:
    """A body found by words: typed in the form's own search, which must stand outside the form."""
    found = {body.id: body for body in store.find_bodies(st.session_state.get("body_words", ""))}
    chosen: int | None = form.choice(
        "organisation_id",
        label,
        found,
        words=lambda id: body_search.name_of(found[id]) if id in found else "Choose again",
        help="Search for the body first, above.",
    )
    return chosen


def move_process(person: Person, case: CaseDetail) -> None:
    reference = store.words(person)
    live = {row["id"]: row for row in case.processes if row["ended_on"] is None}
    if not live:
        st.caption("No process is under way.")
        return
    chosen = st.selectbox(
        "Which process",
        list(live),
        key=f"which_process_{case.reference}",
        format_func=told_apart(
            live,
            lambda id: reference.processes[live[id]["process"]] if id in live else "?",
            lambda id: text.since(live[id]["started_on"]) if id in live else "?",
        ),
    )
    row = live[chosen]
    steps = reference.process_stages[row["process"]]
    with forms.form(f"move_process_{case.reference}_{chosen}", case=case) as form:
        stage = form.choice(
            "stage", "Now at", steps, words=steps.get, required=True, index=list(steps).index(row["stage"])
        )
        since = form.day(
            "since",
            "Since when",
            required=True,
            value=clock.today(),
            most=clock.today(),
            help="The day it came to this stage, or ended: as told, or as the papers say.",
        )
        ended = form.tick("ended", "The process has ended")
        keep = form.tick(
            "keep_reviews",
            "Still excluded: reviews go on",
            help="The stage left then runs beside the new one. Else its reviews end when it is left.",
        )
        form.submit("Save process")
    form.save(
        store.move_process,
        "Process saved.",
        case_process_id=chosen,
        stage=stage,
        since=since,
        ended=ended,
        keep_reviews=keep,
    )


def flags(person: Person, case: CaseDetail) -> None:
    terms = store.words(person).terms["flag"]
    raised = [flag["code"] for flag in case.flags]
    with forms.form(f"raise_{case.reference}", case=case) as form:
        code = form.choice(
            "code", "Raise a flag", [c for c in terms if c not in raised], words=terms.get, required=True
        )
        why = form.text("why", "Why", required=True)
        review = form.day("review_on", "Review on", required=True, value=clock.today() + timedelta(days=7))
        form.submit("Raise flag")
    form.save(store.raise_flag, "Flag raised.", code=code or "", why=why, review_on=review or clock.today())
    if raised:
        with forms.form(f"clear_{case.reference}", case=case) as form:
            code = form.choice("code", "Clear a flag", raised, words=terms.get, required=True)
            why = form.text("why", "Why it no longer holds", required=True)
            form.submit("Clear flag")
        form.save(store.clear_flag, "Flag cleared.", code=code or "", why=why)


def waiting(case: CaseDetail) -> None:
    with forms.form(f"wait_{case.reference}", case=case) as form:
        on_whom = form.text(
            "on_whom", "Waiting on", required=True, help="A role or body, such as “case manager”.", most=200
        )
        expected = form.day("expected_on", "Answer expected on")
        chase = form.day("chase_on", "Chase on", required=True, value=clock.today() + timedelta(days=14))
        form.submit("Begin waiting")
    form.save(
        store.begin_waiting,
        "Waiting begun.",
        on_whom=on_whom,
        chase_on=chase or clock.today(),
        expected_on=expected,
    )
    for row in case.waiting:
        with forms.form(f"unwait_{case.reference}_{row['id']}", case=case) as form:
            st.markdown(f"Waiting on {text.plain(row['on_whom'])} since {text.day(row['since'])}")
            form.submit("They answered: end waiting")
        form.save(store.end_waiting, "Waiting ended.", waiting_id=row["id"])


def _which_process(form: Form, person: Person, case: CaseDetail) -> int | None:
    reference = store.words(person)
    rows = {row["id"]: row for row in case.processes}
    chosen: int | None = form.choice(
        "case_process_id",
        "Process",
        rows,
        placeholder="The case as a whole",
        words=lambda id: reference.processes[rows[id]["process"]] if id in rows else "?",
        more=lambda id: text.since(rows[id]["started_on"]) if id in rows else "?",
    )
    return chosen
