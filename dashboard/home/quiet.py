"""To ask for quiet until Monday: then only crises and limits are shown, and nothing is offered."""

from datetime import date, timedelta

import streamlit as st

from dashboard.ui import forms, one_tap, text
from db import clock
from db.commands.people import set_quiet
from db.queries.session import Person


def choice(person: Person) -> None:
    until, today = person.quiet_until, clock.today()
    is_quiet = until is not None and until > today
    with st.container(horizontal=True, vertical_alignment="center"):
        if is_quiet:
            st.caption(f":material/bedtime: Quiet until {text.day(until)}: only crises and limits.", width="content")
            pressed = st.button("End quiet", key="end_quiet", type="tertiary")
        else:
            help = "Shows only crises and limits until then, sends no other reminder, and suggests you for nothing."
            pressed = st.button(
                "Quiet until Monday", key="begin_quiet", icon=":material/bedtime:", type="tertiary", help=help
            )
    button = forms.pressed(f"quiet_{until}_{today}")
    button.submitted = pressed and one_tap.is_steady()
    said = "You are asked again from now on." if is_quiet else "Quiet until Monday. Have a good rest."
    button.save(set_quiet, said, until=None if is_quiet else _monday(today))


def _monday(today: date) -> date:
    return today + timedelta(days=7 - today.weekday())
