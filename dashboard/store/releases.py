"""Releases: what everybody may see; for leads, how far each has come and computing a new one."""

from dashboard.store.core import database
from dashboard.store.reads import fresh
from dashboard.store.writes import write
from db import clock
from db.choices import Dimension, FindingKind, Role
from db.commands.releases import keep_release
from db.queries import release_review as review_queries
from db.queries import release_standing as standing_queries
from db.queries import releases as release_queries
from db.queries.heatmap import Heatmap
from db.queries.release_standing import Discarded, Standing
from db.queries.releases import Signed, Totals, ready
from db.queries.session import Person
from db.rules.quarters import quarter_before, quarter_of
from db.rules.release_record import protected


def signed(person: Person) -> list[Signed]:
    """Those that may be shown, newest first."""
    return fresh(release_queries.signed_releases, person.key)


def released(person: Person, quarter: str, dimension: Dimension, period: str, kind: FindingKind | None) -> Heatmap:
    """A table of a release. Refuses with NotFound if there is no such table."""
    # A signed release never changes and is the same for all, so it is cached whatever changes in the record.
    is_signed = any(release.quarter == quarter for release in signed(person))
    key = (0, Role.OBSERVER.value, person.database, 0) if is_signed else person.key
    return fresh(release_queries.released_heatmap, key, quarter, dimension, period, kind)


def released_examined(person: Person, quarter: str) -> Heatmap:
    """What was examined, of a release. Refuses with NotFound if it has no such table."""
    return fresh(release_queries.released_examined, person.key, quarter)


def exact_examined(person: Person, quarter: str) -> dict[str, list[int]]:
    """For leads: the exact numbers for that table."""
    return fresh(review_queries.exact_examined, person.key, quarter)


def totals(person: Person) -> Totals | None:
    """None while nothing has been signed."""
    return fresh(release_queries.released_totals, person.key)


def standing(person: Person) -> list[Standing]:
    """For leads: every release, signed or not. Cached for a minute: when the only lead may sign depends on the time."""
    return fresh(standing_queries.standing, person.key, clock.now().replace(second=0, microsecond=0))


def discarded(person: Person) -> list[Discarded]:
    """For leads: releases that were found to be wrong, and why."""
    return fresh(standing_queries.discarded, person.key)


def quarter_to_close(person: Person) -> str | None:
    """For leads: the last closed quarter, if it has not been computed yet."""
    quarter = quarter_before(quarter_of(clock.today()))
    return quarter if all(row.quarter < quarter for row in standing(person)) else None


def left_out(person: Person) -> int:
    """For leads: doctors of cases they may see who said no to counts."""
    return fresh(standing_queries.left_out, person.key)


def exact_beside(person: Person, quarter: str, dimension: Dimension, period: str) -> dict[str, list[int]]:
    """For leads: the exact numbers for a released table, by the code of the row; the totals are under EVERY_ROW."""
    return fresh(review_queries.exact_beside, person.key, quarter, dimension, period)


def close_quarter(person: Person, quarter: str, *, once: str) -> None:
    """Computes the release of a quarter and saves it. Takes a while, without holding a lock that others wait for."""
    with database().read() as session:
        found = ready(session, quarter)
    write(person, keep_release, once=once, made=protected(found))
