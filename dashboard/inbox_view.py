"""The inbox: what others did on one's cases, newest first, each line a link to its case."""

from dataclasses import replace

import streamlit as st

from dashboard import history_view, navigation, store, words
from dashboard.store import Notice, Person


def inbox(person: Person) -> None:
    notices = store.inbox(person)
    new = [notice for notice in notices if notice.is_new]
    if not notices:
        st.caption("Nothing yet. What others do on your cases is told here.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{len(new)} new**" if new else "Nothing new")
        if new and st.button("Mark all as read", icon=":material/done_all:"):
            store.mark_read(person, seen_audit_id=new[0].id)
            st.rerun()
    for notice in notices:
        _notice(person, notice)


def _notice(person: Person, notice: Notice) -> None:
    told = replace(notice, about="you") if notice.is_mine else notice
    said = history_view.what_was_done(told, store.words(person))
    mark = ":material/circle: " if notice.is_new else ""
    who = words.plain(notice.who or "The system")
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        navigation.case_link(notice.reference, f"{mark}**{notice.reference}**")
        st.markdown(f"{who} {said} :gray[· {words.moment(notice.at)}]", width="content")
