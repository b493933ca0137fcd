"""Recording what a process came to, and correcting it for all to see."""

from datetime import date

import streamlit as st

from dashboard import store
from dashboard.case import starts
from dashboard.case.corrected import TO_SEE, WHY, mark_seen, seen_of
from dashboard.case.outcome_text import label, offered
from dashboard.ui import forms, text
from dashboard.ui.forms import Form
from dashboard.ui.options import at_once, told_apart
from db import clock
from db.choices import Whose, YesNo
from db.commands.outcomes import correct_outcome, record_outcome
from db.errors import Stale
from db.queries.case_detail import CaseDetail
from db.queries.pathways import OutcomeTold, Pathway
from db.queries.reference import OutcomeKind, Reference
from db.queries.session import Person
from db.rules.dated_events import OUTCOME, rules_begun, started
from db.rules.outcomes import Asks, live, standing

RECORD, CORRECT = "Record an outcome", "Correct an outcome"
# In place of a number: the earlier outcome is not recorded.
UNRECORDED = 0
# The command refuses it, beside the field.
NOT_CHOSEN = -1
AS_ORDERED = "As the order or the letter says. Leave empty if it says none."


def outcomes(person: Person, case: CaseDetail, found: list[Pathway]) -> None:
    """Which process and what to do are outside the form, because the form depends on them."""
    if not found:
        st.caption("No process recorded. Add it first.")
        return
    reference, rows = store.words(person), {pathway.id: pathway for pathway in found}
    chosen = found[0].id
    if len(found) > 1:
        chosen = st.selectbox(
            "Which process came to an outcome",
            list(rows),
            key=f"outcome_of_{case.reference}",
            format_func=told_apart(
                rows,
                lambda id: reference.processes[rows[id].process] if id in rows else "?",
                lambda id: text.since(rows[id].started_on) if id in rows else "?",
            ),
        )
    pathway = rows.get(chosen, found[0])
    way = st.segmented_control(
        "What you want to do",
        (RECORD, CORRECT),
        default=RECORD,
        required=True,
        wrap=True,
        key=f"outcome_way_{case.reference}",
        format_func=text.one_of,
    )
    if way == CORRECT:
        _correct(case, pathway, reference)
    else:
        _record(case, pathway, reference)


def _record(case: CaseDetail, pathway: Pathway, reference: Reference) -> None:
    kinds = offered(reference, pathway.process)
    with forms.form(f"outcome_{case.reference}_{pathway.id}", case=case) as form:
        code = form.choice(
            "code",
            "What it came to",
            kinds,
            words=lambda code: kinds[code].label if code in kinds else code,
            required=True,
        )
        kind = kinds.get(code or "")
        if kind:
            _explain(kind)
        on = form.day(
            "happened_on", "Happened on", required=True, most=clock.today(), help="The day of the decision or letter."
        )
        changes = _changes(form, pathway, reference, kind)
        end_on, review_on = _sanction(form, kind)
        threat, silent = _answers(form, kind)
        note = _note(form, kind)
        deadlines = _deadlines(form, case, pathway, reference, code or "", on)
        ended = False
        if pathway.ended_on is None and not (kind and kind.effect and kind.effect.goes_on):
            ended = form.tick("ended", "The process ended with it")
        form.submit("Record outcome")
    form.save(
        record_outcome,
        "Outcome recorded.",
        case_process_id=pathway.id,
        code=code or "",
        happened_on=on,
        end_on=end_on,
        review_on=review_on,
        changes=changes,
        costs_threat=threat,
        confidential=silent,
        note=note,
        ended=ended,
        deadlines=deadlines,
    )


def _explain(kind: OutcomeKind) -> None:
    """What the chosen outcome means, and what recording it does."""
    told = [text.plain(kind.definition)]
    told += ["Whether and how this happens is unconfirmed."] if kind.is_unconfirmed else []
    if kind.ends_as or kind.review_as:
        told.append("Its end and its review become deadlines of this process.")
    if kind.starts:
        told.append("A deadline to tell the GMC is made for the next working day. Ask the defence organisation first.")
    st.caption(" ".join(told))


def _deadlines(
    form: Form, case: CaseDetail, pathway: Pathway, reference: Reference, code: str, on: date | None
) -> list[str]:
    """The deadlines of ours still to come that count from the day of the outcome, such as an appeal's: offered ticked.
    What came of those that are past is history, which nobody missed by recording it late."""
    codes = rules_begun(reference.events, process=pathway.process, place=OUTCOME, value=code)
    if on is None:
        return []
    outs = started(reference.rules, reference.scopes, codes, on, nation=case.nation)
    ours = [out for out in outs if out.rule.whose == Whose.OURS and out.due_on >= clock.today()]
    return starts.offer(form, ours, on, case.nation)


