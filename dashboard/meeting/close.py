"""Closing a meeting: decisions are read back, and what it was is frozen."""

import streamlit as st

from dashboard.meeting import item_words, minutes
from dashboard.ui import forms
from db.choices import NoteKind
from db.commands.meeting_notes import close_meeting
from db.queries.meetings import MeetingView
from db.rules.words import many


def close(meeting: MeetingView) -> None:
    decided = [
        f"- **{item_words.about(item)}**: {minutes.decision(line)}"
        for item in meeting.items
        for line in item.notes
        if line.kind is NoteKind.DECISION
    ]
    st.markdown("\n".join(["**Read back**", "", *decided]) if decided else "Nothing was decided yet.")
    left = sum(not item.was_opened or item.is_carried for item in meeting.items)
    if left:
        st.caption(f"{many(left, 'item')} will be carried over to the next meeting.")
    st.caption("What was said and decided is frozen then. Corrections are added to the minutes with their day.")
    with forms.form(f"close_meeting_{meeting.id}", border=False) as form:
        form.submit("Close the meeting")
    form.save(close_meeting, "Meeting closed. The minutes are below.", meeting_id=meeting.id)
