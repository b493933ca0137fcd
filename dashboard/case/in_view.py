"""What was opened on purpose: in view for a while, and then hidden again."""

from collections.abc import Callable
from datetime import datetime, timedelta

import streamlit as st

from db import clock

# Long enough to dial a number or begin a message, but too short for a screen left unattended.
SECONDS = 120
IN_VIEW = timedelta(seconds=SECONDS)


def for_a_while(draw: Callable[[], None], until: datetime) -> None:
    """Draws it once: the fragment redraws itself after a while, and by then nothing holds what it showed."""
    held = [draw]

    @st.fragment(run_every=until - clock.now())
    def panel() -> None:
        if held:
            held.pop()()
        else:
            st.caption("Hidden again. Open it again if you still need it.")

    panel()
