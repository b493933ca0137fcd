"""What every part of the demo needs: random numbers, the day, the lists, and where rows go."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import accumulate, count
from random import Random
from typing import TypeVar

from db.choices import Role
from db.demo.bodies import Body
from db.demo.rows import Rows
from db.models import TimeRule
from db.vault import Vault

T = TypeVar("T")


@dataclass(frozen=True)
class Person:
    """A volunteer. `bars` has the organisations that bar them, and the last day each does (None: no end)."""

    id: int
    username: str
    role: Role
    weight: float
    bars: dict[int, date | None] = field(default_factory=dict)

    def is_barred(self, body_ids: Sequence[int], opened_on: date) -> bool:
        """The same as `access.barred_cases`, for a case with these organisations."""
        return any(
            body in self.bars and ((until := self.bars[body]) is None or until >= opened_on) for body in body_ids
        )


@dataclass
class World:
    rng: Random
    today: date
    now: datetime
    vault: Vault
    rows: Rows
    bodies: list[Body]
    people: list[Person]
    stages: dict[str, list[str]]
    # The (process, stage) that are not a usual next step.
    asides: set[tuple[str, str]]
    rules: dict[tuple[str, str], list[TimeRule]]
    # {process: [(question, finding)]}
    questions: dict[str, list[tuple[str, str]]]
    # In a large demo the log would be larger than everything else.
    full_audit: bool
    deadline_ids: Iterator[int] = field(default_factory=lambda: count(1))
    action_ids: Iterator[int] = field(default_factory=lambda: count(1))

    @cached_property
    def employers(self) -> list[Body]:
        return [body for body in self.bodies if body.weight]

    @cached_property
    def employer_weights(self) -> list[float]:
        return list(accumulate(body.weight for body in self.employers))

    def offices(self, kind: str) -> list[Body]:
        """The organisations that run a kind of process, other than employers."""
        return self._by_kind[kind]

    @cached_property
    def _by_kind(self) -> dict[str, list[Body]]:
        kinds: dict[str, list[Body]] = {}
        for body in self.bodies:
            kinds.setdefault(body.kind, []).append(body)
        return kinds

    @cached_property
    def leads(self) -> list[Person]:
        return [person for person in self.people if person.role is Role.LEAD]

    @cached_property
    def volunteer(self) -> Person:
        return next(person for person in self.people if person.username == "volunteer")

    @cached_property
    def carriers(self) -> list[Person]:
        """People with a caseload, except the demo sign-ins, whose caseloads are written by hand."""
        return [person for person in self.people if person.weight]

    @cached_property
    def carrier_weights(self) -> list[float]:
        return list(accumulate(person.weight for person in self.carriers))

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def pick(self, options: Sequence[T]) -> T:
        return options[int(self.rng.random() * len(options))]

    def days(self, low: int, high: int) -> timedelta:
        """From `low` to `high` days, both included."""
        return timedelta(days=low + int(self.rng.random() * (high - low + 1)))

    def moments(self, start: datetime, end: datetime, count: int) -> list[datetime]:
        """This many times between two others, in order, in waking hours if possible."""
        span = (end - start).total_seconds()
        drawn = (start + timedelta(seconds=int(span * self.rng.random())) for _ in range(count))
        return sorted(min(max(waking(moment), start), end) for moment in drawn)


def waking(moment: datetime) -> datetime:
    """The same day, between 8 in the morning and 8 in the evening."""
    return moment.replace(hour=8 + moment.hour // 2, second=0, microsecond=0)
