"""A lead becomes the interim contact of a doctor who has none."""

import streamlit as st

from dashboard.ui import conflict_question, forms
from db.commands.contact import be_contact
from db.queries.session import Person

BUTTON, CONTACTING = "contact", "workload_contacting"


def begin(reference: str) -> None:
    st.session_state[CONTACTING] = reference


def contacting(person: Person) -> None:
    """What somebody has started. It stays open as it was, whatever changes behind it meanwhile."""
    if CONTACTING in st.session_state:
        _be_contact(person, st.session_state[CONTACTING])


def _close() -> None:
    st.session_state.pop(CONTACTING, None)


@st.dialog("Be the interim contact", on_dismiss=_close)
def _be_contact(person: Person, reference: str) -> None:
    st.markdown(f"**{reference}**")
    st.caption("You stay in touch with the doctor until a case lead accepts. Then it ends by itself.")
    if conflict_question.organisation(person, reference, f"contact_{reference}") is None:
        return
    with forms.form(f"contact_{reference}", border=False) as form:
        answer = conflict_question.question(form)
        form.submit("Be the interim contact")
    said = conflict_question.done(answer, "You are the interim contact now.")
    if form.save(be_contact, said, reference=reference, redraw=False, **answer):
        _close()
        st.rerun()
