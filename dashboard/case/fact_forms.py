"""The forms for facts: one for each kind, one to say what a ground touched, one to change or withdraw a fact."""

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from dashboard import store
from dashboard.case import danger_question
from dashboard.case.corrected import both, first, mark_seen, seen_of
from dashboard.case.help_lines import help_lines
from dashboard.ui import definitions, forms, text
from dashboard.ui.forms import Form
from dashboard.ui.options import told_apart
from db import clock
from db.choices import YesNo
from db.commands.facts import change_fact, record_fact, tie_ground, withdraw_fact
from db.errors import Stale
from db.queries.case_detail import CaseDetail
from db.queries.facts import CaseFacts, CodedOn, Fact
from db.queries.reference import Reference
from db.queries.session import Person
from db.rules.facts import (
    EXAMINERS,
    NEED_A_DAY,
    NEED_A_NOTE,
    NOT_STATED,
    SELF_HARM,
    TERMS,
    FactKind,
    SaidFact,
    came_first,
    in_words,
)
from db.rules.safety import CRISIS

RIGHT, MISTAKE = "Change it", "Withdraw it: recorded by mistake"
LABELS = {
    FactKind.CIRCUMSTANCE: "What it was like",
    FactKind.CONCERN: "Raised with",
    FactKind.DETRIMENT: "What happened to the doctor",
    FactKind.GROUND: "Ground",
    FactKind.IMPACT: "Impact",
    FactKind.PAY: "Pay status",
    FactKind.INDEMNITY: "Does indemnity cover it?",
}
DAYS = {FactKind.PAY: "Since", FactKind.POLICY: "Date of this edition"}
NOTES = {
    FactKind.CONCERN: "What was raised, in a sentence",
    FactKind.DETRIMENT: "What happened, in a sentence",
    FactKind.POLICY: "Name of the policy, and its version",
}
AFTER_A_DETRIMENT = (
    "A tribunal’s time limit may run from this day. Look under “Actions and deadlines” today, and raise the flag “Harm "
    "after speaking up” there if it followed a concern."
)
WHOLE = "The case as a whole"


def record(person: Person, case: CaseDetail, found: CaseFacts, kind: FactKind) -> None:
    with forms.form(f"fact_{kind}_{case.reference}", case=case) as form:
        fact = _told(form, person, found, kind, SaidFact())
        in_order = _order(form, found, kind, fact, None)
        danger = _danger(form, person, case, kind, fact)
        if kind is FactKind.DETRIMENT:
            st.caption(AFTER_A_DETRIMENT)
        form.submit("Save")
    form.save(record_fact, "Recorded.", kind=kind, fact=fact, in_this_order=in_order, danger=danger)


def one_of(person: Person, case: CaseDetail, found: CaseFacts, kinds: tuple[FactKind, ...]) -> None:
    """Which of a few kinds comes first, because the form depends on it."""
    kind = st.segmented_control(
        "What to add",
        kinds,
        default=kinds[0],
        required=True,
        wrap=True,
        key=f"fact_kind_{case.reference}",
        format_func=lambda kind: text.one_of(getattr(kind, "label", kind)),
    )
    record(person, case, found, kind if kind in kinds else kinds[0])


def tie(person: Person, case: CaseDetail, found: CaseFacts) -> None:
    """A ground that was not alleged yet is from then on."""
    reference = store.words(person)
    labels = {code: label for code, label in reference.terms["ground"].items() if code != NOT_STATED}
    with forms.form(f"tie_{case.reference}", case=case) as form:
        ground = form.choice("ground", "Ground", labels, words=labels.get, required=True)
        form.also("code", "ground")
        definitions.under(reference, "ground", labels, ground, about=form.key)
        process, finding = _place(form, person, case, found, SaidFact())
        note = form.text("note", "What the doctor says, in a sentence")
        form.submit("Save")
    form.save(tie_ground, "Recorded.", ground=ground or "", case_process_id=process, finding_id=finding, note=note)


