"""A second coding of the case: asked for, done without sight of the first, compared, and settled in the open."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from dashboard import store
from dashboard.case.corrected import TO_SEE, mark_seen, seen_of
from dashboard.case.findings import QUARTERS, which_process
from dashboard.case.parts import FINDINGS, show_part
from dashboard.ui import definitions, forms, text
from dashboard.ui.fields import NO_PATIENTS
from dashboard.ui.folds import fold
from dashboard.ui.forms import Fields, Form
from db import clock
from db.choices import Evidence, FindingKind
from db.commands.codings import (
    add_from_coding,
    ask_coding,
    decline_coding,
    hand_in_coding,
    settle_difference,
    take_back_coding,
)
from db.errors import Stale
from db.queries.case_detail import CaseDetail
from db.queries.codings import Mark, SecondCoding
from db.queries.reference import Reference
from db.queries.session import Person
from db.rules.codings import WAYS, CodingStatus, Settled
from db.rules.quarters import last_quarters, quarter_of
from db.rules.words import many

ASK = "Ask somebody to code it a second time"
BLIND = (
    "You are asked to code this case without seeing what was found before: until you hand in, its findings are hidden "
    "from you. Read the case, then choose every finding that you see in it. Nobody sees your choice until then."
)
TO_CODE = "You are asked to code this case: its findings are hidden from you until you answer. Read it first."


def codings(person: Person, case: CaseDetail) -> None:
    """For everybody on the case but whoever is coding it."""
    found = store.case_codings(person, case.reference)
    can_ask = found.can_ask and case.stage.is_open and bool(case.findings) and found.waiting is None
    if not found.waiting and not found.ended and not can_ask:
        return
    text.heading("Second coding")
    if found.waiting:
        _waiting(case, found.waiting, can_take_back=found.can_ask)
    for coding in found.ended:
        _ended(person, case, coding)
    if can_ask:
        fold(ASK, lambda: _ask(person, case), about=case.reference, icon=":material/group_add:")


def _waiting(case: CaseDetail, coding: SecondCoding, *, can_take_back: bool) -> None:
    coder, since = text.plain(coding.coder), f"asked by {text.plain(coding.asked_by)}, {text.moment(coding.asked_at)}"
    st.markdown(f":material/hourglass_top: Waits for {coder}, who does not see the findings · {since}")
    if can_take_back:
        with forms.form(f"coding_back_{case.reference}_{coding.id}", case=case, border=False) as form:
            form.submit("Take it back", main=False)
        form.save(take_back_coding, "Taken back.")


def _ask(person: Person, case: CaseDetail) -> None:
    people = store.coders_to_ask(person, case.reference)
    if not people:
        st.caption("Nobody else may read this case who has not coded it. Offer somebody a place on it first.")
        return
    st.caption("Somebody who may read this case and coded none of it. They see none of its findings until they answer.")
    with forms.form(f"coding_ask_{case.reference}", case=case, border=False) as form:
        chosen = form.choice("to_id", "Who", people, words=people.get, required=True)
        form.submit("Ask")
    form.save(ask_coding, "Asked. Their Home says so.", to_id=chosen or 0)


# Coding without sight of the first ------------------------------------------------------------------------------


def asked(case: CaseDetail) -> None:
    """At the head of the case, for whoever is asked."""
    if case.is_blind:
        st.info(TO_CODE, icon=":material/visibility_off:", width=forms.FORM_WIDTH)
        show_part(case, FINDINGS, "Choose the findings, or decline")


def own(person: Person, case: CaseDetail) -> None:
    """For whoever is asked: in place of the findings."""
    asked = store.case_codings(person, case.reference).waiting
    by = f" Asked by {text.plain(asked.asked_by)}, {text.moment(asked.asked_at)}." if asked else ""
    st.info(BLIND + by, icon=":material/visibility_off:", width=forms.FORM_WIDTH)
    reference = store.words(person)
    with forms.form(f"coding_{case.reference}", case=case) as form:
        codes = [code for kind in FindingKind for code in _of_kind(form, reference, kind)]
        notes = {code: {"note": _note(form, reference, code)} for code in codes}
        none = False if codes else form.tick("none", "I see none of these in this case")
        form.submit("Hand in")
    form.save(hand_in_coding, "Handed in. Now compare the two.", codes=codes, notes=notes, none=none)
    with forms.form(f"coding_no_{case.reference}", case=case, border=False) as form:
        form.submit("Decline: somebody else should", main=False)
    form.save(decline_coding, "Declined. The findings are shown again.")


def _of_kind(form: Form, reference: Reference, kind: FindingKind) -> list[str]:
    codes = {code: f"{code} {label}" for code, (of, label) in reference.findings.items() if of == kind}
    chosen = form.several(f"codes_{kind}", kind.label, codes, words=codes.get)
    definitions.every(reference, definitions.FINDING, codes, about=f"{form.key}_{kind}")
    return chosen


def _note(form: Form, reference: Reference, code: str) -> str:
    return form.text(f"note_{code}", f"Why {_named(reference, code)}", help=NO_PATIENTS)


# Beside each other ----------------------------------------------------------------------------------------------


def _ended(person: Person, case: CaseDetail, coding: SecondCoding) -> None:
    coder, on = text.plain(coding.coder), text.moment(coding.ended_at) if coding.ended_at else ""
    if coding.status is not CodingStatus.HANDED_IN:
        st.caption(f"{coding.status.label}: {coder} was asked by {text.plain(coding.asked_by)} · {on}")
        return
    reference = store.words(person)
    differ = [mark for mark in coding.marks if mark.by_first != mark.by_second]
    alike, left = len(coding.marks) - len(differ), sum(mark.is_open for mark in differ)
    settled = "every difference is settled" if differ else "no difference"
    state = f"{many(left, 'difference')} to settle" if left else settled
    st.markdown(f"Coded by {coder} without sight of the findings · {on} · {alike} alike, {state}")
    st.markdown("\n".join(_beside(reference, coding)))
    for mark in differ:
        if mark.is_open:
            draw = partial(_difference, person, case, coding, mark)
            label = f"Settle {mark.code} {reference.findings.get(mark.code, ('', ''))[1]}".strip()
            fold(label, draw, about=case.reference, icon=":material/balance:")


def _beside(reference: Reference, coding: SecondCoding) -> list[str]:
    if not coding.marks:
        return [":gray[Neither chose any finding.]"]
    alike = [_named(reference, mark.code) for mark in coding.marks if mark.by_first == mark.by_second]
    lines = [f"- **Alike:** {', '.join(alike)}"] if alike else []
    for mark in coding.marks:
        if mark.by_first != mark.by_second:
            lines.append(f"- **{_named(reference, mark.code)}:** {_only(coding, mark)} · {_became(mark)}")
    return lines


def _only(coding: SecondCoding, mark: Mark) -> str:
    who = text.plain(coding.coder)
    return f"only {who} chose it" if mark.by_second else f"{who} did not choose it"


def _became(mark: Mark) -> str:
    if mark.settled is None or mark.at is None:
        return ":orange-badge[To settle]"
    by = f"{text.plain(mark.by or 'somebody')}, {text.moment(mark.at)}"
    why = text.plain(mark.why or "").replace("\n", " ")
    return f"{mark.settled.label} by {by}: {why}"


def _difference(person: Person, case: CaseDetail, coding: SecondCoding, mark: Mark) -> None:
    reference = store.words(person)
    with forms.form(f"settle_{case.reference}_{coding.id}_{mark.code}", case=case, border=False) as form:
        seen = seen_of(form, mark.standing)
        st.markdown(f"**{_named(reference, mark.code)}**: {_only(coding, mark)}")
        definitions.say(reference, definitions.FINDING, mark.code)
        if mark.note:
            st.markdown(f"{text.plain(coding.coder)}: {text.plain(mark.note)}")
        how = form.radio("how", "What becomes of it", WAYS[mark.by_second], required=True)
        adds = how is Settled.ADDED and not mark.standing
        fields = _as_finding(form, person, case, mark) if adds else {}
        reason = form.text("reason", "Reason", required=True, help=TO_SEE)
        form.submit("Settle")
    about: Fields = {"coding_id": coding.id, "code": mark.code, "reason": reason}
    if adds:
        form.save(add_from_coding, "Settled: added as a finding.", **about, **fields)
    else:
        form.save(settle_difference, "Settled.", **about, how=how, seen=seen)
    if isinstance(form.refusal, Stale):
        mark_seen(form, mark.standing)


def _as_finding(form: Form, person: Person, case: CaseDetail, mark: Mark) -> Fields:
    evidence = form.choice("evidence", "Evidence", list(Evidence), required=True, index=0)
    process = which_process(form, person, case)
    quarters: Sequence[str] = last_quarters(quarter_of(clock.today()), QUARTERS)
    quarter = form.choice("quarter", "When it happened", quarters, required=True, index=0)
    note = form.area("note", "Why: what the papers or the doctor’s account say", value=mark.note)
    return {"evidence": evidence, "case_process_id": process, "quarter": quarter or "", "note": note}


def _named(reference: Reference, code: str) -> str:
    return text.plain(f"{code} {reference.findings.get(code, ('', ''))[1]}".strip())
