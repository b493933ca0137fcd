"""Releases: what everybody may see of them, how each stands for leads, and a new one computed."""

from dashboard.store.core import database
from dashboard.store.reads import fresh
from dashboard.store.writes import write
from db import clock
from db.choices import Dimension, FindingKind, Role
from db.commands.releases import discard_release, keep_release, review_release, sign_release
from db.queries.heatmap import Heatmap, Stamp
from db.queries.release_review import EVERY_ROW
from db.queries.release_standing import Standing
from db.queries.releases import Signed, Totals, closes_next, ready
from db.queries.session import Person
from db.rules.release_record import protected

__all__ = [
    "EVERY_ROW",
    "Signed",
    "Stamp",
    "Standing",
    "Totals",
    "close_quarter",
    "closes_next",
    "discard_release",
    "exact_beside",
    "left_out",
    "quarter_to_close",
    "released",
    "review_release",
    "sign_release",
    "signed",
    "standing",
    "totals",
]


def signed(person: Person) -> list[Signed]:
    """Those that may be shown, the newest first."""
    found: list[Signed] = fresh("signed", person.key)
    return found


def released(person: Person, quarter: str, dimension: Dimension, period: str, kind: FindingKind | None) -> Heatmap:
    """A table of a release; refuses with NotFound what there is not."""
    # What is signed never changes, and is the same for all: no change of the record may make it come later.
    is_signed = any(release.quarter == quarter for release in signed(person))
    key = (0, Role.OBSERVER.value, person.database, 0) if is_signed else person.key
    table: Heatmap = fresh("released", key, quarter, dimension, period, kind)
    return table


def totals(person: Person) -> Totals | None:
    """None while nothing has been signed."""
    found: Totals | None = fresh("totals", person.key)
    return found


def standing(person: Person) -> list[Standing]:
    """For leads: every release, signed or not. Kept for a minute: when one alone may sign depends on the hour."""
    found: list[Standing] = fresh("standing", person.key, clock.now().replace(second=0, microsecond=0))
    return found


def quarter_to_close(person: Person) -> str | None:
    """For leads: the last closed quarter, where it has not been computed yet."""
    quarter: str | None = fresh("to_close", person.key)
    return quarter


def left_out(person: Person) -> int:
    """For leads: doctors of cases they may see who said no to counts."""
    many: int = fresh("left_out", person.key)
    return many


def exact_beside(person: Person, quarter: str, dimension: Dimension, period: str) -> dict[str, list[int]]:
    """For leads: the exact numbers that go with a released table, by the code of its row; under EVERY_ROW totals."""
    rows: dict[str, list[int]] = fresh("exact_beside", person.key, quarter, dimension, period)
    return rows


def close_quarter(person: Person, quarter: str, *, once: str) -> None:
    """Computes the release of a quarter and keeps it. Takes a while, in which nobody has to wait."""
    with database().read() as session:
        found = ready(session, quarter)
    write(person, keep_release, once=once, made=protected(found))