def change(person: Person, case: CaseDetail, found: CaseFacts) -> None:
    """Which fact, and what to do, come first, because the form depends on them."""
    reference, rows = store.words(person), {fact.number: fact for fact in found.standing}
    chosen = st.selectbox(
        "Which fact",
        list(rows),
        index=None,
        placeholder="Choose",
        key=f"change_fact_{case.reference}",
        format_func=told_apart(
            rows,
            lambda number: _named(rows[number], reference) if number in rows else "?",
            lambda number: rows[number].said.note[:40] if number in rows else "?",
        ),
    )
    if chosen not in rows:
        return
    way = st.segmented_control(
        "What to do",
        (RIGHT, MISTAKE),
        default=RIGHT,
        required=True,
        wrap=True,
        key=f"change_fact_way_{case.reference}",
        format_func=text.one_of,
    )
    if way == RIGHT:
        _change(person, case, found, rows[chosen])
    else:
        _withdraw(case, rows[chosen])


def place_words(case: CaseDetail, said: SaidFact, reference: Reference, findings: Mapping[int, object]) -> str:
    """What a ground touched: the name of a process, a finding, or the case as a whole."""
    coded = findings.get(said.finding_id or 0)
    if isinstance(coded, CodedOn):
        return _finding_words(coded, reference)
    faced = {row.id: row.process for row in case.processes}
    if said.case_process_id in faced:
        return reference.processes[faced[said.case_process_id]]
    return WHOLE[:1].lower() + WHOLE[1:]


def _told(form: Form, person: Person, found: CaseFacts, kind: FactKind, was: SaidFact) -> SaidFact:
    """The fields of a kind, filled in from `was`."""
    reference = store.words(person)
    code, listed = was.code, TERMS[kind]
    if listed and kind is not FactKind.GROUND:
        labels = reference.terms[listed]
        index = list(labels).index(code) if code in labels else None
        code = form.choice("code", LABELS[kind], labels, words=labels.get, required=True, index=index)
        definitions.under(reference, listed, labels, code, about=form.key)
    day = was.took_place_on
    if kind is not FactKind.GROUND:
        needed = kind in NEED_A_DAY
        unknown = None if needed else "Leave it empty if nobody knows the day."
        label = DAYS.get(kind, "Day")
        day = form.day("took_place_on", label, required=needed, value=day, most=clock.today(), help=unknown)
    after = _after(form, found, reference, was) if kind is FactKind.DETRIMENT else None
    by = _examiners(form, person, was) if kind is FactKind.CIRCUMSTANCE else ()
    needed = kind in NEED_A_NOTE or code == "other"
    note = form.text("note", NOTES.get(kind, "In a sentence"), required=needed, value=was.note)
    return replace(was, code=code, took_place_on=day, note=note, after=after, examined_by=by)


def _after(form: Form, found: CaseFacts, reference: Reference, was: SaidFact) -> int | None:
    rows = {fact.number: fact for fact in found.of(FactKind.CONCERN)}
    if not rows:
        form.slot("after")
        st.caption("No concern is recorded yet. Record it too, then join the two under “Change or withdraw a fact”.")
        return None
    return form.choice(
        "after",
        "After which concern",
        rows,
        words=lambda number: _named(rows[number], reference) if number in rows else "?",
        more=lambda number: rows[number].said.note[:40] if number in rows else "?",
        index=list(rows).index(was.after) if was.after in rows else None,
        placeholder="None recorded yet",
    )


def _examiners(form: Form, person: Person, was: SaidFact) -> tuple[str, ...]:
    reference = store.words(person)
    labels = reference.terms[EXAMINERS]
    chosen = form.several(
        "examined_by",
        "Who examined it *",
        labels,
        words=labels.get,
        default=was.examined_by,
        help="Who looked at whether this was so, before they decided anything. You can add somebody later.",
    )
    definitions.every(reference, EXAMINERS, labels, about=form.key, label="What “examined” means")
    return tuple(sorted(chosen))


