"""When cases arrive, which are still open, and the stages each goes through."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random

from db.choices import Stage
from db.demo.world import World, waking

YEARS = 3
# More cases arrive when posts change over.
SEASON = {2: 1.7, 8: 1.9, 9: 1.2, 10: 1.5, 12: 0.6, 4: 0.8, 6: 0.9}
OPEN_MEMORY_DAYS = 150
FRESH_AGES = (1, 4, 0, 2)
SHARE_OF_STAGE = {
    Stage.NEW: 0.05,
    Stage.TRIAGE: 0.1,
    Stage.REVIEW: 0.25,
    Stage.FINDINGS: 0.15,
    Stage.ACTIVE: 0.4,
    Stage.CLOSING: 0.1,
    Stage.LEARNING: 0.08,
    Stage.CLOSED: 0.5,
    Stage.DECLINED: 0.5,
}
LONGEST_DAYS = {Stage.NEW: 4.0, Stage.TRIAGE: 16.0}
LINE = (Stage.NEW, Stage.TRIAGE, Stage.REVIEW, Stage.FINDINGS, Stage.ACTIVE, Stage.CLOSING, Stage.LEARNING)


@dataclass(frozen=True)
class Step:
    came_from: Stage | None
    stage: Stage
    at: datetime


@dataclass(frozen=True)
class Fate:
    """What becomes of a case, decided before anything else."""

    opened_on: date
    is_open: bool
    unallocated: bool = False


def intake(rng: Random, today: date, cases: int) -> list[Fate]:
    """The cases in order of arrival: when each arrived, and whether it is still open."""
    days = [today - timedelta(days=age) for age in range(365 * YEARS, -1, -1)]
    weights = [
        SEASON.get(day.month, 1.0) * (0.5 if day.weekday() >= 5 else 1.0) * (1 + position / len(days))
        for position, day in enumerate(days)
    ]
    opened = sorted(rng.choices(days, cum_weights=list(accumulate(weights)), k=cases))
    # Even in a small demo, somebody has written this week.
    fresh = min(len(FRESH_AGES), cases // 12)
    opened[cases - fresh :] = sorted(today - timedelta(days=age) for age in FRESH_AGES[:fresh])
    ages = [(today - day).days for day in opened[: cases - fresh]]
    still_open = _some(rng, ages, how_many_open(cases) - fresh)
    still_open |= set(range(cases - fresh, cases))
    newest = sorted(still_open, reverse=True)
    count = min(how_many_unallocated(cases), len(newest) // 3)
    # Most are new. One in six is older, because the volunteer left.
    left = rng.sample(newest[len(newest) // 2 :], count // 6)
    recent = count - len(left) - min(fresh, count // 3)
    unallocated = {*newest[: count // 3], *rng.sample(newest[count // 3 : count * 7 // 4 + 1], recent), *left}
    return [
        Fate(day, is_open=number in still_open, unallocated=number in unallocated) for number, day in enumerate(opened)
    ]


def how_many_open(cases: int) -> int:
    """About 95 of 300, and 6,000 of 100,000."""
    return min(cases, round(95 * math.pow(cases / 300, 0.714)))


def how_many_unallocated(cases: int) -> int:
    return round(13 * math.sqrt(cases / 300))


def _some(rng: Random, ages: Sequence[int], count: int) -> set[int]:
    """Draws this many positions, newer ones with a higher probability (Efraimidis and Spirakis)."""
    keys = [
        (math.log(1.0 - rng.random()) * math.e ** (age / OPEN_MEMORY_DAYS), position)
        for position, age in enumerate(ages)
    ]
    return {position for _, position in sorted(keys, reverse=True)[:count]}


def tell(world: World, fate: Fate, *, learning: bool, final: Stage | None = None) -> list[Step]:
    """Every stage of one case with its time, in an order that the moves allow."""
    start = _arrival(world, fate.opened_on)
    age = (world.today - fate.opened_on).days
    target = final or (_open_stage(world, fate, age) if fate.is_open else _ending(world, age))
    if target is Stage.LEARNING and not learning:
        target = Stage.CLOSING
    stages = _line_to(world, target, learning)
    # Reopened after being closed or declined.
    if age > 260 and final is None and target is not Stage.NEW and world.chance(0.05):
        first = Stage.DECLINED if world.chance(0.3) else Stage.CLOSED
        stages = _line_to(world, first, learning) + stages[1:]
    end = world.now if fate.is_open else _end(world, start, age, stages)
    moments = _times(world, stages, start, end, is_open=fate.is_open)
    came_from: list[Stage | None] = [None, *stages[:-1]]
    return [Step(*step) for step in zip(came_from, stages, moments, strict=True)]


def _arrival(world: World, day: date) -> datetime:
    arrived = datetime.combine(day, time(8, tzinfo=UTC)) + timedelta(minutes=int(world.rng.random() * 720))
    return min(arrived, world.now)


def _open_stage(world: World, fate: Fate, age: int) -> Stage:
    if fate.unallocated:
        if age > 60:
            return Stage.REVIEW if world.chance(0.5) else Stage.ACTIVE
        return Stage.NEW if age <= 4 and world.chance(0.8) else Stage.TRIAGE
    if age < 6:
        return Stage.TRIAGE
    if age < 25:
        return Stage.TRIAGE if world.chance(0.3) else Stage.REVIEW
    return world.rng.choices(LINE[2:], weights=(22, 15, 42, 12, 9))[0]


def _ending(world: World, age: int) -> Stage:
    if age < 45 or world.chance(0.12):
        return Stage.DECLINED if world.chance(0.6) else Stage.REFERRED
    return Stage.CLOSED


def _line_to(world: World, target: Stage, learning: bool) -> list[Stage]:
    if target in (Stage.DECLINED, Stage.REFERRED):
        return [Stage.NEW, Stage.TRIAGE, target]
    line = [*LINE, Stage.CLOSED]
    stages = line[: line.index(target) + 1]
    if target is Stage.CLOSED and not learning:
        stages.remove(Stage.LEARNING)
    if Stage.ACTIVE in stages and world.chance(0.2):
        stages.remove(Stage.FINDINGS)
    return stages


def _end(world: World, start: datetime, age: int, stages: list[Stage]) -> datetime:
    turned_away = Stage.REVIEW not in stages
    days = world.rng.uniform(2, 21) if turned_away else world.rng.gammavariate(2.2, 75) + 15
    if len(stages) > len(LINE) + 1:
        days += 120
    if days > age - 1:
        days = world.rng.uniform(0.5, 0.97) * age
    return min(max(waking(start + timedelta(days=days)), start), world.now)


def _times(world: World, stages: list[Stage], start: datetime, end: datetime, *, is_open: bool) -> list[datetime]:
    total = (end - start).total_seconds() / 86400
    spans = [SHARE_OF_STAGE.get(stage, 0) * (0.4 + world.rng.random()) for stage in stages]
    if not is_open:
        spans[-1] = 0
    whole = sum(spans) or 1
    moments, at = [], start
    for stage, span in zip(stages, spans, strict=True):
        moments.append(at)
        days = min(span / whole * total, LONGEST_DAYS.get(stage, total))
        at = min(max(waking(at + timedelta(days=days)), at), end)
    if not is_open:
        moments[-1] = end
    return moments
