"""People as rows, with or without a bar in each: what somebody carries, by stage, beside their capacity. Text first, so
that a screen reader has the same; the bar repeats it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.ui.components import component

HTML = "<ul></ul>"


@dataclass(frozen=True)
class PersonLine:
    """One row. `badges` are words, each with a colour of Streamlit's. `load` is said beside the bar, which shows
    `segments` (one number for each name in the legend) and a mark at `capacity`; without segments there is no bar.
    With `opens` the name can be chosen, and the page is told."""

    name: str
    badges: tuple[tuple[str, str], ...]
    facts: tuple[str, ...]
    load: str = ""
    segments: tuple[int, ...] = ()
    capacity: float = 0
    opens: bool = False


def show(lines: Sequence[PersonLine], *, legend: Sequence[str] = (), key: str, label: str) -> int | None:
    """Draws the list. Returns the place of the row whose name was just chosen."""
    most = max((max(sum(line.segments), line.capacity) for line in lines), default=0.0)
    result = component("people_list", html=HTML)(
        key=key,
        data={"label": label, "legend": list(legend), "most": most, "rows": [_row(line) for line in lines]},
        on_open_change=_nothing,
    )
    place = result.open
    return place if isinstance(place, int) and 0 <= place < len(lines) and lines[place].opens else None


def _row(line: PersonLine) -> dict[str, Any]:  # Any: what JSON holds
    return {
        "name": line.name,
        "badges": [list(badge) for badge in line.badges],
        "load": line.load,
        "segments": list(line.segments),
        "capacity": line.capacity,
        "facts": list(line.facts),
        "opens": line.opens,
    }


def _nothing() -> None:
    """Streamlit leaves out what has no callback."""
