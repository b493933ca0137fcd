"""What others published, to be shown beside ours and never mixed with it: public, so the same for everybody."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.access import Viewer
from db.choices import Dimension
from db.models import PublishedValue

BY = {Dimension.REGION: "region", Dimension.BODY_KIND: "body_kind"}


@dataclass(frozen=True)
class Published:
    """The newest year of one series. `lines` has for each measure its words and {place: (share, of how many)}."""

    source: str
    year: int
    lines: tuple[tuple[str, dict[str, tuple[float, int]]], ...]


def published(session: Session, _viewer: Viewer, dimension: Dimension) -> Published | None:
    """By region or kind of organisation; None by anything else, and while nothing was imported."""
    listed = BY.get(dimension)
    if listed is None:
        return None
    newest = select(func.max(PublishedValue.year)).where(PublishedValue.listed == listed).scalar_subquery()
    asked = select(PublishedValue).where(PublishedValue.listed == listed, PublishedValue.year == newest)
    rows = session.scalars(asked.order_by(PublishedValue.id)).all()
    if not rows:
        return None
    lines: dict[str, dict[str, tuple[float, int]]] = {}
    for row in rows:
        lines.setdefault(row.label, {})[row.place] = (row.share, row.base)
    return Published(rows[0].source, rows[0].year, tuple(lines.items()))
