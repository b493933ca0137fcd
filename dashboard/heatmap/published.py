"""What others published by the same regions or kinds of organisation: below our numbers, never among them."""

import streamlit as st

from dashboard import store
from dashboard.ui import number_table, text
from dashboard.ui.number_table import Name, NumberTable
from db.choices import Dimension
from db.queries.heatmap import Heatmap
from db.queries.published import Published
from db.queries.session import Person

CAVEAT = (
    "Of all staff who answered, not of doctors who came to us. The two are of different people and count different "
    "things: look at them side by side, and divide nothing by anything."
)


def beside(person: Person, table: Heatmap) -> None:
    """Drawn once it is opened, where the columns are regions or kinds of organisation."""
    dimension = table.filters.dimension
    if table.table or dimension not in (Dimension.REGION, Dimension.BODY_KIND):
        return
    folded = st.expander("What others published", icon=":material/public:", key="heatmap_published", on_change="rerun")
    if folded.open:
        with folded:
            found = store.published_elsewhere(person, dimension)
            if found is None:
                st.caption("Nothing has been imported yet.")
                return
            st.caption(f"**{text.plain(found.source)}, {found.year}.** {CAVEAT}")
            number_table.show(_table(person, dimension, found), key="heatmap_published_table")


def _table(person: Person, dimension: Dimension, found: Published) -> NumberTable:
    labels = store.words(person).terms[dimension.value]
    places = [code for code in labels if any(code in values for _, values in found.lines)]
    return NumberTable(
        corner=f"{found.year}",
        columns=tuple(Name(None, labels[code]) for code in places),
        rows=tuple(Name(None, label) for label, _ in found.lines),
        cells=tuple(tuple(_told(values.get(code)) for code in places) for _, values in found.lines),
        about=f"{found.source}, {found.year}: shares of staff, with how many answered",
    )


def _told(value: tuple[float, int] | None) -> str:
    return f"{value[0]:.0f}% of {value[1]:,}" if value else "–"