def _order(form: Form, found: CaseFacts, kind: FactKind, fact: SaidFact, number: int | None) -> bool:
    """Asked where the detriment is of an earlier day than the concern."""
    said = {one.number: one.said for one in found.standing}
    pairs = [(fact, one.said) for one in found.of(FactKind.DETRIMENT) if one.said.after == number and number]
    if kind is FactKind.DETRIMENT:
        pairs = [(said[fact.after], fact)] if fact.after in said else []
    elif kind is not FactKind.CONCERN:
        pairs = []
    if not any(came_first(*pair) for pair in pairs):
        return False
    st.warning("The detriment is before the concern. Check both days.", icon=":material/help:")
    return form.tick("in_this_order", "Both days are right: the detriment came first")


def _danger(form: Form, person: Person, case: CaseDetail, kind: FactKind, fact: SaidFact) -> YesNo | None:
    """Harm to themselves is acted on at once, never only recorded."""
    if kind is not FactKind.IMPACT or fact.code != SELF_HARM or not case.stage.is_open or CRISIS in case.flags:
        return None
    danger = form.buttons("danger", danger_question.ASKED, YesNo, required=True)
    if danger is YesNo.YES:
        st.error(danger_question.RAISES, icon=":material/emergency:")
        help_lines(person, case.nation)
    return danger


def _place(
    form: Form, person: Person, case: CaseDetail, found: CaseFacts, was: SaidFact
) -> tuple[int | None, int | None]:
    """A process or a finding; a tie to both is refused."""
    reference, rows = store.words(person), {row.id: row for row in case.processes}
    process = form.choice(
        "case_process_id",
        "Process it touched",
        rows,
        index=list(rows).index(was.case_process_id) if was.case_process_id in rows else None,
        placeholder="None in particular",
        words=lambda id: reference.processes[rows[id].process] if id in rows else "?",
        more=lambda id: text.since(rows[id].started_on) if id in rows else "?",
    )
    coded = found.findings or {}
    finding = form.choice(
        "finding_id",
        "Or the finding it touched",
        coded,
        index=list(coded).index(was.finding_id) if was.finding_id in coded else None,
        placeholder="None in particular",
        words=lambda id: _finding_words(coded[id], reference) if id in coded else "?",
    )
    return process, finding


def _finding_words(coded: CodedOn, reference: Reference) -> str:
    label = reference.findings.get(coded.code, ("", ""))[1]
    process = f", {reference.processes[coded.process]}" if coded.process else ""
    return f"the finding {coded.code} {label}{process}"


def _named(fact: Fact, reference: Reference) -> str:
    return in_words(fact.kind, fact.said, reference.terms)


def _change(person: Person, case: CaseDetail, found: CaseFacts, fact: Fact) -> None:
    with forms.form(f"change_fact_{case.reference}_{fact.number}", case=case) as form:
        seen = seen_of(form, fact.said)
        was = first(form, seen)
        if fact.kind is FactKind.GROUND:
            process, finding = _place(form, person, case, found, was)
            note = form.text("note", "What the doctor says, in a sentence", value=was.note)
            told = replace(was, case_process_id=process, finding_id=finding, note=note)
        else:
            told = _told(form, person, found, fact.kind, was)
        in_order = _order(form, found, fact.kind, told, fact.number)
        reason = form.text(
            "reason", "Why it changes", required=True, help="On the timeline for everybody on this case."
        )
        form.submit("Save the change")
    form.save(change_fact, "Changed.", number=fact.number, seen=seen, fact=told, reason=reason, in_this_order=in_order)
    if isinstance(form.refusal, Stale):
        reference = store.words(person)
        saved, mine = (
            text.plain(f"{in_words(fact.kind, one, reference.terms)}. {one.note}") for one in (fact.said, told)
        )
        both(form, fact.said, saved, mine)


def _withdraw(case: CaseDetail, fact: Fact) -> None:
    with forms.form(f"withdraw_fact_{case.reference}_{fact.number}", case=case) as form:
        seen = seen_of(form, fact.said)
        reason = form.text("reason", "Why it is withdrawn", required=True)
        kept = "Nothing of it stays." if fact.kind is FactKind.GROUND else "It stays readable under earlier editions."
        st.caption(f"If it was true and has changed, change it instead. {kept}")
        form.submit("Withdraw it", main=False)
    form.save(withdraw_fact, "Withdrawn.", number=fact.number, seen=seen, reason=reason)
    if isinstance(form.refusal, Stale):
        mark_seen(form, fact.said)
