"""Messages from somebody other than the doctor that wait for the doctor's own word, each with what can be done."""

from datetime import datetime
from functools import partial

import streamlit as st

from dashboard import auth, store
from dashboard.case.in_view import IN_VIEW, SECONDS, for_a_while
from dashboard.case.intake import FROM, INTAKE
from dashboard.case.writer import NEXT, Writer
from dashboard.ui import forms, text, typed_words
from dashboard.ui.folds import fold
from db import clock
from db.choices import EnquiryEnd
from db.commands.enquiries import end_enquiry, note_enquiry_asked, take_enquiry
from db.errors import CommandRefused
from db.queries.enquiries import EnquiryLine
from db.queries.session import Person
from db.rules.enquiries import Reach
from db.rules.kept_values import a_choice

LOOKS = 5


def waiting(person: Person) -> None:
    lines = store.enquiries(person)
    text.heading("Waiting for the doctor’s word")
    if not lines:
        st.caption("None. A message from somebody else stands here until the doctor has answered.")
    for line in lines:
        with st.container(border=True):
            _one(person, line)


def said(person: Person, line: EnquiryLine) -> str:
    """“Spouse or partner of a doctor at Example Acute Trust O, 12 Nov 2026”."""
    relation = store.words(person).terms["relation"].get(line.relation, line.relation)
    return f"{relation}, of a doctor at {text.plain(line.body)}, {text.day(line.received_on)}"


def next_step(line: EnquiryLine) -> str:
    who = "You ask" if line.is_mine else f"{text.plain(line.owner)} asks"
    if line.asked_on:
        return f"Asked {text.day(line.asked_on)}, no answer yet. All deleted on {text.day(line.deleted_on)} without it."
    return (
        f"{who} the doctor by {text.due(line.ask_by)}. All deleted on {text.day(line.deleted_on)} without their word."
    )


def _one(person: Person, line: EnquiryLine) -> None:
    danger = ":red-badge[:material/emergency: In danger] " if line.in_danger else ""
    st.markdown(f"{danger}**{said(person, line)}**  \n{next_step(line)}")
    if line.opened:
        st.caption("Opened by " + "; ".join(f"{text.plain(who)}, {text.moment(at)}" for who, at in line.opened[:LOOKS]))
    if person.is_lead and not line.is_mine:
        with forms.form(f"take_enquiry_{line.id}", border=False) as form:
            form.submit("I ask the doctor", main=False)
        form.save(take_enquiry, "You ask the doctor now.", enquiry_id=line.id, seen_version=line.version)
    fold("Who wrote, and how to reach the doctor", partial(_reach, line), about=_name(line), icon=":material/call:")
    fold("The doctor has been asked", partial(_asked, line), about=_name(line))
    fold("The doctor agreed: open the case", partial(_agreed, person, line), about=_name(line))
    fold("Delete it", partial(_ended, line), about=_name(line))


def _name(line: EnquiryLine) -> str:
    return store.public_id("enquiry", line.id)


def _reach(line: EnquiryLine) -> None:
    with forms.form(f"reach_{line.id}", border=False) as form:
        reason = form.text("reason", "Reason for opening it", required=True, help="Logged with your name.", most=300)
        form.submit("Open")
    if not form.submitted:
        return
    try:
        found = store.reach(auth.current(), line.id, reason)
    except CommandRefused as refusal:
        form.refuse(refusal)
        return
    at = clock.now()
    for_a_while(partial(_panel, found, at), at + IN_VIEW)


def _panel(found: Reach, at: datetime) -> None:
    st.table(
        {
            "Who wrote": text.plain(found.writer),
            "How to answer them": text.plain(found.writer_contact),
            "Doctor": text.plain(found.doctor),
            "Safe contact": text.plain(found.doctor_contact),
            "Never use": text.plain(found.never_use),
            "What else": text.plain(found.note),
        },
        border="horizontal",
        alt="Who wrote, and how to reach the doctor",
    )
    st.caption(f"Opened {text.moment(at)}. It is hidden again after {SECONDS // 60} minutes.")


def _asked(line: EnquiryLine) -> None:
    with forms.form(f"enquiry_asked_{line.id}", border=False) as form:
        on = form.day("asked_on", "Asked on", required=True, value=clock.today(), most=clock.today())
        form.submit("Save", main=False)
    form.save(note_enquiry_asked, "Noted.", enquiry_id=line.id, seen_version=line.version, asked_on=on)


def _agreed(person: Person, line: EnquiryLine) -> None:
    with forms.form(f"enquiry_agreed_{line.id}", border=False) as form:
        st.caption(
            "Only with the doctor’s own word. The form for a new case opens with how to reach them filled in. This "
            "message is deleted as the case opens; that somebody wrote, and who they are to the doctor, stays."
        )
        form.submit("Open the case", main=False)
    if not form.submitted:
        return
    place = typed_words.place_of(INTAKE)
    if typed_words.held(person, place) is not None:
        form.refuse(CommandRefused("You have a new case half filled in. Save or clear that one first."))
        return
    try:
        found = store.reach(person, line.id, "The doctor agreed: opening the case.")
    except CommandRefused as refusal:
        form.refuse(refusal)
        return
    told = {"name": found.doctor, "contact": found.doctor_contact, "never_use": found.never_use}
    typed = {field: words for field, words in told.items() if words}
    typed_words.keep(person, place, typed | {FROM: a_choice(line.id, lambda _: said(person, line))})
    st.session_state[NEXT] = Writer.DOCTOR
    st.rerun()


def _ended(line: EnquiryLine) -> None:
    with forms.form(f"end_enquiry_{line.id}", border=False) as form:
        why = form.choice("why", "Why", list(EnquiryEnd), required=True)
        st.caption("Everything about it is deleted at once. It can’t be brought back.")
        form.submit("Delete it", main=False)
    form.save(end_enquiry, "Deleted.", enquiry_id=line.id, seen_version=line.version, why=why)
