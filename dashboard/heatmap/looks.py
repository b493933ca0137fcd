"""How a heatmap is looked at: its measure and the order of its rows; and what must be read besides for that."""

from dataclasses import replace
from typing import NamedTuple

import streamlit as st

from dashboard import store
from dashboard.heatmap import heatmap_table
from dashboard.heatmap.heatmap_chart import EVERY_YEAR, quarter
from db import clock
from db.choices import Dimension, Measure, RowOrder
from db.queries.heatmap import Heatmap, HeatmapFilters
from db.queries.heatmap_measures import measured, measures_of, ordered, with_trends
from db.queries.session import Person
from db.rules.quarters import last_quarters, quarter_before, quarter_of, quarters_between

YEAR = 4


class Look(NamedTuple):
    measure: Measure
    order: RowOrder


def choose(dimension: Dimension | None) -> Look:
    """Draws the two choices, those that make sense for this dimension; None is the table of what was examined."""
    measures = {measure.value: measure.label for measure in measures_of(dimension)}
    orders = {order.value: order.label for order in RowOrder}
    with st.container(horizontal=True):
        measure = heatmap_table.one("Cells", "measure", measures, first=Measure.DOCTORS.value)
        order = heatmap_table.one("Rows", "order", orders, first=RowOrder.LISTED.value)
    return Look(Measure(measure), RowOrder(order))


def exact(person: Person, filters: HeatmapFilters | None, look: Look) -> Heatmap:
    """A lead's exact table, seen so."""
    if filters is None:
        return ordered(measured(store.examined(person), look.measure), look.order)
    if look.measure is Measure.CHANGE:
        now, before = _two_periods(filters)
        words = f"{_period(now)}, less {_period(before)}"
        shown = measured(store.heatmap(person, now), look.measure, store.heatmap(person, before), words)
        return ordered(shown, look.order)
    table = measured(store.heatmap(person, filters), look.measure)
    by_quarter = store.heatmap(person, replace(filters, dimension=Dimension.QUARTER))
    return ordered(with_trends(table, by_quarter), look.order)


def _two_periods(filters: HeatmapFilters) -> tuple[HeatmapFilters, HeatmapFilters]:
    """The period that was chosen, or the last four quarters that are over; and as many quarters before them."""
    last = filters.period_to or quarter_before(quarter_of(clock.today()))
    first = filters.period_from or last_quarters(last, YEAR)[-1]
    many = max(1, len(quarters_between([first, last])))
    before = last_quarters(quarter_before(first), many)
    now = replace(filters, period_from=first, period_to=last)
    return now, replace(filters, period_from=before[-1], period_to=before[0])


def _period(filters: HeatmapFilters) -> str:
    return f"{quarter(filters.period_from or '')} to {quarter(filters.period_to or '')}"


def released(person: Person, whole: Heatmap, periods: tuple[str, ...], look: Look) -> Heatmap:
    """A table of a release, seen so: worked out from what that release shows, and from nothing else."""
    if whole.table:
        return ordered(measured(whole, look.measure), look.order)
    if look.measure is Measure.CHANGE:
        return ordered(_year_on_year(person, whole, periods), look.order)
    by_quarter = _of(person, whole, Dimension.QUARTER, EVERY_YEAR)
    return ordered(with_trends(measured(whole, look.measure), by_quarter), look.order)


def _year_on_year(person: Person, whole: Heatmap, periods: tuple[str, ...]) -> Heatmap:
    """The year that was chosen, or the last that is over; on the year before."""
    assert whole.stamp is not None
    closed, chosen = whole.stamp.quarter, whole.stamp.period
    over = [year for year in periods if year != EVERY_YEAR and f"{year}Q4" <= closed]
    now = chosen if chosen != EVERY_YEAR else next(iter(over), periods[-1])
    dimension = whole.filters.dimension
    table = whole if now == chosen else _of(person, whole, dimension, now)
    before = str(int(now) - 1) if now != EVERY_YEAR else ""
    if before not in periods:
        return measured(table, Measure.CHANGE, None, "This release has no year before")
    so_far = f" up to {closed[4:]}, a year that is not over" if f"{now}Q4" > closed else ""
    words = f"{now}{so_far}, less {before}. Both are rounded"
    return measured(table, Measure.CHANGE, _of(person, whole, dimension, before), words)


def _of(person: Person, whole: Heatmap, dimension: Dimension, period: str) -> Heatmap:
    assert whole.stamp is not None
    return store.released(person, whole.stamp.quarter, dimension, period, whole.filters.kind)
