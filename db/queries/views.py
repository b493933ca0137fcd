"""The saved views a person may use: their own, and those that leads share with everybody."""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.access import Viewer
from db.errors import CommandRefused
from db.models import SavedView
from db.rules import queue_filters
from db.rules.queue_filters import QueueFilters


@dataclass(frozen=True)
class View:
    """One view. `changeable` is whether the viewer may change it: their own, or a shared one for a lead."""

    id: int
    name: str
    shared: bool
    changeable: bool
    filters: QueueFilters


def saved_views(session: Session, viewer: Viewer) -> list[View]:
    """Shared ones first, by name. Leaves out views from an earlier version that cannot be read."""
    if not viewer.sees_cases:
        return []
    rows = session.scalars(
        select(SavedView)
        .where(or_(SavedView.owner_id == viewer.id, SavedView.shared))
        .order_by(SavedView.shared.desc(), SavedView.folded, SavedView.id)
    )
    found = []
    for row in rows:
        try:
            filters = queue_filters.read(row.filters)
        except CommandRefused:
            continue
        changeable = viewer.is_lead if row.shared else True
        found.append(View(id=row.id, name=row.name, shared=row.shared, changeable=changeable, filters=filters))
    return found
