"""What heatmaps are counted from: kept in memory, and after a change brought up to date rather than read again."""

from collections import OrderedDict
from threading import Lock
from typing import Any

from sqlalchemy.orm import Session

from db.access import Viewer
from db.engine import current_revision
from db.queries import heatmap as heatmap_queries
from db.queries.finding_arrays import FindingArrays
from db.queries.finding_changes import brought_up_to_date
from db.queries.heatmap import Heatmap, HeatmapFilters

# Some ten megabytes each at 100,000 cases.
MOST = 4
_kept: OrderedDict[Any, tuple[int, FindingArrays]] = OrderedDict()
_lock = Lock()


def heatmap(session: Session, viewer: Viewer, filters: HeatmapFilters) -> Heatmap:
    return heatmap_queries.heatmap(session, viewer, filters, arrays=_arrays(session, viewer, filters))


def _arrays(session: Session, viewer: Viewer, filters: HeatmapFilters) -> FindingArrays:
    # Read before the findings: arrays kept under it are never older.
    database, _, patterns = current_revision(session)
    before = heatmap_queries.coded_before(viewer)
    key = (database, before, filters.needs_process)
    with _lock:
        at, kept = _kept.get(key, (None, None))
    if kept is not None and at == patterns:
        return kept
    fresh = brought_up_to_date(session, kept or FindingArrays(coded_before=before, with_process=filters.needs_process))
    with _lock:
        _kept[key] = (patterns, fresh)
        _kept.move_to_end(key)
        while len(_kept) > MOST:
            _kept.popitem(last=False)
    return fresh
