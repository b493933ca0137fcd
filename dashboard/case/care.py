"""Care of the doctor: the safety plan, whom to call in an emergency, and decisions to break confidence."""

from collections.abc import Iterator

import streamlit as st

from dashboard import store
from dashboard.ui import forms, text
from dashboard.ui.folds import fold
from db import clock
from db.choices import YesNo
from db.commands.care import forget_emergency_contact, keep_emergency_contact, keep_safety_plan
from db.commands.disclosures import answer_disclosure, decide_disclosure, tell_of_disclosure
from db.queries.case_detail import CaseDetail
from db.queries.doctor_care import DoctorCare, Plan, Told
from db.queries.session import Person

TOLD = (YesNo.YES, YesNo.NO)
WHEN = (
    "Only for a serious risk to life or to others, a child or adult at risk, or a legal duty. "
    "Tell no more than is needed."
)


def care(person: Person, case: CaseDetail) -> None:
    known = store.doctor_care(person, case.reference)
    st.markdown("\n\n".join(plan_lines(known)))
    fold("Agree a safety plan", lambda: _plan(case, known.plan), about=case.reference)
    fold("Emergency contact", lambda: _contact(case), about=case.reference)
    for told in known.disclosures:
        _disclosure(person, case, told)
    fold("Decide to break confidence", lambda: _decide(person, case), about=case.reference)


def plan_lines(known: DoctorCare) -> Iterator[str]:
    """The plan in plain words, as it was agreed."""
    if known.plan is None:
        yield ":gray[No safety plan is agreed yet: whom the doctor will call, what helps, who is with them.]"
        return
    plan = known.plan
    yield f"**Safety plan**, agreed {text.day(plan.agreed_on)} :gray[· {text.plain(plan.by)}]"
    parts = (("Whom they will call", plan.whom), ("What helps", plan.helps), ("Who is with them", plan.company))
    yield "\n".join(f"- :gray[{label}:] {text.plain(words)}" for label, words in parts if words)


def _plan(case: CaseDetail, now: Plan | None) -> None:
    with forms.form(f"plan_{case.reference}", case=case) as form:
        whom = form.text("whom", "Whom they will call", value=now.whom if now else "")
        helps = form.text("helps", "What helps", value=now.helps if now else "")
        company = form.text("company", "Who is with them", value=now.company if now else "")
        agreed = form.day("agreed_on", "Agreed on", required=True, value=clock.today(), most=clock.today())
        form.submit("Save the plan")
    if form.has(agreed_on=agreed):
        form.save(keep_safety_plan, "Safety plan saved.", whom=whom, helps=helps, company=company, agreed_on=agreed)


def _contact(case: CaseDetail) -> None:
    st.caption("It is kept encrypted, and shown only with the doctor’s identity, which takes a reason and is logged.")
    with forms.form(f"emergency_{case.reference}", case=case) as form:
        who = form.text("emergency_who", "Who, and what they are to the doctor", required=True, most=200)
        number = form.text("emergency_number", "Number", required=True, most=200)
        permission = form.tick("permission", "The doctor gave permission to call them in an emergency")
        form.submit("Save the contact")
    said = "Emergency contact saved. It is shown with the doctor’s identity."
    form.save(keep_emergency_contact, said, emergency_who=who, emergency_number=number, permission=permission)
    with forms.form(f"no_emergency_{case.reference}", case=case, border=False) as gone:
        gone.submit("Remove the contact: the doctor takes permission back", main=False)
    gone.save(forget_emergency_contact, "Emergency contact removed.")


def _decide(person: Person, case: CaseDetail) -> None:
    may = store.doctor_care(person, case.reference).seconds
    people = {id: name for id, name in store.caseworkers(person).items() if id in may}
    st.caption(WHEN)
    with forms.form(f"disclose_{case.reference}", case=case) as form:
        disclosed = form.text("disclosed", "What is told", required=True)
        to_whom = form.text("to_whom", "To whom", required=True, help="A role or organisation.")
        why = form.text("why", "Why", required=True)
        told = form.buttons("doctor_told", "Has the doctor been told?", TOLD, required=True)
        how = form.text("told_how", "How and when, or why not", required=True)
        second = form.choice("second_id", "Second person", people, words=people.get, required=True)
        form.submit("Record, and ask the second person")
    form.save(
        decide_disclosure,
        "Recorded. The second person is asked.",
        disclosed=disclosed,
        to_whom=to_whom,
        why=why,
        doctor_told=told,
        told_how=how,
        second_id=second,
    )


def _disclosure(person: Person, case: CaseDetail, told: Told) -> None:
    with st.container(border=True, width=forms.FORM_WIDTH):
        st.markdown("\n\n".join(_words(told)))
        if told.agreed is None and told.second_id == person.id:
            _answer(case, told)
        if told.doctor_told is not YesNo.YES:
            fold("The doctor has been told", lambda: _tell(case, told), about=f"{case.reference}_{told.id}")


def _words(told: Told) -> Iterator[str]:
    state = {None: f"waits for {text.plain(told.second)}", True: "decided by two people", False: "not agreed"}
    yield f"**Breaking confidence: {state[told.agreed]}** :gray[· {text.plain(told.by)}, {text.moment(told.at)}]"
    doctor = "yes" if told.doctor_told is YesNo.YES else "no"
    parts = [("What", told.what), ("To whom", told.to_whom), ("Why", told.why)]
    lines = [f"- :gray[{label}:] {text.plain(words)}" for label, words in parts]
    lines.append(f"- :gray[Doctor told:] {doctor}. {text.plain(told.told_how)}")
    if told.answered_at:
        answer = "agrees" if told.agreed else "does not agree"
        why = f": {text.plain(told.answer)}" if told.answer else ""
        lines.append(f"- {text.plain(told.second)} {answer}, {text.moment(told.answered_at)}{why}")
    yield "\n".join(lines)


def _answer(case: CaseDetail, told: Told) -> None:
    with forms.form(f"answer_{case.reference}_{told.id}", case=case, border=False) as form:
        reason = form.text("reason", "Why not, if you don’t agree")
        pressed = form.submit_one_of({"agree": "I agree", "refuse": "I don’t agree"}, main="agree")
    said = "Your decision is recorded."
    form.save(answer_disclosure, said, disclosure_id=told.id, agree=pressed == "agree", reason=reason)


def _tell(case: CaseDetail, told: Told) -> None:
    with forms.form(f"told_{case.reference}_{told.id}", case=case) as form:
        how = form.text("told_how", "How and when", required=True)
        form.submit("Save")
    form.save(tell_of_disclosure, "Recorded.", disclosure_id=told.id, told_how=how)
