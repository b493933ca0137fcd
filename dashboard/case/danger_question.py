"""What is asked in an update when the doctor is worse, and the flag that it offers in the same save."""

import streamlit as st

from dashboard.case.help_lines import help_lines
from dashboard.ui.forms import Fields, Form
from db.choices import Wellbeing, YesNo
from db.queries.session import Person
from db.rules.safety import CRISIS

ASKED = "Is the doctor in danger now?"
RAISES = "Call now and stay in touch. Saving raises the crisis flag: every lead is told at once."
STANDS = "Call now and stay in touch. The crisis flag is up: leads have been told."
ALL_THE_SAME = "Raise the crisis flag all the same: every lead is told at once"


def ask(form: Form, person: Person, flags: tuple[str, ...], nation: str, wellbeing: Wellbeing | None) -> Fields:
    """Draws the question if it is one to ask; returns what the update is told of it."""
    if wellbeing is not Wellbeing.WORSE:
        return {}
    danger = form.buttons("danger", ASKED, YesNo, required=True)
    is_up = CRISIS in flags
    if danger is YesNo.YES:
        st.error(STANDS if is_up else RAISES, icon=":material/emergency:")
        help_lines(person, nation)
    all_the_same = danger in (YesNo.NO, YesNo.NOT_ASKED) and not is_up and form.tick("raise_crisis", ALL_THE_SAME)
    return {"danger": danger, "raise_crisis": all_the_same}


def raises(asked: Fields) -> bool:
    """Whether what was answered raises the flag."""
    return asked.get("danger") is YesNo.YES or bool(asked.get("raise_crisis"))
