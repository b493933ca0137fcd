"""The time limits an organisation has broken, each with its case, its rule and by how many days."""

from collections.abc import Sequence

import streamlit as st

from dashboard import store
from dashboard.ui import case_list, text
from dashboard.ui.case_list import CaseLine, Part
from db.queries.organisation_limits import BrokenLimit
from db.rules.words import many

SHOWN = 8


def limits(code: str, broken: Sequence[BrokenLimit]) -> None:
    text.heading("Time limits it missed")
    if not broken:
        st.caption("None recorded. A limit counts from the day after it was due.")
        return
    key, pages = store.key(f"organisation_limits_{code}"), -(-len(broken) // SHOWN)
    page = min(max(1, st.session_state.get(key, 1)), pages)
    lines = [_line(one) for one in broken[(page - 1) * SHOWN : page * SHOWN]]
    case_list.show(lines, key="organisation_limits_list", label="Time limits it missed")
    if pages > 1:
        st.pagination(pages, key=key, width="stretch")


def _line(one: BrokenLimit) -> CaseLine:
    by = f"{many(one.days, 'day')} late"
    if one.is_running:
        state = Part(f"{by}, not met yet", "late")
    elif one.met_on:
        state = Part(f"{by}, met {text.day(one.met_on)}", "strong")
    else:
        state = Part(f"{by} and not met when the case closed, {text.day(one.closed_on)}", "strong")
    due = Part(f"was due {text.day(one.due_on)}, {one.kind.label.lower()} limit", "soft")
    return CaseLine(
        reference=one.reference,
        head=(Part(one.rule or one.name), *([Part(one.process, "soft")] if one.process else [])),
        facts=(state, due),
        aside=((Part(one.reference),),),
    )
