"""Where there is no such organisation, or none is named: the search for one."""

import streamlit as st

from dashboard.ui import body_search, navigation, text

KEY = "organisation_words"


def instead(refusal: str) -> None:
    st.title("Organisation")
    if refusal:
        st.error(text.sentence(refusal), icon=":material/search_off:")
    found = body_search.search(key=KEY, unlisted=False)
    for body in found:
        to = {"code": body.code}
        name = text.plain(body_search.name_of(body))
        st.page_link(navigation.FOLDER / "organisation.py", label=name, icon=":material/apartment:", query_params=to)
    st.caption("An organisation that somebody typed has a page once it is matched, on Home.")
    st.page_link(navigation.FOLDER / "queue.py", label="Back to the case queue", icon=":material/arrow_back:")
