"""A server whose clock is not that of the others says so when it starts."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from db import clock
from db.clock_check import clock_apart
from db.models import Audit
from tests.factories import Casework


def told(casework: Casework, apart: timedelta) -> list[str]:
    """What a server is told whose clock is so far from that of the database and of whoever wrote last."""
    engine = casework.database.engine
    with engine.connect() as connection:
        there = connection.scalar(select(func.clock_timestamp())) if engine.dialect.name == "postgresql" else None
        last = connection.scalar(select(func.max(Audit.at)))
    right: datetime = there or last or clock.now()
    with clock.as_of(right + apart):
        return clock_apart(engine)


@pytest.mark.parametrize("seconds", [-70, -5, 0, 5, 70])
def test_it_is_compared_with_the_database(casework: Casework, seconds: int) -> None:
    found = told(casework, timedelta(seconds=seconds))
    if casework.database.engine.dialect.name == "sqlite":
        # The file is on the same machine: a clock that was set back is all there is to see.
        assert len(found) == (seconds == -70)
        return
    way = "ahead of" if seconds > 0 else "behind"
    of_the_database = [line for line in found if "the database's" in line]
    assert len(of_the_database) == (abs(seconds) == 70)
    assert all(f"70 seconds {way} the database's" in line for line in of_the_database)


def test_a_clock_that_was_set_back_is_seen_by_what_was_written_last(casework: Casework) -> None:
    with casework.database.engine.connect() as connection:
        last = connection.scalar(select(func.max(Audit.at)))
    assert last is not None
    with clock.as_of(last - timedelta(hours=1)):
        [line] = [line for line in clock_apart(casework.database.engine) if "newest change" in line]
    assert "written 3,600 seconds from now" in line
