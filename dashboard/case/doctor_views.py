"""What the doctor says of a finding, in their words."""

import streamlit as st

from dashboard import store
from dashboard.case import finding_corrections
from dashboard.case.corrected import mark_seen, seen_of
from dashboard.ui import forms
from dashboard.ui.forms import Fields
from db import clock
from db.commands.doctor_views import record_doctor_view
from db.errors import Stale
from db.queries.case_detail import CaseDetail
from db.queries.session import Person
from db.rules.codings import DoctorSays

HELP = "As they said it, in a sentence or two. It stands beside the finding, and goes into no count."


def doctor_view(person: Person, case: CaseDetail) -> None:
    found = store.correctable(person, case.reference)
    if not found.findings:
        st.caption("No finding coded.")
        return
    chosen = finding_corrections.which(person, case, found, key=f"doctor_view_{case.reference}")
    if chosen not in found.findings:
        return
    now = found.findings[chosen]
    with forms.form(f"doctor_view_{case.reference}_{chosen}", case=case, border=False) as form:
        seen = seen_of(form, now)
        view = form.radio("view", "The doctor’s view", list(DoctorSays), required=True)
        words = form.area("text", "In the doctor’s words", help=HELP)
        said_on = form.day("said_on", "On", required=True, value=clock.today(), most=clock.today())
        form.submit("Record it")
    about: Fields = {"finding_id": chosen, "seen": seen, "view": view, "text": words}
    form.save(record_doctor_view, "Recorded.", **about, said_on=said_on)
    if isinstance(form.refusal, Stale):
        mark_seen(form, now)
