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
from db.queries.agreement import CoderAgreement
from db.queries.agreement import coder_agreement as coder_agreement_query
from db.queries.leadership import Leadership, days_asked, offered_periods, read_since
from db.queries.leadership_lines import LeadershipLines, lines_now, with_quiet
from db.queries.releases import Totals
from db.queries.session import Person
from db.rules.limits import Limits
from db.rules.periods import Period

# By database and first day, with the revision they are of: two, for the day on which a quarter begins.
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


def coder_agreement(person: Person) -> CoderAgreement:
    """For leads: how alike two people code, by code."""
    return fresh(coder_agreement_query, person.key)


def released_caseloads(person: Person) -> list[Totals]:
    """The same for everybody: of each signed release, newest first."""
    return fresh(release_queries.released_caseloads, person.key)


def counted_lines(session: Session, period: Period, today: date, limits: Limits) -> LeadershipLines:
    """As they stand, kept and brought up to date."""
    # Read before the lines, so that what is kept under it is never older.
    since, (database, revision, _) = read_since(today), current_revision(session)
    key = (database, since, limits.stalled_days)
    kept: tuple[int, LeadershipLines] | None = LINES.get(key)
    at, lines = kept or (None, None)
    if lines is None or at != revision or lines.lacked_on != today:
        lines = lines_now(session, lines if at != revision else None, since, limits.stalled_days, today)
    lines = with_quiet(session, lines, days_asked(period, today), limits.stalled_days)
    LINES.put(key, (revision, lines))
    return lines


def _leadership(
    session: Session, viewer: Viewer, period: Period, today: date, limits: Limits
) -> tuple[Leadership, Load]:
    lines = counted_lines(session, period, today, limits)
    people = arrays.balance(session, viewer, today, limits).load.people
    load = Load(int(people["points"].sum()), float(people["capacity"].sum()), int((people["capacity"] > 0).sum()))
    return leadership_queries.leadership(session, viewer, period, today, lines), load
