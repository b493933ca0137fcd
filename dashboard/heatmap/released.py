"""What a release shows: the same to everybody, chosen by its two sides and its period, and by nothing else."""

import streamlit as st

from dashboard import store
from dashboard.heatmap import heatmap_table
from dashboard.heatmap.heatmap_chart import EVERY_YEAR, as_of, only_told, quarter
from dashboard.ui import navigation, text
from db import clock
from db.choices import Dimension
from db.queries.heatmap import Heatmap
from db.queries.releases import Signed, closes_next
from db.queries.session import Person

DIMENSIONS = [dimension for dimension in Dimension if dimension is not Dimension.PROCESS_STAGE]
NOT_YET = (
    "No numbers have been released yet. Once a quarter has ended they are worked out, reviewed by a lead and signed by "
    "a second one; the quarter we are in ends on {ends}. Until then nothing is shown, so that nobody can be picked out."
)


def heatmap(person: Person) -> None:
    """For everybody but leads: a signed release, the latest unless an earlier one is chosen."""
    releases = store.signed(person)
    if not releases:
        st.caption(not_yet())
        return
    with st.container(horizontal=True):
        release = _release(releases)
        whole = table(person, release.quarter, release.periods)
    draw(person, whole, pick=person.sees_cases)


def not_yet() -> str:
    return NOT_YET.format(ends=text.day(closes_next(clock.today())))


def _release(releases: list[Signed]) -> Signed:
    by_quarter = {release.quarter: release for release in releases}
    if len(releases) == 1:
        return releases[0]
    labels = {code: quarter(code) for code in by_quarter}
    return by_quarter[heatmap_table.one("Release", "release", labels, first=releases[0].quarter)]


def table(person: Person, code: str, periods: tuple[str, ...]) -> Heatmap:
    """Draws the choices that a release leaves, and returns the table they say."""
    against = heatmap_table.against(DIMENSIONS)
    kind = heatmap_table.kind_of_finding()
    labels = {
        period: f"All, up to {quarter(code)}" if period == EVERY_YEAR else _year(period, code) for period in periods
    }
    period = heatmap_table.one("Period", "period", labels, first=EVERY_YEAR)
    return store.released(person, code, against, period, kind)


def _year(period: str, code: str) -> str:
    return f"{period}, up to {code[4:]}" if period == code[:4] and code[4:] != "Q4" else period


def draw(person: Person, whole: Heatmap, *, pick: bool) -> None:
    """A table of a release; the cases behind a cell are the reader's own, as they stand today."""
    shown = whole
    if only_told(whole) != whole and st.toggle("Only lines with a number", value=True, key="heatmap_only_told"):
        shown = only_told(whole)
    if whole.stamp is not None:
        left = len(whole.rows) - len(shown.rows), len(whole.columns) - len(shown.columns)
        st.caption(" ".join(filter(None, (f"**{as_of(whole.stamp)}**", _left_out(*left), _choose(pick)))))
    picked = heatmap_table.chart(shown, pick=pick)
    if picked:
        heatmap_table.show_cases(person, whole, picked)


def _left_out(rows: int, columns: int) -> str:
    counted = ((rows, "finding"), (columns, "column"))
    parts = [f"{many} {what}{'' if many == 1 else 's'}" for many, what in counted if many]
    if not parts:
        return ""
    verbs = ("reads", "is") if rows + columns == 1 else ("read", "are")
    return f"{' and '.join(parts)} {verbs[0]} 0-7 throughout and {verbs[1]} left out."


def _choose(pick: bool) -> str:
    return "Choose a cell to list your own cases behind it, as they stand today." if pick else ""


def totals(person: Person) -> None:
    """For observers, on Home: how many doctors the latest release tells of."""
    st.subheader("Doctors we are standing beside")
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
        "to the nearest 5; “0-7” is none to seven, “\\*” a number withheld, so that nobody can be picked out. "
        "Cases brought to us, not a rate."
    )
    st.page_link(
        navigation.FOLDER / "heatmap.py", label="What their cases show: the heatmap", icon=":material/grid_on:"
    )
