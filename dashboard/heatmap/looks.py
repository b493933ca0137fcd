"""How a heatmap is looked at: its measure and the order of its rows; and what must be read besides for that."""

from dataclasses import replace
from typing import NamedTuple

from dashboard import store
from dashboard.heatmap import heatmap_table
from dashboard.heatmap.heatmap_chart import quarter
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
    return store.released_seen(person, whole, periods, look.measure, look.order)
