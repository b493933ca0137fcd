"""Marking a case for the next meeting, and unmarking it."""

from dashboard.case import consents
from dashboard.ui import forms
from dashboard.ui.folds import fold
from db.choices import ConsentPurpose
from db.commands.requests import clear_meeting_mark, mark_for_meeting
from db.queries.case_detail import CaseDetail
from db.rules.consent import Needed


def mark(case: CaseDetail) -> None:
    if not case.stage.is_open:
        return
    if case.for_meeting:
        with forms.form(f"off_meeting_{case.reference}", case=case, border=False) as form:
            form.submit("Remove from the next meeting")
        form.save(clear_meeting_mark, "Removed from the next meeting.")
        return
    fold("Mark for the next meeting", lambda: _mark(case), about=case.reference, icon=":material/groups:")


def _mark(case: CaseDetail) -> None:
    with forms.form(f"meeting_{case.reference}", case=case, border=False) as form:
        consents.say_what_is_missing(case, Needed(ConsentPurpose.MEETING))
        why = form.text("why", "Why", required=True, most=300)
        form.submit("Mark the case")
    form.save(mark_for_meeting, "Marked for the next meeting.", why=why)
