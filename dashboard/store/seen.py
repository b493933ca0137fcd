"""A table of a release in another measure or order: the same on the page and in a file."""

from dashboard.store.releases import released
from db.choices import Dimension, Measure, RowOrder
from db.queries.heatmap import Heatmap
from db.queries.heatmap_measures import measured, ordered, with_trends
from db.queries.release_counts import ALL
from db.queries.session import Person


def released_seen(
    person: Person, whole: Heatmap, periods: tuple[str, ...], measure: Measure, order: RowOrder
) -> Heatmap:
    """A table of a release, seen so: worked out from what that release shows, and from nothing else."""
    if whole.table:
        return ordered(measured(whole, measure), order)
    if measure is Measure.CHANGE:
        return ordered(_year_on_year(person, whole, periods), order)
    by_quarter = _of(person, whole, Dimension.QUARTER, ALL)
    return ordered(with_trends(measured(whole, measure), by_quarter), order)


def _year_on_year(person: Person, whole: Heatmap, periods: tuple[str, ...]) -> Heatmap:
    """The year that was chosen, or the last that is over; on the year before."""
    assert whole.stamp is not None
    closed, chosen = whole.stamp.quarter, whole.stamp.period
    over = [year for year in periods if year != ALL and f"{year}Q4" <= closed]
    now = chosen if chosen != ALL else next(iter(over), periods[-1])
    dimension = whole.filters.dimension
    table = whole if now == chosen else _of(person, whole, dimension, now)
    before = str(int(now) - 1) if now != ALL else ""
    if before not in periods:
        return measured(table, Measure.CHANGE, None, "This release has no year before")
    so_far = f" up to {closed[4:]}, a year that is not over" if f"{now}Q4" > closed else ""
    words = f"{now}{so_far}, less {before}. Both are rounded"
    return measured(table, Measure.CHANGE, _of(person, whole, dimension, before), words)


def _of(person: Person, whole: Heatmap, dimension: Dimension, period: str) -> Heatmap:
    assert whole.stamp is not None
    return released(person, whole.stamp.quarter, dimension, period, whole.filters.kind)
