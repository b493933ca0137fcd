"""The inbox: what others did on your cases, newest first. Each line links to its case."""

from dataclasses import replace

import streamlit as st

from dashboard import store
from dashboard.case import history
from dashboard.ui import navigation, text
from db.queries.inbox import Notice
from db.queries.session import Person


def inbox(person: Person) -> None:
    notices = store.inbox(person)
    # What was declared counts as new too.
    declared = store.desk(person).declared if person.is_lead else ()
    new = [notice.id for notice in notices if notice.is_new] + [one.audit_id for one in declared if one.is_new]
    if not notices and not new:
        st.caption("Nothing yet. You will see here what others do on your cases.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{len(new)} new**" if new else "Nothing new")
        if new and st.button("Mark all as read", icon=":material/done_all:"):
            store.mark_read(person, seen_audit_id=max(new))
            st.rerun()
    for notice in notices:
        _notice(person, notice)


def _notice(person: Person, notice: Notice) -> None:
    told = replace(notice, about="you") if notice.is_mine else notice
    said = history.what_was_done(told, store.words(person))
    mark = ":material/circle: " if notice.is_new else ""
    who = text.plain(notice.who or "The system")
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        navigation.case_link(notice.reference, f"{mark}**{notice.reference}**")
        st.markdown(f"{who} {said} :gray[· {text.moment(notice.at)}]", width="content")
