"""Whether somebody may be offered another case: caseload limits, capacity, time after a hearing. Never a ranking."""

from dataclasses import dataclass
from datetime import date, timedelta

from db.choices import AssignmentRole, Choice
from db.rules.limits import Limits
from db.rules.words import many

CRISIS, HEARING = "CRISIS", "HEARING"
DIED = "died"


class DebriefKind(Choice):
    HEARING = "hearing", "After a hearing"
    DEATH = "death", "After a death"


class DebriefOutcome(Choice):
    HELD = "held", "We talked"
    DECLINED = "declined", "No thanks"


@dataclass(frozen=True)
class Caps:
    """One person's caseload limits."""

    crisis_cases: int
    active_cases: int
    points: float


def caps_of(pledged: float, limits: Limits, *, crisis: int | None, active: int | None, points: int | None) -> Caps:
    """The usual limits and the person's capacity, except where a lead has set a different number."""
    return Caps(
        crisis_cases=limits.most_crisis_cases if crisis is None else crisis,
        active_cases=limits.most_active_cases if active is None else active,
        points=pledged if points is None else points,
    )


@dataclass(frozen=True)
class Carried:
    """Somebody's caseload now. `cool_until` is the last day without demanding cases, or None."""

    points: int = 0
    crisis_cases: int = 0
    active_cases: int = 0
    cool_until: date | None = None


@dataclass(frozen=True)
class Weight:
    """What a place on a case adds to somebody's caseload."""

    points: int
    is_crisis: bool = False
    is_heavy: bool = False


def is_heavy(points: int, flags: set[str], *, limits: Limits) -> bool:
    """Whether a case is demanding: a crisis, a hearing soon, or many points."""
    return points >= limits.heavy_points or bool(flags & {CRISIS, HEARING})


def cool_until(happened_on: date | None, today: date, limits: Limits) -> date | None:
    """The last day without demanding cases after a hearing or a death; None once it has passed."""
    if happened_on is None:
        return None
    last = happened_on + timedelta(days=limits.cool_down_days)
    return last if last >= today else None


def counts_to_caps(role: AssignmentRole) -> bool:
    """Caseload limits do not apply to an interim contact, so that no doctor is left without one."""
    return role is not AssignmentRole.INTERIM


def obstacle(carried: Carried, caps: Caps, adds: Weight, role: AssignmentRole) -> str:
    """Why somebody cannot take this place, as the end of a sentence that starts with their name; empty if they can."""
    if not counts_to_caps(role):
        return ""
    if adds.is_crisis and carried.crisis_cases >= caps.crisis_cases:
        return f"already has {many(carried.crisis_cases, 'crisis case')}; the limit is {caps.crisis_cases}"
    if carried.active_cases >= caps.active_cases:
        return f"already has {many(carried.active_cases, 'active case')}; the limit is {caps.active_cases}"
    if carried.points + adds.points > caps.points:
        return f"has {carried.points} of {caps.points:g} points, and this case would add {adds.points}"
    if adds.is_heavy and carried.cool_until:
        return f"has no demanding cases until after {carried.cool_until:%-d %B}, following a hearing or a death"
    return ""
