"""A table of numbers. Its row and column names stay in sight while it is scrolled, and mouse, touch and keyboard can
choose a cell. On a narrow window it stands in place of the chart beside it, which cannot keep its names."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard.ui.components import component

# The chart that a narrow window hides is drawn in a container with a key that begins like this.
CHART = "numbers_chart"
PICKED = "picked"
HTML = '<div class="lnb-numbers"></div>'
Cell = tuple[str, str]


@dataclass(frozen=True)
class Name:
    """The name of a row or column, and its code; None for a total, whose cells cannot be chosen."""

    code: str | None
    label: str


@dataclass(frozen=True)
class NumberTable:
    """`cells` are words, a tuple for each row; whole numbers are shaded by size if `shaded`. `corner` heads the names
    of the rows. `about` is the table in words. `heads` stand above it where it stands in place of a chart."""

    corner: str
    columns: tuple[Name, ...]
    rows: tuple[Name, ...]
    cells: tuple[tuple[str, ...], ...]
    about: str
    shaded: bool = False
    heads: tuple[str, ...] = ()


def show(table: NumberTable, *, key: str, summary: str = "", on_pick: Callable[[Cell], None] | None = None) -> None:
    """Draws it; under `summary`, which opens it, where there is a chart beside it. `on_pick` is told the codes of the
    cell that was chosen, always one of the table's own."""
    offered = {(row.code, column.code) for row in table.rows for column in table.columns}

    def picked() -> None:
        sent = getattr(st.session_state.get(key), PICKED, None)
        cell = _cell(sent)
        if on_pick is not None and cell in offered:
            on_pick(cell)

    component("number_table", html=HTML, isolate_styles=False)(
        key=key,
        data={
            "corner": table.corner,
            "columns": _names(table.columns),
            "rows": _names(table.rows),
            "cells": table.cells,
            "about": table.about,
            "heads": table.heads,
            "shaded": table.shaded,
            "summary": summary,
            "pick": on_pick is not None,
        },
        on_picked_change=picked,
    )


def _names(names: Sequence[Name]) -> list[tuple[str | None, str]]:
    return [(name.code, name.label) for name in names]


def _cell(sent: object) -> Cell | None:
    """What a browser sent as a cell, if it is one: it may send anything."""
    if isinstance(sent, (list, tuple)) and len(sent) == 2 and all(isinstance(part, str) for part in sent):
        return sent[0], sent[1]
    return None
