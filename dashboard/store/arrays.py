"""What heatmaps and workload are counted from: cached, and updated after a change instead of being read again."""

from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from dashboard.store.cache import Latest
from db.access import Viewer
from db.engine import current_revision
from db.queries import heatmap as heatmap_queries
from db.queries import suggestions as suggestion_queries
from db.queries.changed_cases import KeptLines
from db.queries.finding_arrays import FindingArrays
from db.queries.finding_changes import brought_up_to_date
from db.queries.heatmap import Heatmap, HeatmapFilters
from db.queries.places import places_now
from db.queries.suggestions import Allocation, Balance
from db.rules.limits import Limits

# The arrays, each with the change of the record they are up to date with. About ten megabytes each at 100,000 cases.
KEPT = Latest(most=2)
PLACES = Latest(most=2)
# For each viewer, what everybody carries, with the revision at which places had last moved.
BALANCES = Latest(most=50)


def heatmap(session: Session, viewer: Viewer, filters: HeatmapFilters) -> Heatmap:
    return heatmap_queries.heatmap(session, viewer, filters, arrays=_arrays(session, filters))


def _arrays(session: Session, filters: HeatmapFilters) -> FindingArrays:
    # Read before the findings, so that the arrays kept under it are never older.
    database, _, patterns = current_revision(session)
    key = (database, filters.needs_process)
    last: tuple[int, FindingArrays] | None = KEPT.get(key)
    at, kept = last or (None, None)
    if kept is not None and at == patterns:
        return kept
    fresh = brought_up_to_date(session, kept or FindingArrays(with_process=filters.needs_process))
    KEPT.put(key, (patterns, fresh))
    return fresh


def allocation(session: Session, viewer: Viewer, today: date, limits: Limits) -> Allocation:
    balanced = balance(session, viewer, today, limits)
    return suggestion_queries.allocation(session, viewer, today, limits, balanced=balanced)


def balance(session: Session, viewer: Viewer, today: date, limits: Limits) -> Balance:
    database, places = _places(session, today, limits)
    key = (database, viewer, today, limits)
    last: tuple[int, Balance] | None = BALANCES.get(key)
    moved_at, balanced = last or (None, None)
    if balanced is None or moved_at != places.moved_at:
        balanced = suggestion_queries.balance(session, viewer, today, limits, places=places.lines)
        BALANCES.put(key, (places.moved_at, balanced))
    return balanced


class Places(NamedTuple):
    """The lines, the revision of the record they are up to date with, and the one at which they last moved."""

    lines: KeptLines
    revision: int
    moved_at: int


def _places(session: Session, today: date, limits: Limits) -> tuple[str, Places]:
    # Read before the lines, so that what is kept under it is never older.
    database, revision, _ = current_revision(session)
    key = (database, today, limits)
    kept: Places | None = PLACES.get(key)
    if kept is None or kept.revision != revision:
        lines = places_now(session, today, limits, kept.lines if kept else None)
        kept = Places(lines, revision, revision if kept is None or lines.has_moved else kept.moved_at)
        PLACES.put(key, kept)
    return database, kept
