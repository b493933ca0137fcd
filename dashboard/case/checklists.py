"""The fairness checklist of each process, and the findings added from its breaches."""

from typing import Any

import streamlit as st

from dashboard import store
from dashboard.ui import definitions, forms, text
from dashboard.ui.fields import NO_PATIENTS
from dashboard.ui.forms import Form
from db import clock
from db.choices import Certainty, Evidence
from db.commands.checklists import answer_checklist
from db.commands.findings import add_finding
from db.errors import Stale
from db.queries.case_detail import CaseDetail
from db.queries.checklists import Answered, Check
from db.queries.pathways import Pathway
from db.queries.reference import Reference
from db.queries.session import Person
from db.rules.checklists import Fairness, counts
from db.rules.quarters import quarter_of

OPINION = (
    "Each answer is an assessment of one account, not a fact. “Breached” records what was seen or said, when, and how "
    "good the evidence is. What nobody has checked stays “unknown”."
)
COLOURS = {Fairness.MET: "green", Fairness.BREACHED: "orange", Fairness.UNKNOWN: "gray"}
EMPTY: dict[str, Any] = {"answer": Fairness.UNKNOWN, "happened_on": None, "evidence": None, "note": ""}


def checklists(person: Person, case: CaseDetail, found: list[Pathway]) -> None:
    """A checklist for each process that has questions, drawn once it is opened."""
    reference, lists = store.words(person), store.checklists(person, case.reference)
    for pathway in found:
        name = text.plain(reference.processes[pathway.process])
        checks = lists.get(pathway.id, [])
        if not checks:
            st.caption(f"{name}: no fairness checklist. Ask the doctor’s lawyer or adviser what is fair here.")
            continue
        box = st.expander(
            f"Fairness checklist, {name}: {counts(check.answer for check in checks)}",
            icon=":material/checklist:",
            key=store.key(f"fairness_{case.reference}_{pathway.id}"),
            on_change="rerun",
        )
        if box.open:
            with box:
                _checklist(case, pathway, checks, reference)


def _checklist(case: CaseDetail, pathway: Pathway, checks: list[Check], reference: Reference) -> None:
    st.caption(OPINION)
    asked, every = {check.finding for check in checks}, definitions.findings_of(reference)
    codes = {code: label for code, label in every.items() if code in asked}
    definitions.every(reference, definitions.FINDING, codes, about=f"fairness_{case.reference}_{pathway.id}")
    for check in checks:
        if check.answer is Fairness.BREACHED:
            _breach(case, pathway, check, reference)
    _form(case, pathway, [check for check in checks if check.asked])
    if gone := [check for check in checks if not check.asked]:
        st.caption("Questions no longer asked")
        st.markdown("\n".join(f"- {text.plain(check.text)} {_said(check)}" for check in gone))
    _before(checks)


def _breach(case: CaseDetail, pathway: Pathway, check: Check, reference: Reference) -> None:
    """A breach, with a button that adds its finding: at most once for each process."""
    label = reference.findings.get(check.finding, ("", check.finding))[1]
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"{text.plain(check.text)} {_said(check)}")
        if any((f.code, f.case_process_id) == (check.finding, pathway.id) for f in case.findings):
            st.caption(f"{check.finding} {text.plain(label)} is already recorded for this process.")
            return
        if case.is_blind:
            return
        assert check.now is not None
        definitions.say(reference, definitions.FINDING, check.finding)
        with forms.form(f"breach_{case.reference}_{pathway.id}_{check.code}", case=case, border=False) as form:
            form.submit(f"Add finding: {check.finding} {label}", main=False)
        happened = check.now.happened_on or clock.london_day(check.now.at)
        form.save(
            add_finding,
            "Finding added.",
            code=check.finding,
            evidence=check.now.evidence or Evidence.REPORTED,
            case_process_id=pathway.id,
            quarter=quarter_of(happened),
            note=_note(check),
        )


def _note(check: Check) -> str:
    """The note of the finding: the question, that it is an assessment, and the note on the answer."""
    assert check.now is not None
    when = f", {text.day(check.now.happened_on)}" if check.now.happened_on else ", day not recorded"
    told = f" {check.now.note}" if check.now.note else ""
    return f"Fairness checklist, an assessment of one account: “{check.text}” Breached{when}.{told}"


def _said(check: Check) -> str:
    """The answer with its day, evidence and note, and who gave it when."""
    badge = f":{COLOURS[check.answer]}-badge[{check.answer.label}]"
    if check.now is None:
        return badge
    return f"{badge} :small[:gray[{_given(check.now)}]]{_note_line(check.now)}"


