"""Earlier meetings, and what became of what they decided."""

import streamlit as st

from dashboard import store
from dashboard.meeting.minutes import QUERY
from dashboard.reports import minutes_lines
from dashboard.ui import text
from dashboard.ui.folds import fold
from db.queries.minutes import DecisionMade, PastMeeting
from db.queries.session import Person

MOST = 60


def past(person: Person) -> None:
    meetings = store.past_meetings(person)
    if not meetings:
        return
    text.heading("Earlier meetings")
    st.markdown("\n".join(f"- {_line(one)}" for one in meetings))
    fold(
        "Decisions, and what became of them", lambda: _decisions(person), about="meetings", icon=":material/checklist:"
    )


def link(one: PastMeeting, words: str) -> str:
    return f"[{words}](/meeting?{QUERY}={store.public_id('meeting', one.id)})"


def _line(one: PastMeeting) -> str:
    mine = "" if one.i_came or not one.is_asked else " · you were not there"
    return f"{link(one, f'Minutes of {text.day(one.held_on)}')} :gray[· chair {text.plain(one.chair)}{mine}]"


def _decisions(person: Person) -> None:
    made = store.decisions_made(person)[:MOST]
    st.markdown("\n".join(f"- {_decision(one)}" for one in made) or ":gray[None yet.]")


def _decision(one: DecisionMade) -> str:
    about = f"[{one.reference}](/case?ref={one.reference})" if one.reference else "Topic"
    became = f" **{one.written.became}**" if one.written.became else ""
    dissent = "".join(f"\n    - {text.plain(minutes_lines.note(line))}" for line in one.written.dissent)
    return f"{text.day(one.held_on)} · {about}: {text.plain(minutes_lines.note(one.written))}{became}{dissent}"
