"""A person's own reminders: nothing here changes what others see."""

import streamlit as st

from dashboard.store import inboxes, reads
from dashboard.store.core import database
from dashboard.store.writes import STALE
from db.access import Viewer
from db.commands import reminders
from db.queries import calendar
from db.queries.calendar import Item
from db.queries.inbox import Notice
from db.queries.reminders import Choices
from db.queries.reminders import reminder_choices as choices_of
from db.queries.session import Person


def inbox(person: Person) -> list[Notice]:
    return reads.fresh(inboxes.inbox, person.key, person.database, person.seen_audit_id)


def unread(person: Person) -> int:
    return sum(notice.is_new for notice in inbox(person))


def reminder_choices(person: Person) -> Choices:
    with database().read() as session:
        return choices_of(session, Viewer(id=person.id, role=person.role))


def mark_read(person: Person, *, seen_audit_id: int) -> None:
    with database().log() as session:
        reminders.mark_read(session, actor_id=person.id, seen_audit_id=seen_audit_id)
    st.session_state[STALE] = True


def calendar_items(token: str) -> list[Item] | None:
    """For whoever has a secret address; None if there is no such address, or no longer."""
    with database().log() as session:
        viewer = reminders.take_calendar(session, token)
        return calendar.calendar_items(session, viewer) if viewer else None
