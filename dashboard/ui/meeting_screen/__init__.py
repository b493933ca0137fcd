"""One item of a meeting on a shared screen: large, without a name, moved on by buttons, keys or touch. A quiet clock
beside it counts in the browser alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dashboard.ui.components import component

HTML = "<section></section>"


class Went(StrEnum):
    NEXT = "next"
    BACK = "back"
    CARRY = "carry"


@dataclass(frozen=True)
class Screen:
    """`badges` are words, each with a colour. `notes` are what was written down so far, `after` the item that comes
    next; `changed` is what is new about the case and `step` its next action. `goes` are the ways on that this person
    has. What `is_shared` fills the window."""

    head: str
    title: str
    line: str
    badges: Sequence[tuple[str, str]] = ()
    why: Sequence[str] = ()
    question: str = ""
    leaving: str = ""
    notes: Sequence[str] = ()
    changed: str = ""
    step: str = ""
    after: str = ""
    is_shared: bool = False
    minutes: int = 0
    since: datetime | None = None
    goes: Sequence[Went] = field(default=())


def show(screen: Screen, *, key: str) -> Went | None:
    """Draws it. Returns which way on was just chosen, if this person has it."""
    result = component("meeting_screen", html=HTML)(
        key=key,
        data={
            "head": screen.head,
            "title": screen.title,
            "line": screen.line,
            "badges": [list(badge) for badge in screen.badges],
            "why": list(screen.why),
            "question": screen.question,
            "leaving": screen.leaving,
            "notes": list(screen.notes),
            "changed": screen.changed,
            "step": screen.step,
            "after": screen.after,
            "shared": screen.is_shared,
            "minutes": screen.minutes,
            "since": int(screen.since.timestamp() * 1000) if screen.since else 0,
            "goes": [way.value for way in screen.goes],
        },
        on_went_change=_nothing,
    )
    sent = result.went
    return Went(sent) if isinstance(sent, str) and sent in [way.value for way in screen.goes] else None


def _nothing() -> None:
    """Streamlit leaves out what has no callback."""
