"""Your own reminders: a calendar address and a daily e-mail."""

import streamlit as st

from dashboard import store
from dashboard.settings import settings
from dashboard.site import calendar_feed
from dashboard.ui import forms, text
from db.commands.reminders import make_calendar, set_digest, stop_calendar
from db.queries.reminders import Choices as ReminderChoices
from db.queries.session import Person

MADE = "calendar_made"
WHAT_IT_SHOWS = (
    "See your cases’ dates in the calendar on your phone or computer: references, rule names and days, never a name or "
    "anything that somebody wrote. Anybody with the address can read them, so keep it to yourself."
)


def reminders(person: Person) -> None:
    chosen = store.reminder_choices(person)
    text.heading("Calendar")
    st.caption(WHAT_IT_SHOWS)
    _address()
    _calendar(chosen)
    text.heading("Daily e-mail")
    _digest(chosen)


def _address() -> None:
    """The address just made, until it is closed. It can't be shown again."""
    if token := st.session_state.get(MADE):
        st.code(calendar_feed.address(settings(), token), language=None, wrap_lines=True)
        st.caption("Copy it now: it is not shown again. In your calendar, choose “subscribe” or “add by address”.")
        if st.button("I have copied it"):
            del st.session_state[MADE]
            st.rerun()


def _calendar(chosen: ReminderChoices) -> None:
    if made := chosen.calendar_made_at:
        read = f"last read {text.moment(chosen.calendar_read_at)}" if chosen.calendar_read_at else "never read yet"
        st.markdown(f"Your address was made {text.moment(made)}, {read}.")
    with forms.form("make_calendar", border=False) as form:
        form.submit("Make a new address; the old one stops" if chosen.calendar_made_at else "Make a secret address")
    if form.save(make_calendar, "Calendar address made.", redraw=False):
        st.session_state[MADE] = form.result
        st.rerun()
    if chosen.calendar_made_at:
        with forms.form("stop_calendar", border=False) as form:
            form.submit("Stop the address")
        form.save(stop_calendar, "The calendar address no longer works.")


def _digest(chosen: ReminderChoices) -> None:
    if not settings().sends_mail:
        st.caption("This server doesn’t send e-mail. The operator can set it up.")
        return
    where = f"to {text.plain(chosen.email)}" if chosen.email else "once a lead has added your e-mail address"
    st.caption(f"One e-mail a day {where}: references and dates of what needs you, nothing else.")
    with forms.form(f"digest_{chosen.wants_digest}", border=False) as form:
        wanted = form.tick("wants_digest", "Send me the daily e-mail", value=chosen.wants_digest)
        form.submit("Save")
    form.save(set_digest, "Saved.", wants_digest=wanted)
