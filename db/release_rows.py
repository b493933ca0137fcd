"""The releases that have not been discarded, for commands and queries alike."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Release

# How long after their own review the only lead may sign.
ALONE_AFTER = timedelta(days=1)


def standing_releases(session: Session) -> Sequence[Release]:
    """Every release that was not discarded, signed or not, by quarter."""
    return session.scalars(select(Release).where(Release.discarded_at.is_(None)).order_by(Release.quarter)).all()
