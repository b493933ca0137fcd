"""Correcting the organisation of a case, and the kind or the organisation of one of its processes."""

import streamlit as st

from dashboard import store
from dashboard.case.corrected import TO_SEE, WHY, both, first, mark_seen, seen_of
from dashboard.case.intake import LINK, NO
from dashboard.ui import body_search, forms, text
from dashboard.ui.forms import Form
from dashboard.ui.options import told_apart
from db.commands.body_corrections import correct_body, correct_process, correct_process_body
from db.errors import Stale
from db.queries.case_detail import CaseDetail
from db.queries.case_parts import FacedProcess
from db.queries.corrections import Correctable
from db.queries.session import Person
from db.rules.corrections import SaidBody

LISTED, UNLISTED = "It is on the list", "It is not on the list"
RUN_BY, KIND = "Who runs it", "What kind of process it is"
NOBODY = 0
WALL = (
    "Anybody on this case who belongs to the right organisation loses it at once. Whoever only the wrong one barred "
    "stays barred until two leads agree."
)


def body(person: Person, case: CaseDetail, found: Correctable) -> None:
    """Whether it is on the list comes first, because the form depends on it."""
    st.markdown(f"Recorded now: **{text.plain(case.body or 'not known')}**")
    way = st.segmented_control(
        "The right organisation",
        (LISTED, UNLISTED),
        default=LISTED,
        required=True,
        wrap=True,
        key=f"correct_body_way_{case.reference}",
        format_func=text.one_of,
    )
    if way == LISTED:
        bodies = body_search.search(key=f"correct_body_words_{case.reference}")
    with forms.form(f"correct_body_{case.reference}_{way}", case=case) as form:
        seen = seen_of(form, found.body)
        link = None
        if way == LISTED:
            listed = {one.id: one for one in bodies}
            chosen = form.choice(
                "organisation_id",
                "Organisation",
                listed,
                words=lambda id: body_search.name_of(listed[id]) if id in listed else "Choose again",
                required=True,
                help="Search for the organisation first, above.",
            )
            right = SaidBody(chosen, "", seen.body_kind, seen.region, seen.nation)
        else:
            right, link = _typed(form, person, first(form, seen))
        reason = form.text("reason", WHY, required=True, help=TO_SEE)
        st.caption(f"Processes recorded with the case move with it. {WALL}")
        form.submit("Save correction")
    form.save(
        correct_body,
        "Corrected.",
        seen=seen,
        body=right,
        reason=reason,
        body_link=None if link is None else link != NO,
    )
    if isinstance(form.refusal, Stale):
        both(form, found.body, text.plain(case.body or "not known"), text.plain(right.body_text or "see above"))


def _typed(form: Form, person: Person, was: SaidBody) -> tuple[SaidBody, str | None]:
    terms = store.words(person).terms

    def term(field: str, label: str, now: str) -> str:
        codes = terms[field]
        index = list(codes).index(now) if now in codes else None
        return form.choice(field, label, codes, words=codes.get, required=True, index=index) or ""

    typed = form.text(
        "body_text",
        "Organisation",
        required=True,
        value=was.body_text,
        help="What the doctor calls it, with its town. A lead will match it to the list.",
        most=200,
    )
    link = None if person.is_lead else form.radio("body_link", LINK, (NO, "Yes: I leave the case"), required=True)
    kind = term("body_kind", "Kind of organisation", was.body_kind)
    region, nation = term("region", "Region", was.region), term("nation", "Nation", was.nation)
    return SaidBody(None, typed, kind, region, nation), link


def process(person: Person, case: CaseDetail, found: Correctable) -> None:
    """Which process, and what is wrong about it, come first, because the form depends on them."""
    if not case.processes:
        st.caption("No process recorded.")
        return
    rows, labels = {row.id: row for row in case.processes}, store.words(person).processes
    chosen = st.selectbox(
        "Which process",
        list(rows),
        key=f"correct_process_{case.reference}",
        format_func=told_apart(
            rows,
            lambda id: labels[rows[id].process] if id in rows else "?",
            lambda id: text.since(rows[id].started_on) if id in rows else "?",
        ),
    )
    row = rows.get(chosen)
    if row is None:
        return
    way = st.segmented_control(
        "What is wrong about it",
        (RUN_BY, KIND),
        default=RUN_BY,
        required=True,
        wrap=True,
        key=f"correct_process_way_{case.reference}",
        format_func=text.one_of,
    )
    if way == RUN_BY:
        _run_by(case, row, found)
    else:
        _kind(person, case, row)


def _run_by(case: CaseDetail, row: FacedProcess, found: Correctable) -> None:
    now, name = found.process_bodies.get(row.id, (None, ""))
    st.markdown(f"Recorded now: **{text.plain(name or 'none')}**")
    bodies = {one.id: one for one in body_search.search(key=f"correct_run_by_words_{case.reference}", unlisted=False)}
    with forms.form(f"correct_run_by_{case.reference}_{row.id}", case=case) as form:
        seen = seen_of(form, now)
        chosen = form.choice(
            "organisation_id",
            "Organisation that runs it",
            [*bodies, NOBODY],
            words=lambda id: body_search.name_of(bodies[id]) if id in bodies else "None, or not known",
            required=True,
            help="Search for the organisation first, above.",
        )
        reason = form.text("reason", WHY, required=True, help=TO_SEE)
        st.caption(WALL)
        form.submit("Save correction")
    form.save(
        correct_process_body,
        "Corrected.",
        case_process_id=row.id,
        seen_organisation_id=seen,
        organisation_id=seen if chosen is None else chosen or None,
        reason=reason,
    )
    if isinstance(form.refusal, Stale):
        mark_seen(form, now)


def _kind(person: Person, case: CaseDetail, row: FacedProcess) -> None:
    """The kind is chosen outside the form, because its stages depend on it."""
    reference = store.words(person)
    st.markdown(f"Recorded now: **{reference.processes[row.process]}**")
    others = {code: label for code, label in reference.processes.items() if code != row.process}
    kind = st.selectbox(
        "What it is",
        list(others),
        index=None,
        key=store.key(f"correct_kind_{case.reference}_{row.id}"),
        format_func=lambda code: others.get(code, "?"),
        placeholder="Choose",
    )
    if kind not in others:
        return
    steps = reference.process_stages[kind]
    with forms.form(f"correct_kind_{case.reference}_{row.id}_{kind}", case=case) as form:
        seen = seen_of(form, row.process)
        stage = form.choice("stage", "At", steps, words=steps.get, required=True, index=0)
        reason = form.text("reason", WHY, required=True, help=TO_SEE)
        st.caption("The stages recorded so far are withdrawn, and stay readable under “Dates of stages”.")
        form.submit("Save correction")
    form.save(
        correct_process,
        "Corrected.",
        case_process_id=row.id,
        seen_process=seen,
        process=kind,
        stage=stage or "",
        reason=reason,
    )
    if isinstance(form.refusal, Stale):
        mark_seen(form, row.process)
