"""What is shown once and hidden again after a while, because a screen may be left unattended."""

from collections.abc import Callable
from datetime import datetime, timedelta

import streamlit as st

from db import clock

# Long enough to dial a number or begin a message.
SECONDS = 120
IN_VIEW = timedelta(seconds=SECONDS)


def show(draw: Callable[[], None], at: datetime) -> None:
    """Draws it once: the fragment redraws itself after a while, and by then nothing holds what was shown."""
    held = [draw]

    @st.fragment(run_every=at + IN_VIEW - clock.now())
    def panel() -> None:
        if held:
            held.pop()()
        else:
            st.caption("Hidden again. Open it again if you still need it.")

    panel()