def _changes(form: Form, pathway: Pathway, reference: Reference, kind: OutcomeKind | None) -> int | None:
    """Which earlier outcome stands no more because of this one."""
    if kind is None or kind.effect is None:
        return None
    known = {one.number: one for one in reversed(standing(pathway.outcomes))}
    if not known:
        st.caption("It changes an earlier outcome, and none is recorded. Record that one first if you know it.")
        return None
    chosen = form.choice(
        "changes",
        "Which outcome it changes",
        [*known, UNRECORDED],
        words=lambda number: _named(reference, known.get(number)),
        required=True,
        index=at_once(known),
        help=f"That one then reads as {kind.effect.label}.",
    )
    return NOT_CHOSEN if chosen is None else chosen or None


def _named(reference: Reference, outcome: OutcomeTold | None) -> str:
    if outcome is None:
        return "None of these: it is not recorded"
    return f"{reference.outcomes[outcome.outcome].label}, {text.day(outcome.happened_on)}"


def _sanction(form: Form, kind: OutcomeKind | None, was: OutcomeTold | None = None) -> tuple[date | None, date | None]:
    end_on = review_on = None
    if kind and kind.ends_as:
        end_on = form.day("end_on", kind.ends_as, value=was.end_on if was else None, help=AS_ORDERED)
    if kind and kind.review_as:
        review_on = form.day("review_on", kind.review_as, value=was.review_on if was else None, help=AS_ORDERED)
    return end_on, review_on


def _answers(form: Form, kind: OutcomeKind | None, was: OutcomeTold | None = None) -> tuple[YesNo | None, YesNo | None]:
    def asked(field: str, asks: Asks, now: YesNo | None) -> YesNo | None:
        if kind is None or asks not in kind.asks:
            return None
        return form.choice(field, asks.label, list(YesNo), index=list(YesNo).index(now or YesNo.NOT_ASKED))

    return (
        asked("costs_threat", Asks.THREAT, was.costs_threat if was else None),
        asked("confidential", Asks.CONFIDENTIALITY, was.confidential if was else None),
    )


def _note(form: Form, kind: OutcomeKind | None, was: OutcomeTold | None = None) -> str:
    return form.area(
        "note",
        "Note",
        required=kind is not None and Asks.NOTE in kind.asks,
        value=was.note if was else "",
        help="What matters of it, in your words. No sums of money.",
        height=80,
    )


def _correct(case: CaseDetail, pathway: Pathway, reference: Reference) -> None:
    known = {one.number: one for one in reversed(live(pathway.outcomes))}
    if not known:
        st.caption("No outcome is recorded of this process.")
        return
    number = st.selectbox(
        "Outcome to correct",
        list(known),
        key=store.key(f"correct_outcome_{case.reference}_{pathway.id}"),
        format_func=told_apart(known, lambda n: _named(reference, known.get(n))),
    )
    was = known.get(number)
    if was is None:
        return
    kind = reference.outcomes[was.outcome]
    st.caption(f"{text.plain(kind.definition)} If it was another outcome, withdraw this one and record the right one.")
    with forms.form(f"correct_outcome_{case.reference}_{pathway.id}_{number}", case=case) as form:
        seen = seen_of(form, was.edition)
        on = form.day("happened_on", "Happened on", required=True, value=was.happened_on, most=clock.today())
        end_on, review_on = _sanction(form, kind, was)
        threat, silent = _answers(form, kind, was)
        note = _note(form, kind, was)
        withdrawn = form.tick(
            "withdrawn",
            "It was recorded by mistake: withdraw it",
            help="Its deadlines end with it. If the process ended with it, the process goes on.",
        )
        reason = form.text("reason", WHY, required=True, help=TO_SEE)
        form.submit("Save correction")
    form.save(
        correct_outcome,
        "Correction saved.",
        case_process_id=pathway.id,
        number=number,
        seen_edition=seen,
        happened_on=was.happened_on if withdrawn else on,
        end_on=end_on,
        review_on=review_on,
        costs_threat=threat,
        confidential=silent,
        note=note,
        withdrawn=withdrawn,
        reason=reason,
    )
    if isinstance(form.refusal, Stale):
        mark_seen(form, was.edition)
    _corrections(pathway, reference)


def _corrections(pathway: Pathway, reference: Reference) -> None:
    """Every correction: what was said before, who made it and when."""
    editions = {(one.number, one.edition): one for one in pathway.outcomes}
    lines = []
    for one in sorted(pathway.outcomes, key=lambda one: one.at, reverse=True):
        before = editions.get((one.number, one.edition - 1))
        if before is not None:
            what, who = "withdrawn" if one.withdrawn else "corrected", text.plain(one.by or "the system")
            lines.append(f"- {label(reference, one)}: {what} by {who}, {text.moment(one.at)}; before: {_said(before)}")
    if lines:
        st.caption("Earlier entries")
        st.markdown("\n".join(lines))


def _said(outcome: OutcomeTold) -> str:
    told = text.day(outcome.happened_on)
    told += f", until {text.day(outcome.end_on)}" if outcome.end_on else ""
    told += f", review {text.day(outcome.review_on)}" if outcome.review_on else ""
    return told + (f", {text.plain(outcome.note)}" if outcome.note else "")
