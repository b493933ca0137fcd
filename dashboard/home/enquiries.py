"""On Home: messages from somebody other than the doctor, before what can wait; those in danger before everything."""

import streamlit as st

from dashboard import store
from dashboard.case import enquiries
from dashboard.case.writer import PARAM, Writer
from dashboard.ui import navigation, text
from db.queries.session import Person

FIRST = 5


def waiting(person: Person, *, in_danger: bool) -> None:
    """Those where the doctor may be in danger, or the others."""
    lines = [line for line in store.enquiries(person) if line.in_danger == in_danger]
    if not lines:
        return
    if in_danger:
        st.error("**Somebody wrote about a doctor in danger**", icon=":material/emergency:")
    else:
        text.heading("Somebody else wrote first")
    told = [f"- {enquiries.said(person, line)}. {enquiries.next_step(line)}" for line in lines[:FIRST]]
    st.markdown("\n".join(told))
    st.page_link(
        navigation.FOLDER / "new_case.py",
        label="Reach the doctor, or record their answer",
        icon=":material/call:",
        query_params={PARAM: Writer.OTHER.value},
    )
