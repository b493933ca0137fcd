"""The inbox: what others did on your cases, one row a case, the newest first."""

from collections.abc import Iterable
from dataclasses import replace

import streamlit as st

from dashboard import store
from dashboard.ui import case_lines, case_list, text
from dashboard.ui.case_list import Badge, CaseLine, Part, Step
from db.declared import in_words
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
    case_list.show(_lines(person, notices), key="inbox_cases", label="What others did on your cases, newest first")


def _lines(person: Person, notices: Iterable[Notice]) -> list[CaseLine]:
    """One row a case, in the order of its newest notice."""
    by_case: dict[str, list[Notice]] = {}
    for notice in notices:
        by_case.setdefault(notice.reference, []).append(notice)
    about = case_lines.about(person, by_case)
    return [_line(person, reference, about[reference], told) for reference, told in by_case.items()]


def _line(person: Person, reference: str, about: tuple[Part, ...], notices: list[Notice]) -> CaseLine:
    new = sum(notice.is_new for notice in notices)
    return CaseLine(
        reference,
        head=about,
        badges=(Badge(f"{new} new", "blue"),) if new else (),
        steps=tuple(Step(Part(_said(person, notice), "strong" if notice.is_new else "")) for notice in notices),
    )


def _said(person: Person, notice: Notice) -> str:
    told = replace(notice, about="you") if notice.is_mine else notice
    said = f": “{notice.said}”" if notice.said else ""
    return f"{notice.who or 'The system'} {in_words(told, store.words(person))}{said} · {text.moment(notice.at)}"
