"""Who may be offered another case: caps, capacity, the days after a hearing. Limits, never a ranking."""

from dataclasses import dataclass
from datetime import date, timedelta

from db.choices import AssignmentRole, Choice
from db.rules.limits import Limits
from db.rules.words import many

CRISIS, HEARING = "CRISIS", "HEARING"
# A tribunal or inquest that ends at its hearing, or after it, was one that somebody sat through.
FIRST_HEARING = {"MPTS": "HEARING-FACTS", "ET": "HEARING", "INQ": "HEARING", "FAI": "INQUIRY"}
DIED = "died"


class DebriefKind(Choice):
    HEARING = "hearing", "After a hearing"
    DEATH = "death", "After a death"


class DebriefOutcome(Choice):
    HELD = "held", "It took place"
    DECLINED = "declined", "Not wanted"


@dataclass(frozen=True)
class Caps:
    """What one person may carry at once."""

    crisis_cases: int
    active_cases: int
    points: float


def caps_of(pledged: float, limits: Limits, *, crisis: int | None, active: int | None, points: int | None) -> Caps:
    """The limits for all and the capacity pledged, save where a lead set another number for this person."""
    return Caps(
        crisis_cases=limits.most_crisis_cases if crisis is None else crisis,
        active_cases=limits.most_active_cases if active is None else active,
        points=pledged if points is None else points,
    )


@dataclass(frozen=True)
class Carried:
    """What they carry now. `cool_until` is the last day on which nothing heavy is offered, or None."""

    points: int = 0
    crisis_cases: int = 0
    active_cases: int = 0
    cool_until: date | None = None


@dataclass(frozen=True)
class Weight:
    """What a place on a case adds to whoever takes it."""

    points: int
    is_crisis: bool = False
    is_heavy: bool = False


def is_heavy(points: int, flags: set[str], *, limits: Limits) -> bool:
    """Whether a case weighs on whoever carries it: many points, a crisis, a hearing soon."""
    return points >= limits.heavy_points or bool(flags & {CRISIS, HEARING})


def cool_until(happened_on: date | None, today: date, limits: Limits) -> date | None:
    """The last day of rest after a hearing or a death, while it is not over."""
    if happened_on is None:
        return None
    last = happened_on + timedelta(days=limits.cool_down_days)
    return last if last >= today else None


def counts_to_caps(role: AssignmentRole) -> bool:
    """An interim contact keeps the doctor company until somebody takes the case: no cap stands in the way of that."""
    return role is not AssignmentRole.INTERIM


def hindrance(carried: Carried, caps: Caps, adds: Weight, role: AssignmentRole) -> str:
    """Why this place is too much for somebody, as the end of a sentence that begins with who; empty if it is not."""
    if not counts_to_caps(role):
        return ""
    if adds.is_crisis and carried.crisis_cases >= caps.crisis_cases:
        return f"carries {many(carried.crisis_cases, 'crisis case')}; the most is {caps.crisis_cases}"
    if carried.active_cases >= caps.active_cases:
        return f"carries {many(carried.active_cases, 'active case')}; the most is {caps.active_cases}"
    if carried.points + adds.points > caps.points:
        return f"carries {carried.points} of {caps.points:g} points, and this place adds {adds.points}"
    if adds.is_heavy and carried.cool_until:
        return f"is to rest after a hearing or a death: nothing heavy until {carried.cool_until:%-d %B} is over"
    return ""
