"""Releases: what everybody may see of them, how each stands for leads, and a new one computed."""

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
from db.queries.release_standing import Standing
from db.queries.releases import Signed, Totals, ready
from db.queries.session import Person
from db.rules.release_record import protected


def signed(person: Person) -> list[Signed]:
    """Those that may be shown, the newest first."""
    return fresh(release_queries.signed_releases, person.key)


def released(person: Person, quarter: str, dimension: Dimension, period: str, kind: FindingKind | None) -> Heatmap:
    """A table of a release; refuses with NotFound what there is not."""
    # What is signed never changes, and is the same for all: no change of the record may make it come later.
    is_signed = any(release.quarter == quarter for release in signed(person))
    key = (0, Role.OBSERVER.value, person.database, 0) if is_signed else person.key
    return fresh(release_queries.released_heatmap, key, quarter, dimension, period, kind)


def totals(person: Person) -> Totals | None:
    """None while nothing has been signed."""
    return fresh(release_queries.released_totals, person.key)


def standing(person: Person) -> list[Standing]:
    """For leads: every release, signed or not. Kept for a minute: when one alone may sign depends on the hour."""
    return fresh(standing_queries.standing, person.key, clock.now().replace(second=0, microsecond=0))


def quarter_to_close(person: Person) -> str | None:
    """For leads: the last closed quarter, where it has not been computed yet."""
    return fresh(standing_queries.quarter_to_close, person.key)


def left_out(person: Person) -> int:
    """For leads: doctors of cases they may see who said no to counts."""
    return fresh(standing_queries.left_out, person.key)


def exact_beside(person: Person, quarter: str, dimension: Dimension, period: str) -> dict[str, list[int]]:
    """For leads: the exact numbers that go with a released table, by the code of its row; under EVERY_ROW totals."""
    return fresh(review_queries.exact_beside, person.key, quarter, dimension, period)


def close_quarter(person: Person, quarter: str, *, once: str) -> None:
    """Computes the release of a quarter and keeps it. Takes a while, in which nobody has to wait."""
    with database().read() as session:
        found = ready(session, quarter)
    write(person, keep_release, once=once, made=protected(found))
