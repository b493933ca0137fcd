"""The queue as a table: codes as words, columns named and sized."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa
import streamlit as st

from dashboard.ui import navigation, text
from db.choices import Stage, Whose
from db.queries.reference import Reference

OPEN = "queue_open"
STAGES = {stage.value: stage.label for stage in Stage}
# The columns a person may choose from; the reference is always shown.
COLUMN_NAMES = {
    "deadline": "Next deadline",
    "flags": "Flags",
    "stage": "Stage, and days in it",
    "processes": "Processes",
    "next_action": "Next action",
    "lead": "Lead",
    "reached_on": "Doctor last reached",
    "body_kind": "Kind of organisation",
    "region": "Region",
    "body": "Organisation",
}


def queue_table(rows: pd.DataFrame, reference: Reference, columns: tuple[str, ...] = (), **select: Any) -> None:
    """The queue, in the chosen columns or all of them. With a mouse or by touch a case opens from its reference, with
    the keyboard from the list below. `select` makes rows selectable."""
    shown = _shown(rows, reference)
    st.dataframe(
        shown,
        hide_index=True,
        height="content",
        placeholder="",
        column_config=_queue_columns(reference),
        **select,
        column_order=["reference", *(name for name in shown.column_names if name in columns)] if columns else None,
        alt="Cases you may see: urgent flags first, then the nearest deadline, then the longest unallocated",
    )


def _shown(rows: pd.DataFrame, reference: Reference) -> pa.Table:
    """As Arrow, which Streamlit sends as it is: converting a frame would cost a third of the page's time."""
    of = {name: rows[name].tolist() for name in rows.columns}
    kinds, regions = reference.terms["body_kind"], reference.terms["region"]
    due = zip(of["deadline"], of["due_on"], of["whose"], of["coming"], of["coming_left"], strict=True)
    string, strings = pa.string(), pa.list_(pa.string())
    columns: dict[str, tuple[Iterable[Any], pa.DataType]] = {
        "reference": (of["reference"], string),
        # Near the front, so that a phone shows it.
        "deadline": ([_deadline(name, due_on, whose) + _coming(*then) for name, due_on, whose, *then in due], string),
        "flags": ([text.terms(reference, "flag", codes) for codes in of["flags"]], strings),
        "stage": (
            [f"{STAGES[code]} · {days} d" for code, days in zip(of["stage"], of["days_in_stage"], strict=True)],
            string,
        ),
        "processes": ([", ".join(codes.split()) for codes in of["processes"]], string),
        "next_action": (of["next_action"], string),
        # A card says that the case has a lead, not who it is.
        "lead": (
            [
                "Nobody yet" if free else name or "Allocated"
                for free, name in zip(of["unallocated"], of["lead"], strict=True)
            ],
            string,
        ),
        "reached_on": (of["reached_on"], pa.date32()),
        "body_kind": ([kinds.get(code) for code in of["body_kind"]], string),
        "region": ([regions.get(code) for code in of["region"]], string),
        "body": (of["body"], string),
    }
    if not any(of["body"]):
        # None of these cases may be opened.
        del columns["body"], columns["next_action"], columns["reached_on"]
    return pa.table({name: pa.array(list(values), kind) for name, (values, kind) in columns.items()})


def open_by_keys(rows: pd.DataFrame, *, key: str) -> None:
    """The same references as a list, for the keyboard: the table's own buttons only work with a pointer."""
    chosen = st.selectbox(
        "Open a case", list(rows["reference"]), index=None, key=key, placeholder="Reference", width=220
    )
    if chosen is not None:
        # Left in place, it would open the case again on coming back.
        del st.session_state[key]
        navigation.open_case(chosen)


def _queue_columns(reference: Reference) -> dict[str, Any]:
    flags = reference.terms["flag"]
    colours = ["red" if code in reference.red_flags else "orange" for code in flags]
    return {
        "reference": st.column_config.ButtonColumn(
            "Reference", key=OPEN, on_click=_open_clicked, type="tertiary", pinned=True, width=118
        ),
        "flags": st.column_config.MultiselectColumn("Flags", options=list(flags.values()), color=colours, width=120),
        "stage": st.column_config.TextColumn("Stage, and days in it", width=118),
        "processes": st.column_config.TextColumn("Processes", width=85),
        "deadline": st.column_config.TextColumn("Next deadline", width=190),
        "next_action": st.column_config.TextColumn("Next action", width=170),
        "lead": st.column_config.TextColumn("Lead", width=115),
        "reached_on": st.column_config.DateColumn("Doctor last reached", format="D MMM YYYY", width=110),
        "body_kind": st.column_config.TextColumn("Kind of organisation", width=120),
        "region": st.column_config.TextColumn("Region", width=120),
        "body": st.column_config.TextColumn("Organisation", width=190),
    }


def _open_clicked() -> None:
    click = st.session_state[OPEN]
    if click is not None:
        navigation.open_case(click.label)


def _deadline(name: str | None, due_on: date | None, whose: str | None) -> str:
    if name is None or due_on is None:
        return ""
    theirs = " (theirs)" if whose == Whose.BODY else ""
    return f"{text.until(due_on)}: {name}{theirs}"


def _coming(name: str | None, left: int | None) -> str:
    """The next deadline after one that has passed."""
    return f"; then {text.days_left(left)}: {name}" if name else ""
