"""Numbers in a row, each a link to what it counts: one element for what would be eight links of Streamlit, each with
a tooltip, which take the browser several times as long."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import streamlit as st

from dashboard.ui import navigation
from dashboard.ui.case_list import Tone
from dashboard.ui.components import component

HTML = "<ul></ul>"
FOLLOWED = "followed"


@dataclass(frozen=True)
class Count:
    """`about` is shown on hover, and read out. The link leads to the queue, narrowed to `condition`."""

    number: int
    words: str
    tone: Tone
    about: str
    condition: str

    @property
    def query(self) -> dict[str, str]:
        return {"condition": self.condition}


def show(counts: Sequence[Count], *, key: str, label: str) -> None:
    def followed() -> None:
        sent = getattr(st.session_state.get(key), FOLLOWED, None)
        for count in counts:
            if count.condition == sent:
                st.switch_page(navigation.FOLDER / "queue.py", query_params=count.query)

    component("counts", html=HTML)(
        key=key,
        data={"label": label, "counts": [_sent(count) for count in counts]},
        on_followed_change=followed,
    )


def _sent(count: Count) -> dict[str, str]:
    return {
        "number": f"{count.number:,}",
        "words": count.words,
        "tone": count.tone,
        "about": count.about,
        "name": count.condition,
        "href": f"/queue?{urlencode(count.query)}",
    }
