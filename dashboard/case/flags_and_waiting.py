"""Raising and clearing flags, and waiting for others."""

from datetime import timedelta

import streamlit as st

from dashboard import store
from dashboard.case.care import plan_lines
from dashboard.case.help_lines import help_lines
from dashboard.ui import forms, text
from dashboard.ui.folds import fold
from dashboard.ui.forms import Fields, Form
from dashboard.ui.options import at_once, sole
from db import clock
from db.commands.flags import clear_flag, raise_flag, review_flag
from db.commands.waiting import begin_waiting, end_waiting
from db.queries.case_detail import CaseDetail
from db.queries.case_parts import RaisedFlag
from db.queries.session import Person
from db.rules.limits import NAME_LENGTH
from db.rules.safety import CRISIS, SECOND_PERSON, TOLD_AT_ONCE, looked_at_again, may_clear

TOLD = "Every lead who may see this case is told at once. It is looked at again tomorrow."


def flags(person: Person, case: CaseDetail) -> None:
    """Why each is raised stands at the head of the case."""
    if not case.flags:
        st.caption("No flag is raised. A flag says that somebody or something cannot wait, and why.")
    if CRISIS in case.flags:
        help_lines(person, case.nation)
        st.markdown("\n\n".join(plan_lines(store.doctor_care(person, case.reference))))
    fold("Raise a flag", lambda: _raise(person, case), about=case.reference, icon=":material/flag:")
    if case.flags:
        fold("Look at a flag again: it stands", lambda: _review(person, case), about=case.reference)
        fold("Clear a flag", lambda: _clear(person, case), about=case.reference)


def _raise(person: Person, case: CaseDetail) -> None:
    terms, today = store.words(person).terms["flag"], clock.today()
    with forms.form(f"raise_{case.reference}", case=case) as form:
        code = form.choice(
            "code", "Raise a flag", [c for c in terms if c not in case.flags], words=terms.get, required=True
        )
        review = looked_at_again(code or "", today)
        if code in TOLD_AT_ONCE:
            st.error(TOLD, icon=":material/emergency:")
        if code == CRISIS:
            help_lines(person, case.nation)
        why = form.text("why", "Why", required=True)
        if code not in TOLD_AT_ONCE:
            review = form.day("review_on", "Review on", required=True, value=review) or today
        form.submit("Raise flag")
    said = "Flag raised. Leads have been told." if code in TOLD_AT_ONCE else "Flag raised."
    form.save(raise_flag, said, code=code or "", why=why, review_on=review)


def _review(person: Person, case: CaseDetail) -> None:
    terms = store.words(person).terms["flag"]
    raised = {flag.code: flag for flag in case.raised}
    with forms.form(f"review_{case.reference}{sole(raised)}", case=case) as form:
        code = form.choice("code", "Flag", list(raised), words=terms.get, required=True, index=at_once(raised))
        note = form.text("why", "What you saw", help="Goes on the timeline.")
        again = form.day("review_on", "Look again on", required=True, least=clock.today())
        form.submit("It still stands")
    if form.has(review_on=again):
        seen = raised[code].review_on if code in raised else clock.today()
        form.save(review_flag, "Noted.", code=code or "", seen_review_on=seen, review_on=again, why=note)


def _clear(person: Person, case: CaseDetail) -> None:
    terms = store.words(person).terms["flag"]
    raised = {flag.code: flag for flag in case.raised}
    with forms.form(f"clear_{case.reference}", case=case) as form:
        code = form.choice("code", "Clear a flag", list(case.flags), words=terms.get, required=True)
        flag = raised.get(code or "")
        if flag and not may_clear(flag.code, flag.set_by_id, person.id, is_lead=person.is_lead):
            st.caption(SECOND_PERSON)
            return
        why = form.text("why", "Why it no longer applies", required=True)
        spoken = _spoken(form, flag) if flag and flag.code == CRISIS else {}
        form.submit("Clear flag")
    form.save(clear_flag, "Flag cleared.", code=code or "", why=why, **spoken)


def _spoken(form: Form, flag: RaisedFlag) -> Fields:
    """Nobody clears a crisis without somebody having spoken to the doctor since it was raised."""
    least = clock.london_day(flag.set_at)
    return {
        "spoke_by": form.text("spoke_by", "Who spoke to the doctor", required=True, most=NAME_LENGTH),
        "spoke_on": form.day("spoke_on", "When", required=True, least=least, most=clock.today()),
    }


def waiting(case: CaseDetail) -> None:
    """Those we wait for, each with a button for their answer; a form to add one."""
    for row in case.waiting:
        with forms.form(f"unwait_{case.reference}_{row.id}", case=case) as form:
            st.markdown(f"Waiting for {text.plain(row.on_whom)} since {text.day(row.since)}")
            form.submit("They answered: stop waiting")
        form.save(end_waiting, "Waiting stopped.", waiting_id=row.id)
    if not case.waiting:
        st.caption("Waiting for nobody. While we wait for an answer, the case does not count as without news.")
    fold("Start waiting", lambda: _begin(case), about=case.reference, icon=":material/hourglass_top:")


def _begin(case: CaseDetail) -> None:
    with forms.form(f"wait_{case.reference}", case=case) as form:
        on_whom = form.text(
            "on_whom", "Waiting for", required=True, help="A role or organisation, such as “case manager”.", most=200
        )
        expected = form.day("expected_on", "Answer expected on")
        chase = form.day("chase_on", "Follow up on", required=True, value=clock.today() + timedelta(days=14))
        form.submit("Start waiting")
    form.save(
        begin_waiting,
        "Waiting started.",
        on_whom=on_whom,
        chase_on=chase or clock.today(),
        expected_on=expected,
    )
