"""The releases that stand: what commands and queries about them both begin with."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Release

# A lead alone signs so much later than they reviewed.
ALONE_AFTER = timedelta(days=1)


def standing_releases(session: Session) -> Sequence[Release]:
    """Those that were not discarded, signed or not, by quarter."""
    return session.scalars(select(Release).where(Release.discarded_at.is_(None)).order_by(Release.quarter)).all()
