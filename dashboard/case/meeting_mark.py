"""Marking a case for the next meeting, and unmarking it."""

import streamlit as st

from dashboard.ui import forms
from db.commands.requests import clear_meeting_mark, mark_for_meeting
from db.queries.case_detail import CaseDetail


def mark(case: CaseDetail) -> None:
    if not case.stage.is_open:
        return
    st.subheader("Next meeting")
    if case.for_meeting:
        with forms.form(f"off_meeting_{case.reference}", case=case, border=False) as form:
            form.submit("Remove from the next meeting")
        form.save(clear_meeting_mark, "Removed from the next meeting.")
        return
    with (
        st.expander("Mark for the next meeting"),
        forms.form(f"meeting_{case.reference}", case=case, border=False) as form,
    ):
        why = form.text("why", "Why", required=True, most=300)
        form.submit("Mark the case")
    form.save(mark_for_meeting, "Marked for the next meeting.", why=why)
