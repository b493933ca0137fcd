"""The casework over a month or a quarter: exact for leads, released for everybody else."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from dashboard.settings import settings
from dashboard.store import arrays
from dashboard.store.cache import Latest
from dashboard.store.reads import fresh
from db import clock
from db.access import Viewer
from db.engine import current_revision
from db.errors import NotFound
from db.queries import leadership as leadership_queries
from db.queries import releases as release_queries
from db.queries.leadership import Leadership, offered_periods, read_since
from db.queries.leadership_lines import LeadershipLines, lines_now
from db.queries.releases import Totals
from db.queries.session import Person
from db.rules.limits import Limits
from db.rules.periods import Period

# By database and first day: two, so that the day a quarter begins is no slower than others.
LINES = Latest(most=2)


@dataclass(frozen=True)
class Load:
    """Points of the open cases that people hold, beside the points that they have room for, of so many people."""

    points: int
    capacity: float
    people: int


def leadership_periods() -> dict[str, Period]:
    """What can be chosen, by code: quarters, then months, newest first."""
    return {period.code: period for period in offered_periods(clock.today())}


def casework_over(person: Person, code: str) -> tuple[Leadership, Load]:
    """For leads. Refuses a period that is not offered."""
    period = leadership_periods().get(code)
    if period is None:
        raise NotFound
    return fresh(_leadership, person.key, period, clock.today(), settings().limits)


def released_caseloads(person: Person) -> list[Totals]:
    """The same for everybody: of each signed release, newest first."""
    return fresh(release_queries.released_caseloads, person.key)


def _leadership(
    session: Session, viewer: Viewer, period: Period, today: date, limits: Limits
) -> tuple[Leadership, Load]:
    since, (database, _, _) = read_since(today), current_revision(session)
    kept: LeadershipLines | None = LINES.get((database, since))
    lines = lines_now(session, kept, since)
    LINES.put((database, since), lines)
    people = arrays.balance(session, viewer, today, limits).load.people
    load = Load(int(people["points"].sum()), float(people["capacity"].sum()), int((people["capacity"] > 0).sum()))
    return leadership_queries.leadership(session, viewer, period, today, limits, lines), load
