"""Adding a finding to a case."""

import streamlit as st

from dashboard import store
from dashboard.case import facts
from dashboard.ui import definitions, forms, text
from dashboard.ui.forms import Form
from db import clock
from db.choices import (
    DoctorView,
    Evidence,
    FindingKind,
)
from db.commands.findings import add_finding
from db.queries.case_detail import CaseDetail
from db.queries.case_parts import CodedFinding
from db.queries.session import Person
from db.rules.quarters import last_quarters, quarter_of

QUARTERS = 24


def by_kind(person: Person, case: CaseDetail) -> None:
    """Each with its evidence, its process, its quarter, the doctor's view, and the grounds said to have touched it."""
    grounds = facts.grounds_of_findings(person, case)
    for kind in FindingKind:
        rows = [
            _line(row, grounds.get((row.code, row.case_process_id), [])) for row in case.findings if row.kind == kind
        ]
        st.markdown("\n- ".join([f"### {kind.label}", *(rows or [":gray[none recorded]"])]), anchors=False)


def _line(row: CodedFinding, grounds: list[str]) -> str:
    parts = [f"{row.code} {text.plain(row.label)}", f"**{row.evidence.label}**"]
    parts += [row.process] if row.process else []
    parts += [row.quarter, row.doctor_view.label, f"coded by {text.plain(row.coded_by or 'import')}"]
    parts += [f"second coder {text.plain(row.second)}"] if row.second else []
    parts += [f"ground alleged: {', '.join(grounds)}"] if grounds else []
    lines = [" · ".join(parts), *([text.plain(row.note)] if row.note else [])]
    if row.said and row.said_words:
        lines.append(f":gray[{row.said.label}, {text.day(row.said_on)}:] “{text.plain(row.said_words)}”")
    return "  \n".join(lines)


def finding_form(person: Person, case: CaseDetail) -> None:
    reference = store.words(person)
    with forms.form(f"finding_{case.reference}", case=case) as form:
        kind = form.segments("kind", "Kind of finding", list(FindingKind), default=FindingKind.SYSTEMIC)
        codes = {code: f"{code} {label}" for code, (of, label) in reference.findings.items() if of == kind}
        # A field for each kind: what was chosen of one is there again after a look at another.
        code = form.choice(f"code_{kind}", "Finding", codes, words=codes.get, required=True)
        form.also("code", f"code_{kind}")
        definitions.under(reference, definitions.FINDING, codes, code, about=form.key)
        evidence = form.choice("evidence", "Evidence", list(Evidence), required=True, index=0)
        process = which_process(form, person, case)
        quarters = last_quarters(quarter_of(clock.today()), QUARTERS)
        quarter = form.choice("quarter", "When it happened", quarters, required=True, index=0)
        view = form.choice("doctor_view", "The doctor’s view", list(DoctorView), index=0)
        note = form.area("note", "Why: what the papers or the doctor’s account say")
        form.submit("Add finding")
    form.save(
        add_finding,
        "Finding added.",
        code=code or "",
        evidence=evidence,
        case_process_id=process,
        quarter=quarter or "",
        note=note,
        doctor_view=view or DoctorView.NOT_SHOWN,
    )


def which_process(form: Form, person: Person, case: CaseDetail) -> int | None:
    reference = store.words(person)
    rows = {row.id: row for row in case.processes}
    chosen: int | None = form.choice(
        "case_process_id",
        "Process",
        rows,
        placeholder="The case as a whole",
        words=lambda id: reference.processes[rows[id].process] if id in rows else "?",
        more=lambda id: text.since(rows[id].started_on) if id in rows else "?",
    )
    return chosen
