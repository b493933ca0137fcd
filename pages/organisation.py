"""Organisation: what do its cases show, which limits did it break, and who of ours must not be offered them?"""

import streamlit as st

from dashboard import auth, store
from dashboard.organisation import cases, examined, findings, head, limits, people, search
from db.errors import NotFound

person = auth.current()
code = st.query_params.get("code", "")
try:
    found = store.organisation(person, code)
except NotFound as refusal:
    search.instead(refusal.message if code else "")
    st.stop()

# A link from one organisation to another stays on this page, where Streamlit leaves the address as it was.
st.query_params["code"] = found.code
broken = store.organisation_limits(person, found.code)
head.head(person, found, broken)
wide, narrow = st.columns([2, 1], gap="large")
with wide:
    cases.cases(person, found)
    limits.limits(found.code, broken)
    examined.examined(person, found.code)
with narrow:
    people.not_to_be_offered(person, found)
    head.names(person, found)
findings.findings(person, found.code)
