"""For observers: what the releases show of the caseload, and nothing else."""

import streamlit as st

from dashboard import store
from dashboard.heatmap.released import not_yet
from dashboard.leadership import exact
from dashboard.reports import leadership_lines
from db.queries.session import Person


def caseload(person: Person) -> None:
    releases = store.released_caseloads(person)
    if not releases:
        st.caption(not_yet())
        return
    st.markdown(exact.table(leadership_lines.released(releases)), anchors=False)
    st.caption(leadership_lines.REST_IS_FOR_LEADS)
    with st.container(horizontal=True):
        exact.pack(person, releases[0].quarter)
