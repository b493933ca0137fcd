"""On Home: the next meeting, and the minutes of one that this person missed or has not confirmed."""

from datetime import timedelta

import streamlit as st

from dashboard import store
from dashboard.ui import navigation, text
from db import clock
from db.queries.meetings import Coming
from db.queries.minutes import PastMeeting
from db.queries.session import Person
from db.rules.words import many

PAGE = navigation.FOLDER / "meeting.py"
SOON, LATELY = timedelta(days=7), timedelta(days=14)


def meetings(person: Person) -> None:
    found = store.meetings_lately(person)
    coming, past = found.coming, found.past
    if coming is not None and coming.held_on <= clock.today() + SOON:
        st.page_link(PAGE, label=_coming(coming), icon=":material/groups:")
    if past is not None and past.is_asked and not past.i_confirmed and past.held_on >= clock.today() - LATELY:
        query = {"minutes": store.public_id("meeting", past.id)}
        st.page_link(PAGE, label=_past(past), icon=":material/history_edu:", query_params=query)


def _coming(meeting: Coming) -> str:
    if meeting.is_under_way:
        return "The weekly meeting is under way: join it"
    return f"Weekly meeting, {text.due(meeting.held_on)}: {many(meeting.items, 'item')} on its agenda"


def _past(meeting: PastMeeting) -> str:
    day = text.day(meeting.held_on)
    if meeting.i_came:
        return f"Read and confirm the minutes of {day}"
    return f"Since we last met: you missed the meeting of {day}. Read what was decided"
