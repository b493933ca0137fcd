"""How a process went through its stages: pure functions over events.

No date is ever made up: a stage nobody has mentioned has no event, and an unknown day is marked as unknown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Protocol, TypeVar

from db.rules.time_rules import Rule, rule_date
from db.rules.words import many

WEEK, MONTH = 7, 30.4
# The longest length given in days, and in weeks.
IN_DAYS, IN_WEEKS = 20, 120


class Event(Protocol):
    """A stage as recorded; see `db.models.ProcessEvent`."""

    @property
    def number(self) -> int: ...
    @property
    def edition(self) -> int: ...
    @property
    def stage(self) -> str: ...
    @property
    def since(self) -> date: ...
    @property
    def is_exact(self) -> bool: ...
    @property
    def until(self) -> date | None: ...
    @property
    def beside(self) -> bool: ...
    @property
    def withdrawn(self) -> bool: ...


E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Spell:
    """A process at a stage from `since` to `until` (None: still there). A day that is not known is not exact."""

    number: int
    stage: str
    since: date
    is_exact: bool
    until: date | None
    until_is_exact: bool
    is_now: bool
    beside: bool

    def days(self, today: date) -> int | None:
        """How long, so far; None if the day at either end is not known."""
        if not self.is_exact or (self.until is not None and not self.until_is_exact):
            return None
        return ((self.until or today) - self.since).days


def live(events: Iterable[E]) -> list[E]:
    """The newest edition of each event, without withdrawn ones, in the order they happened."""
    newest: dict[int, E] = {}
    for event in events:
        if event.number not in newest or event.edition > newest[event.number].edition:
            newest[event.number] = event
    return sorted((e for e in newest.values() if not e.withdrawn), key=lambda e: (e.since, e.number))


def current(events: Iterable[E]) -> E:
    """The event of the current stage: the last to start that does not go on beside another."""
    return [event for event in live(events) if not event.beside][-1]


def spells(events: Sequence[Event], ended_on: date | None) -> list[Spell]:
    """Every spell, in order. A stage ends when the next starts, unless recorded otherwise; one `beside` goes on."""
    known = live(events)
    now = current(known)
    # A stage that goes on beside the next one still ended the one before it.
    after = {event.number: following for event, following in pairwise(known) if not event.beside and event is not now}
    found = []
    for event in known:
        following = after.get(event.number)
        until, exact = event.until, True
        if until is None and following is not None:
            until, exact = following.since, following.is_exact
        elif until is None:
            until = ended_on
        found.append(
            Spell(
                number=event.number,
                stage=event.stage,
                since=event.since,
                is_exact=event.is_exact,
                until=until,
                until_is_exact=exact,
                is_now=event is now,
                beside=event.beside,
            )
        )
    return found


def problem_with_days(
    events: Sequence[Event], number: int, since: date, until: date | None, *, today: date, ended_on: date | None
) -> tuple[str, str] | None:
    """(field, why) if the event with this number cannot have these days; a new event has the next free number.

    The current stage must stay the last to start: only moving the process on changes which stage that is.
    """
    last = min(today, ended_on) if ended_on else today
    if since > last:
        future = since > today
        return "since", "Since: choose today or an earlier day." if future else "Since: the process had ended by then."
    if until is not None and not since <= until <= last:
        return "until", "Until: choose a day from its first day until today, or until the process ended."
    now = current(events)
    if number == now.number:
        if until is not None:
            return "until", "Until: the process is at this stage now. Move or end the process instead."
        others = [e.since for e in live(events) if not e.beside and e.number != number]
        if others and since < max(others):
            return "since", f"Since: another stage started later, on {max(others):%-d %B %Y}. Correct that one first."
    elif not _is_beside(events, number) and (since, number) > (now.since, now.number):
        return "since", (
            f"Since: the current stage started on {now.since:%-d %B %Y}, and an earlier stage starts before that. "
            "If that day is wrong, correct it first."
        )
    return None


def _is_beside(events: Sequence[Event], number: int) -> bool:
    return any(event.number == number and event.beside for event in live(events))


def problem_with_move(events: Sequence[Event], since: date, *, started_on: date, today: date) -> str | None:
    """Why the next stage cannot have started on that day; None if it can."""
    if since > today:
        return "Since: choose today or an earlier day."
    if since < started_on:
        return (
            f"Since: the process is recorded as started on {started_on:%-d %B %Y}. If it started earlier, correct the "
            "dates of its stages first."
        )
    now = current(events)
    if since < now.since:
        return (
            f"Since: the current stage started on {now.since:%-d %B %Y}. To add an earlier stage, or if that day is "
            "wrong, go to the dates of its stages."
        )
    return None


def over_by(rule: Rule, spell: Spell, today: date, *, nation: str) -> int | None:
    """By how many days the stage has lasted longer than its rule allows; below zero is time left. None if the rule is
    not about the whole stage, or a day is not known."""
    if rule.spans != "stage" or spell.days(today) is None:
        return None
    return ((spell.until or today) - rule_date(rule, spell.since, nation=nation)).days


def length(days: int) -> str:
    """“1 day”, “5 weeks”, “7 months”: as people say it, rounded down."""
    if days > IN_WEEKS:
        return many(int(days / MONTH), "month")
    if days > IN_DAYS:
        return many(days // WEEK, "week")
    return many(days, "day")
