"""What tables show: codes turned to words, columns named and sized."""

from collections.abc import Iterable
from typing import Any

import pandas as pd
import pyarrow as pa
import streamlit as st

from dashboard.ui import navigation, text
from db.choices import Stage, Whose
from db.queries.reference import Reference

OPEN = "queue_open"
STAGES = {stage.value: stage.label for stage in Stage}
# What a person may choose among; the reference is always there.
COLUMN_NAMES = {
    "deadline": "Next deadline",
    "flags": "Flags",
    "stage": "Stage, days in it",
    "processes": "Processes",
    "next_action": "Next action",
    "lead": "Lead",
    "reached_on": "Doctor last reached",
    "body_kind": "Kind of body",
    "region": "Region",
    "body": "Body",
}


def queue_table(rows: pd.DataFrame, reference: Reference, columns: tuple[str, ...] = (), **select: Any) -> None:
    """The queue, in the columns chosen or all. By mouse or touch a case opens from its reference, by keys alone from
    the list below. `select` makes rows selectable."""
    shown = _shown(rows, reference)
    st.dataframe(
        shown,
        hide_index=True,
        height="content",
        placeholder="",
        column_config=_queue_columns(reference),
        **select,
        column_order=["reference", *(name for name in shown.column_names if name in columns)] if columns else None,
        alt="Cases you may see: red flags first, then the nearest deadline, then the longest unallocated",
    )


def _shown(rows: pd.DataFrame, reference: Reference) -> pa.Table:
    """As Arrow, which Streamlit sends as it is: of a frame it would make that first, at a third of the page's cost."""
    of = {name: rows[name].tolist() for name in rows.columns}
    kinds, regions = reference.terms["body_kind"], reference.terms["region"]
    due = zip(of["deadline"], of["days_left"], of["whose"], of["coming"], of["coming_left"], strict=True)
    string, strings = pa.string(), pa.list_(pa.string())
    columns: dict[str, tuple[Iterable[Any], pa.DataType]] = {
        "reference": (of["reference"], string),
        # Early, so that a phone shows it.
        "deadline": ([_deadline(name, left, whose) + _coming(*then) for name, left, whose, *then in due], string),
        "flags": ([text.terms(reference, "flag", codes) for codes in of["flags"]], strings),
        "stage": (
            [f"{STAGES[code]} · {days} d" for code, days in zip(of["stage"], of["days_in_stage"], strict=True)],
            string,
        ),
        "processes": ([", ".join(codes.split()) for codes in of["processes"]], string),
        "next_action": (of["next_action"], string),
        # Of a card one learns that somebody has it, not who.
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
        # Nothing here may be opened.
        del columns["body"], columns["next_action"], columns["reached_on"]
    return pa.table({name: pa.array(list(values), kind) for name, (values, kind) in columns.items()})


def open_by_keys(rows: pd.DataFrame, *, key: str) -> None:
    """The table's buttons answer a pointer only: the same references as a list, for a keyboard."""
    chosen = st.selectbox(
        "Open a case", list(rows["reference"]), index=None, key=key, placeholder="Reference", width=220
    )
    if chosen is not None:
        # Chosen again on coming back, it would open at once.
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
        "stage": st.column_config.TextColumn("Stage, days in it", width=118),
        "processes": st.column_config.TextColumn("Processes", width=85),
        "deadline": st.column_config.TextColumn("Next deadline", width=190),
        "next_action": st.column_config.TextColumn("Next action", width=170),
        "lead": st.column_config.TextColumn("Lead", width=115),
        "reached_on": st.column_config.DateColumn("Doctor last reached", format="D MMM YYYY", width=110),
        "body_kind": st.column_config.TextColumn("Kind of body", width=120),
        "region": st.column_config.TextColumn("Region", width=120),
        "body": st.column_config.TextColumn("Body", width=190),
    }


def _open_clicked() -> None:
    click = st.session_state[OPEN]
    if click is not None:
        navigation.open_case(click.label)


def _deadline(name: str | None, left: int | None, whose: str | None) -> str:
    if name is None:
        return ""
    whom = " (the body’s)" if whose == Whose.BODY else ""
    return f"{text.days_left(left)}: {name}{whom}"


def _coming(name: str | None, left: int | None) -> str:
    """What follows a deadline that is past."""
    return f"; then {text.days_left(left)}: {name}" if name else ""