def _given(now: Answered) -> str:
    """When it happened, the evidence, and who answered when."""
    parts = [text.day(now.happened_on)] if now.happened_on else []
    parts += [now.evidence.label] if now.evidence else []
    return " · ".join([*parts, f"{text.plain(now.by or 'import')}, {text.moment(now.at)}"])


def _note_line(now: Answered) -> str:
    return f"  \n{text.plain(now.note)}" if now.note else ""


def _form(case: CaseDetail, pathway: Pathway, checks: list[Check]) -> None:
    with forms.form(f"fairness_{case.reference}_{pathway.id}", case=case, border=False) as form:
        # As first drawn: a rerun in between must not hide somebody else's answer.
        first = {check.code: check for check in checks}
        drawn: dict[str, Check] = st.session_state.setdefault(f"drawn_{form.key}", first)
        answers = {check.code: _question(form, check, drawn.get(check.code, check)) for check in checks}
        form.submit("Save checklist")
    _save(form, pathway, answers, drawn, checks)


def _question(form: Form, check: Check, drawn: Check) -> dict[str, Any]:
    """One tap for the answer, with date, evidence and note folded below it."""
    now = drawn.now
    st.markdown(f"**{check.finding}** {text.plain(check.text)}")
    answer = st.segmented_control(
        check.text,
        list(Fairness),
        default=drawn.answer,
        required=True,
        key=f"{form.key}_{check.code}",
        format_func=lambda option: text.one_of(option.label),
        label_visibility="collapsed",
        wrap=True,
    )
    if now:
        st.markdown(f":small[:gray[{_given(now)}]]{_note_line(now)}")
    with st.expander("Date, evidence, note", type="compact"):
        day = form.day(
            f"{check.code}_day", "When it happened", value=now.happened_on if now else None, most=clock.today()
        )
        evidence = form.choice(
            f"{check.code}_evidence",
            "Evidence",
            list(Evidence),
            index=list(Evidence).index(now.evidence) if now and now.evidence else 0,
        )
        note = form.area(f"{check.code}_note", "Note", value=now.note if now else "", height=68, help=NO_PATIENTS)
        sure = "" if check.certainty == Certainty.CONFIRMED else f" {Certainty(check.certainty).label}."
        st.caption(f"Source: {text.plain(check.source)}.{sure}")
    form.problems[check.code] = st.empty()
    return {"answer": answer, "happened_on": day, "evidence": evidence, "note": note}


def _save(form: Form, pathway: Pathway, answers: dict[str, Any], drawn: dict[str, Check], checks: list[Check]) -> None:
    """Saves only what this person changed, so that answers given by others meanwhile stay."""
    changed = {code: told for code, told in answers.items() if told != _drawn_with(drawn.get(code))}
    seen = {code: check.now.id for code, check in drawn.items() if check.now}
    form.save(answer_checklist, "Checklist saved.", case_process_id=pathway.id, answers=changed, seen=seen)
    if isinstance(form.refusal, Stale):
        _both(form, changed, drawn, checks)


def _drawn_with(check: Check | None) -> dict[str, Any]:
    """What the fields of a question hold before anybody changes them."""
    now = check.now if check else None
    if now is None:
        return EMPTY | {"evidence": Evidence.REPORTED}
    return {
        "answer": now.answer,
        "happened_on": now.happened_on,
        "evidence": now.evidence or Evidence.REPORTED,
        "note": now.note,
    }


def _both(form: Form, changed: dict[str, Any], drawn: dict[str, Check], checks: list[Check]) -> None:
    """Somebody else's answer beside this person's own, which the next press saves."""
    for check in checks:
        if check.code in changed and check.now != drawn.get(check.code, check).now:
            st.markdown(
                f"{text.plain(check.text)} Saved now: {_said(check)}  \nYours, not saved yet: "
                f"{changed[check.code]['answer'].label}"
            )
    st.session_state[f"drawn_{form.key}"] = {
        check.code: check if check.code in changed else drawn.get(check.code, check) for check in checks
    }


def _before(checks: list[Check]) -> None:
    """Answers that have since changed, newest first."""
    lines = [
        f"- **{check.finding}** {text.plain(check.text)} Before: {old.answer.label}, "
        f"{text.plain(old.by or 'import')}, {text.moment(old.at)}{f'. {text.plain(old.note)}' if old.note else ''}"
        for check in checks
        for old in check.before
    ]
    if lines:
        st.caption("Earlier answers")
        st.markdown("\n".join(lines))
