"""Learning: what did cases teach, and what became of it?"""

import streamlit as st

from dashboard import auth
from dashboard.learning import output_page, outputs, series, themes
from dashboard.ui.folds import tabs
from db.choices import Role

person = auth.current()
if person.role is Role.OBSERVER:
    outputs.released(person)
    st.stop()
if asked := st.query_params.get(outputs.QUERY):
    # A link from the list stays on this page, where Streamlit leaves the address as it was.
    st.query_params[outputs.QUERY] = asked
    output_page.show(person, asked)
    output_page.back(outputs.QUERY)
    st.stop()

themes.to_agree(person)
tabs(
    {
        "What cases taught": lambda: themes.learned(person),
        "Outputs": lambda: outputs.listed(person),
        "Lived experience": lambda: series.series(person),
    },
    about="learning",
)
