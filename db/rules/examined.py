"""Whether a condition on the day was ever examined by those who judged the doctor."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from db.rules.facts import UNKNOWN

# Those who decide something about the doctor, or about what happened.
DECIDERS = ("employer", "regulator", "coroner")


@dataclass(frozen=True)
class Looked:
    """Of the conditions on the day: how many were examined, were not, and of how many it is not known."""

    yes: int = 0
    no: int = 0
    unknown: int = 0

    @property
    def n(self) -> int:
        return self.yes + self.no + self.unknown


def looked(examined_by: Collection[str], who: Collection[str]) -> bool | None:
    """Whether any of these looked at it, None if that is not known. If only somebody else did, these did not."""
    if not set(who).isdisjoint(examined_by):
        return True
    return None if UNKNOWN in examined_by else False


def share(conditions: Iterable[Collection[str]], who: Collection[str]) -> Looked:
    """Of conditions, each given by who examined it."""
    found = [looked(examined_by, who) for examined_by in conditions]
    return Looked(found.count(True), found.count(False), found.count(None))
