"""Who writes: the doctor, or somebody else about a doctor who has agreed to nothing yet."""

import streamlit as st

from db.choices import Choice

KEY, NEXT, PARAM = "new_case_writer", "new_case_writer_next", "from"


class Writer(Choice):
    DOCTOR = "doctor", "The doctor"
    OTHER = "somebody-else", "Somebody else"


def writer() -> Writer:
    """As chosen; as the address says, at first."""
    if (then := st.session_state.pop(NEXT, None)) is not None:
        st.session_state[KEY] = then
    told = st.query_params.get(PARAM)
    begins = Writer.OTHER if told == Writer.OTHER else Writer.DOCTOR
    chosen = st.segmented_control(
        "Who is writing?",
        list(Writer),
        default=begins if KEY not in st.session_state else None,
        required=True,
        wrap=True,
        key=KEY,
        format_func=lambda one: f":blue[{one.label}]",
    )
    return Writer(chosen or begins)
