"""Who is on leave today."""

from sqlalchemy import Select, select

from db import clock
from db.models import Leave


def away_today() -> Select[int]:
    """Ids of the people on leave today."""
    today = clock.today()
    return select(Leave.volunteer_id).where(Leave.starts_on <= today, Leave.ends_on >= today)
