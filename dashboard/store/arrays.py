"""What heatmaps are counted from: cached, and updated after a change instead of being read again."""

from sqlalchemy.orm import Session

from dashboard.store.cache import Latest
from db.access import Viewer
from db.engine import current_revision
from db.queries import heatmap as heatmap_queries
from db.queries.finding_arrays import FindingArrays
from db.queries.finding_changes import brought_up_to_date
from db.queries.heatmap import Heatmap, HeatmapFilters

# The arrays, each with the change of the record they are up to date with. About ten megabytes each at 100,000 cases.
KEPT = Latest(most=2)


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
