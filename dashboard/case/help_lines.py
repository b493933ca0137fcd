"""Whom a doctor in danger can call, by nation, each with the day it was checked."""

from collections.abc import Iterator

import streamlit as st

from dashboard import store
from dashboard.settings import settings
from dashboard.ui import text
from db.queries.session import Person

UNKNOWN = ("", "not_stated")


def help_lines(person: Person, nation: str = "") -> None:
    """Those for the nation; where that is not known, those of every nation, named."""
    with st.container(border=True):
        head = ":material/call: **If anyone is in danger now**"
        st.markdown("\n".join((head, "", *(f"- {line}" for line in _lines(person, nation)))))


def _lines(person: Person, nation: str) -> Iterator[str]:
    words = store.words(person)
    for contact in settings().crisis_contacts:
        checked = f"called {text.day(contact.checked_on)}" if contact.checked_on else "not yet called by the campaign"
        told = f"{text.plain(contact.label)}, {text.plain(contact.hours)}."
        yield f"**{text.plain(contact.number)}** {told} :gray[{checked}]"
    anywhere = nation in UNKNOWN
    for line in words.help:
        if line.nations and not anywhere and nation not in line.nations:
            continue
        where = ", ".join(name for code, name in words.terms["nation"].items() if code in line.nations)
        note = f" {text.plain(line.note)}" if line.note else ""
        place = f" ({text.plain(where)})" if where and anywhere else ""
        checked = f"checked {text.day(line.checked_on)}" if line.checked_on else "not checked yet: confirm before use"
        told = f"{text.plain(line.label)}{place}, {text.plain(line.hours)}.{note}"
        yield f"**{text.plain(line.number)}** {told} :gray[{checked}]"
