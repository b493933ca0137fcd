"""Correcting a finding, or withdrawing one that was coded by mistake; and its earlier editions."""

import streamlit as st

from dashboard import store
from dashboard.case.corrected import TO_SEE, WHY, both, first, mark_seen, seen_of
from dashboard.ui import definitions, forms, text
from dashboard.ui.forms import Form
from dashboard.ui.options import told_apart
from db import clock
from db.choices import DoctorView, Evidence
from db.commands.finding_corrections import correct_finding, withdraw_finding
from db.errors import Stale
from db.queries.case_detail import CaseDetail
from db.queries.corrections import Correctable, EarlierFinding
from db.queries.reference import Reference
from db.queries.session import Person
from db.rules.corrections import SaidFinding
from db.rules.quarters import last_quarters, quarter_of

QUARTERS = 24
RIGHT, MISTAKE = "Correct it", "Withdraw it: coded by mistake"


def finding(person: Person, case: CaseDetail, found: Correctable) -> None:
    """Which finding, and what to do, come first, because the form depends on them."""
    if not found.findings:
        st.caption("No finding coded.")
        return
    chosen = which(person, case, found, key=f"correct_finding_{case.reference}")
    if chosen not in found.findings:
        return
    way = st.segmented_control(
        "What to do",
        (RIGHT, MISTAKE),
        default=RIGHT,
        required=True,
        wrap=True,
        key=f"correct_finding_way_{case.reference}",
        format_func=text.one_of,
    )
    if way == RIGHT:
        _correct(person, case, chosen, found.findings[chosen])
    else:
        _withdraw(case, chosen, found.findings[chosen])


def which(person: Person, case: CaseDetail, found: Correctable, *, key: str) -> int | None:
    """The id of the finding that somebody chooses."""
    reference = store.words(person)
    chosen: int | None = st.selectbox(
        "Which finding",
        list(found.findings),
        key=key,
        format_func=told_apart(
            found.findings,
            lambda id: _named(reference, found.findings[id]) if id in found.findings else "?",
            lambda id: _process(reference, case, found.findings[id]) if id in found.findings else "?",
        ),
    )
    return chosen


def earlier(person: Person, case: CaseDetail) -> None:
    """The editions before each correction; only the last one counts."""
    rows = store.correctable(person, case.reference).earlier
    if not rows:
        return
    reference = store.words(person)
    with st.expander("Earlier editions of findings"):
        st.caption("Only the last edition counts.")
        for row in rows:
            st.markdown(_earlier(reference, case, row))


def _earlier(reference: Reference, case: CaseDetail, row: EarlierFinding) -> str:
    became = "withdrawn" if row.finding_id is None else "corrected"
    head = f"**{_named(reference, row.said)}** · {_in_words(reference, case, row.said)}"
    coded = f"coded by {text.plain(row.coded_by or 'import')}, {text.moment(row.coded_at)}"
    why = f"{became} by {text.plain(row.by or 'the system')}, {text.moment(row.at)}: {text.plain(row.reason)}"
    note = [text.plain(row.said.note)] if row.said.note else []
    return "  \n".join([head, *note, f":gray[{coded}]", f":gray[{why}]"])


def _correct(person: Person, case: CaseDetail, finding_id: int, now: SaidFinding) -> None:
    with forms.form(f"correct_finding_{case.reference}_{finding_id}", case=case) as form:
        seen = seen_of(form, now)
        right = _told(form, person, case, first(form, seen))
        reason = form.text("reason", WHY, required=True, help=TO_SEE)
        st.caption("The earlier edition stays readable. Counts use the last one.")
        form.submit("Save correction")
    form.save(
        correct_finding,
        "Corrected.",
        finding_id=finding_id,
        seen=seen,
        reason=reason,
        **{name: getattr(right, name) for name in SaidFinding.__dataclass_fields__},
    )
    if isinstance(form.refusal, Stale):
        reference = store.words(person)
        saved, mine = (f"{_named(reference, one)} · {_in_words(reference, case, one)}" for one in (now, right))
        both(form, now, saved, mine)


def _told(form: Form, person: Person, case: CaseDetail, was: SaidFinding) -> SaidFinding:
    reference, rows = store.words(person), {row.id: row for row in case.processes}
    codes = definitions.findings_of(reference)
    code = form.choice(
        "code",
        "Finding",
        codes,
        words=codes.get,
        required=True,
        index=list(codes).index(was.code) if was.code in codes else None,
    )
    definitions.under(reference, definitions.FINDING, codes, code, about=form.key)
    evidence = form.choice(
        "evidence", "Evidence", list(Evidence), required=True, index=list(Evidence).index(was.evidence)
    )
    process = form.choice(
        "case_process_id",
        "Process",
        rows,
        index=list(rows).index(was.case_process_id) if was.case_process_id in rows else None,
        placeholder="The case as a whole",
        words=lambda id: reference.processes[rows[id].process] if id in rows else "?",
        more=lambda id: text.since(rows[id].started_on) if id in rows else "?",
    )
    quarters = last_quarters(quarter_of(clock.today()), QUARTERS)
    quarters += [was.quarter] if was.quarter not in quarters else []
    quarter = form.choice("quarter", "When it happened", quarters, required=True, index=quarters.index(was.quarter))
    views = list(DoctorView)
    view = form.choice("doctor_view", "The doctor’s view", views, required=True, index=views.index(was.doctor_view))
    note = form.area("note", "Why: what the papers or the doctor’s account say", value=was.note)
    return SaidFinding(code or "", evidence or was.evidence, process, quarter or "", note, view or was.doctor_view)


def _withdraw(case: CaseDetail, finding_id: int, now: SaidFinding) -> None:
    with forms.form(f"withdraw_finding_{case.reference}_{finding_id}", case=case) as form:
        seen = seen_of(form, now)
        reason = form.text("reason", "Why it is withdrawn", required=True, help=TO_SEE)
        st.caption("It counts no more. What was coded stays readable.")
        form.submit("Withdraw finding", main=False)
    form.save(withdraw_finding, "Withdrawn.", finding_id=finding_id, seen=seen, reason=reason)
    if isinstance(form.refusal, Stale):
        mark_seen(form, now)


def _named(reference: Reference, said: SaidFinding) -> str:
    return f"{said.code} {reference.findings.get(said.code, ('', ''))[1]}"


def _process(reference: Reference, case: CaseDetail, said: SaidFinding) -> str:
    rows = {row.id: row.process for row in case.processes}
    if said.case_process_id not in rows:
        return "The case as a whole"
    return reference.processes[rows[said.case_process_id]]


def _in_words(reference: Reference, case: CaseDetail, said: SaidFinding) -> str:
    parts = [said.evidence.label, _process(reference, case, said), said.quarter, said.doctor_view.label]
    return " · ".join(parts)
