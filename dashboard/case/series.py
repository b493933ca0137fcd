"""The doctor's consent to the lived-experience series: apart from every other, and one for each channel."""

import streamlit as st

from dashboard import store
from dashboard.case.consents import NO, YES
from dashboard.ui import forms, text
from dashboard.ui.folds import fold
from db import clock
from db.commands.series import record_series_consent
from db.errors import CommandRefused
from db.queries.case_detail import CaseDetail
from db.queries.series import SeriesAnswer
from db.queries.session import Person
from db.rules.consent import USUAL_LIFE
from db.rules.series import CHANNELS, TAKE_PART

TO_TAKE_PART = "Take part at all"


def series(person: Person, case: CaseDetail) -> None:
    fold(
        "Lived-experience series",
        lambda: _answers(person, case),
        about=case.reference,
        icon=":material/record_voice_over:",
    )


def _answers(person: Person, case: CaseDetail) -> None:
    options = {TAKE_PART: TO_TAKE_PART} | store.words(person).terms[CHANNELS]
    for answer in store.series_consents(person, case.reference):
        st.markdown(f"- {text.plain(options.get(answer.channel, answer.channel))}: {_said(answer)}")
    st.caption("Asked by itself, never as a condition of help. Each channel is asked for too; each answer runs out.")
    with forms.form(f"series_{case.reference}", case=case, border=False) as form:
        channel = form.choice("channel", "To what", options, words=options.get, required=True)
        given = form.choice("given", "The doctor says", [YES, NO], required=True)
        usual = text.day(clock.today() + USUAL_LIFE)
        until = form.day("expires_on", "Until", help=f"A yes runs out within two years, usually after one: {usual}.")
        form.submit("Record the answer")
    if form.submitted and (channel is None or given is None):
        form.refuse(CommandRefused("Choose what it is about and what the doctor says.", field="channel"))
        return
    form.save(record_series_consent, "Recorded.", channel=channel, given=given == YES, expires_on=until)


def _said(answer: SeriesAnswer) -> str:
    until = f", until {text.day(answer.expires_on)}" if answer.expires_on else ""
    return f"{'yes' if answer.given else 'no'}, {text.moment(answer.at)}{until}"
