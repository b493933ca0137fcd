"""Learning: what did cases teach, and what became of it?"""

import streamlit as st

from dashboard import auth
from dashboard.learning import output_page, outputs, themes
from dashboard.ui.folds import tabs
from db.choices import Role

person = auth.current()
if person.role is Role.OBSERVER:
    outputs.released(person)
    st.stop()
if asked := st.query_params.get(outputs.QUERY):
    output_page.show(person, asked)
    st.page_link("../pages/learning.py", label="Back to learning", icon=":material/arrow_back:")
    st.stop()

themes.to_agree(person)
tabs(
    {
        "What cases taught": lambda: themes.learned(person),
        "Outputs": lambda: outputs.listed(person),
    },
    about="learning",
)
