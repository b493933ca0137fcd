"""Who meets, when, and who runs it."""

from datetime import timedelta

import streamlit as st

from dashboard import store
from dashboard.ui import forms, text
from dashboard.ui.forms import Fields, Form
from db import clock
from db.commands.meetings import change_meeting, plan_meeting
from db.queries.meetings import MeetingView
from db.queries.session import Person
from db.rules.words import many

WEEK = timedelta(days=7)


def first(person: Person) -> None:
    """No meeting is planned."""
    if not person.is_lead:
        st.caption("No meeting is planned yet. A lead plans it; then the agenda is here the day before.")
        return
    st.markdown("No meeting is planned. Choose the day and who comes: the agenda builds itself from what has changed.")
    with forms.form("plan_meeting") as form:
        fields = _fields(form, person, None)
        form.submit("Plan the meeting")
    if form.has(held_on=fields["held_on"]):
        form.save(plan_meeting, "Meeting planned. Its agenda is below.", **fields)


def change(person: Person, meeting: MeetingView) -> None:
    with forms.form(f"change_meeting_{meeting.id}_{meeting.version}", border=False) as form:
        fields = _fields(form, person, meeting)
        form.submit("Save the change")
    if form.has(held_on=fields["held_on"]):
        seen: Fields = {"meeting_id": meeting.id, "seen_version": meeting.version}
        form.save(change_meeting, "Meeting changed.", **seen, **fields)


def _fields(form: Form, person: Person, meeting: MeetingView | None) -> Fields:
    people = store.caseworkers(person)
    ids = list(people)

    def place(of: int) -> int | None:
        return ids.index(of) if of in people else None

    today = clock.today()
    day = meeting.held_on if meeting else today + WEEK
    chair = place(meeting.chair_id if meeting else person.id)
    notes = place(meeting.note_taker_id) if meeting else None
    asked = [one.id for one in meeting.attendees if one.id in people] if meeting else ids
    return {
        "held_on": form.day("held_on", "Day", required=True, value=day, least=min(day, today)),
        "chair_id": form.choice("chair_id", "Chair", ids, words=people.get, required=True, index=chair),
        "note_taker_id": form.choice("note_taker_id", "Note-taker", ids, words=people.get, required=True, index=notes),
        "attendee_ids": form.several(
            "attendee_ids", "Who is asked to come", ids, words=people.get, default=asked, help="Everybody, at first."
        ),
    }


def head(meeting: MeetingView) -> None:
    count = many(len(meeting.attendees), "person", "people")
    st.markdown(
        f"**{meeting.held_on:%A} {text.day(meeting.held_on)}** · chair: **{text.plain(meeting.chair)}** · "
        f"notes: **{text.plain(meeting.note_taker)}** · {count} asked to come"
    )
