"""What a release shows: the same to everybody, and chosen only by its two sides and its period."""

from typing import NamedTuple

import streamlit as st

from dashboard import store
from dashboard.heatmap import heatmap_table, looks, published
from dashboard.heatmap.heatmap_chart import EVERY_YEAR, NOT_A_RATE, as_of, quarter, row_word
from dashboard.ui import download, navigation, text
from db import clock
from db.choices import RELEASED_DIMENSIONS, Dimension, DownloadKind
from db.queries.heatmap import Heatmap
from db.queries.heatmap_measures import only_told
from db.queries.release_standing import Standing
from db.queries.releases import Signed, closes_next
from db.queries.session import Person
from db.rules.disclosure import FLOOR, OUTSIDE_LOW, ROUND_TO
from db.rules.words import many, noun

NOT_YET = (
    "No numbers have been released yet. After each quarter they are worked out, reviewed by a lead and signed by a "
    "second lead. This quarter ends on {ends}. Until then nothing is shown, so that nobody can be picked out."
)


def heatmap(person: Person) -> None:
    """For everybody but leads: a signed release, the latest unless an earlier one is chosen."""
    releases = store.signed(person)
    if not releases:
        st.caption(not_yet())
        return
    with st.container(horizontal=True):
        release = _release(releases)
        chosen = choose(release.quarter, release)
    draw(person, release.quarter, chosen, release.periods, pick=person.sees_cases)


def not_yet() -> str:
    return NOT_YET.format(ends=text.day(closes_next(clock.today())))


def _release(releases: list[Signed]) -> Signed:
    by_quarter = {release.quarter: release for release in releases}
    if len(releases) == 1:
        return releases[0]
    labels = {code: quarter(code) for code in by_quarter}
    return by_quarter[heatmap_table.one("Release", "release", labels, first=releases[0].quarter)]


class Chosen(NamedTuple):
    """What of a release is shown; without a dimension it is the table of what was examined."""

    dimension: Dimension | None
    period: str
    look: looks.Look


def choose(code: str, release: Signed | Standing) -> Chosen:
    """Draws the choices that a release offers."""
    against, period = heatmap_table.against(RELEASED_DIMENSIONS, examined=release.has_examined), EVERY_YEAR
    if against is not None:
        labels = {
            period: f"All, up to {quarter(code)}" if period == EVERY_YEAR else _year(period, code)
            for period in release.periods
        }
        period = heatmap_table.one("Period", "period", labels, first=EVERY_YEAR)
    return Chosen(against, period, looks.choose(against))


def _year(period: str, code: str) -> str:
    return f"{period}, up to {code[4:]}" if period == code[:4] and code[4:] != "Q4" else period


def draw(person: Person, code: str, chosen: Chosen, periods: tuple[str, ...], *, pick: bool) -> Heatmap:
    """Draws a table of a release, and returns it. The cases behind a cell are the reader's own, as they are today."""
    if chosen.dimension is None:
        whole = store.released_examined(person, code)
        _draw(person, whole, chosen.look, periods, pick=pick)
        return whole
    place, kind = heatmap_table.kind_tabs()
    with place:
        whole = store.released(person, code, chosen.dimension, chosen.period, kind)
        _draw(person, whole, chosen.look, periods, pick=pick)
    return whole


def _draw(person: Person, whole: Heatmap, look: looks.Look, periods: tuple[str, ...], *, pick: bool) -> None:
    seen = shown = looks.released(person, whole, periods, look)
    if only_told(seen) != seen and st.toggle("Only lines with a number", value=True, key="heatmap_only_told"):
        shown = only_told(seen)
    word = row_word(whole).lower()
    if whole.stamp is not None:
        left = len(seen.rows) - len(shown.rows), len(seen.columns) - len(shown.columns)
        st.caption(" ".join(filter(None, (f"**{as_of(whole.stamp)}**", _left_out(word, *left), _choose(pick)))))
    if not whole.table:
        heatmap_table.meanings(person)
    picked = heatmap_table.chart(shown, pick=pick)
    _files(person, whole, look)
    published.beside(person, whole)
    if picked:
        heatmap_table.show_cases(person, whole, picked)


def _files(person: Person, whole: Heatmap, look: looks.Look) -> None:
    """Only of what everybody may see: nothing before it is signed."""
    if whole.stamp is None or whole.stamp.signed_on is None:
        return
    about = {
        "quarter": whole.stamp.quarter,
        "against": whole.table or whole.filters.dimension.value,
        "period": whole.stamp.period,
        "findings": whole.filters.kind.value if whole.filters.kind else "",
        "measure": look.measure.value,
        "order": look.order.value,
    }
    with st.container(horizontal=True):
        for form, label in (("svg", "As a drawing"), ("png", "As a picture"), ("csv", "For a spreadsheet")):
            download.button(person, label, DownloadKind.HEATMAP, **about, form=form)


def _left_out(row: str, rows: int, columns: int) -> str:
    counted = ((rows, row), (columns, "column"))
    parts = [many(count, what) for count, what in counted if count]
    if not parts:
        return ""
    has, is_left = noun(rows + columns, "has", "have"), noun(rows + columns, "is", "are")
    return f"{' and '.join(parts)} {has} no number and {is_left} left out."


def _choose(pick: bool) -> str:
    return "Choose a cell to list your own cases behind it, as they are today." if pick else ""


def totals(person: Person) -> None:
    """For observers, on Home: how many doctors the latest release counts."""
    text.heading("Doctors we support")
    told = store.totals(person)
    if told is None:
        st.caption(not_yet())
        return
    year = told.quarter[:4]
    with st.container(horizontal=True):
        st.metric("With an open case", told.open, border=True)
        st.metric(f"Came to us in {year}", told.opened_this_year, border=True)
        st.metric(f"With a case closed in {year}", told.closed_this_year, border=True)
    st.caption(
        f"Doctors, not cases, as of the end of {quarter(told.quarter)}, signed on {text.day(told.signed_on)}. Rounded "
        f"to the nearest {ROUND_TO}. “{OUTSIDE_LOW}” means none to {FLOOR - 1}, and “\\*” a number withheld, so that "
        f"nobody can be picked out. {NOT_A_RATE}"
    )
    st.page_link(
        navigation.FOLDER / "heatmap.py", label="What their cases show: the heatmap", icon=":material/grid_on:"
    )
