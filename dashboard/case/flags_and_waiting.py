"""Raising and clearing flags, and waiting for others."""

from datetime import timedelta

import streamlit as st

from dashboard import store
from dashboard.ui import forms, text
from dashboard.ui.folds import fold
from db import clock
from db.commands.flags import clear_flag, raise_flag
from db.commands.waiting import begin_waiting, end_waiting
from db.queries.case_detail import CaseDetail
from db.queries.session import Person


def flags(person: Person, case: CaseDetail) -> None:
    """Why each is raised stands at the head of the case."""
    if not case.flags:
        st.caption("No flag is raised. A flag says that somebody or something cannot wait, and why.")
    fold("Raise a flag", lambda: _raise(person, case), about=case.reference, icon=":material/flag:")
    if case.flags:
        fold("Clear a flag", lambda: _clear(person, case), about=case.reference)


def _raise(person: Person, case: CaseDetail) -> None:
    terms = store.words(person).terms["flag"]
    with forms.form(f"raise_{case.reference}", case=case) as form:
        code = form.choice(
            "code", "Raise a flag", [c for c in terms if c not in case.flags], words=terms.get, required=True
        )
        why = form.text("why", "Why", required=True)
        review = form.day("review_on", "Review on", required=True, value=clock.today() + timedelta(days=7))
        form.submit("Raise flag")
    form.save(raise_flag, "Flag raised.", code=code or "", why=why, review_on=review or clock.today())


def _clear(person: Person, case: CaseDetail) -> None:
    terms = store.words(person).terms["flag"]
    with forms.form(f"clear_{case.reference}", case=case) as form:
        code = form.choice("code", "Clear a flag", list(case.flags), words=terms.get, required=True)
        why = form.text("why", "Why it no longer applies", required=True)
        form.submit("Clear flag")
    form.save(clear_flag, "Flag cleared.", code=code or "", why=why)


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
