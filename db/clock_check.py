"""Whether this machine's clock agrees with the others': looked at once, at the start of a server."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, func, select

from db import clock
from db.models import Audit, Revision
from db.rules.words import many

# What synchronised machines stay well within. The pass to a sign-in cookie lasts a minute, a code half of one.
AGREES = timedelta(seconds=10)
REMEDY = "Beyond a minute people are signed out when they reload, and codes are refused. Set the clocks by NTP."


def clock_apart(engine: Engine) -> list[str]:
    """A sentence for each sign that this clock is not that of the database's machine, or of whoever wrote last: the
    servers that share a PostgreSQL are compared through it. Empty if they agree within ten seconds."""
    newest = select(Audit.at).join(Revision, Revision.audit_id == Audit.id)
    with engine.connect() as connection:
        last = connection.scalar(newest)
        before = clock.now()
        there = connection.scalar(select(func.clock_timestamp())) if engine.dialect.name == "postgresql" else None
        after = clock.now()
    found = []
    if there is not None and _apart(there, before, after) > AGREES:
        way = "ahead of" if there < before else "behind"
        found.append(f"This machine's clock is {_seconds(_apart(there, before, after))} {way} the database's. {REMEDY}")
    if last is not None and last - after > AGREES:
        found.append(
            f"The newest change of the record was written {_seconds(last - after)} from now, by this machine's clock: "
            f"it was set back, or another server's is ahead. {REMEDY}"
        )
    return found


def _apart(there: datetime, before: datetime, after: datetime) -> timedelta:
    """Nothing within the time that the question took."""
    return max(before - there, there - after, timedelta())


def _seconds(apart: timedelta) -> str:
    return many(round(apart.total_seconds()), "second")
