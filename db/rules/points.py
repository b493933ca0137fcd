"""Workload points (docs/domain.md §4.4, a proposal of this project: no authority gives one safe number)."""

from dataclasses import dataclass
from datetime import date, timedelta

from db.choices import AssignmentRole, Stage

STAGE_POINTS: dict[Stage, int] = {
    Stage.NEW: 1,
    Stage.TRIAGE: 1,
    Stage.REVIEW: 3,
    Stage.FINDINGS: 3,
    Stage.ACTIVE: 2,
    Stage.CLOSING: 1,
    Stage.LEARNING: 1,
}
HEARING_POINTS = 5
AWAITING_POINTS = 1
CAP = 10
POINTS_PER_HOUR = 2
NEW_VOLUNTEER_DAYS = 90
NEW_VOLUNTEER_SHARE = 0.75
AMBER_FROM = 0.8
RED_ABOVE = 1.0


@dataclass(frozen=True)
class Load:
    """What a case's points depend on. `extra` counts one point each for: a second current process, crisis, no
    representation, a bundle over 200 pages, weekly contact, media."""

    stage: Stage
    extra: int = 0
    hearing_on: date | None = None
    chase_on: date | None = None
    override: int | None = None


def case_points(load: Load, today: date, *, hearing_days: int) -> int:
    """Points of one case, 0 to CAP: by stage; more for a hearing soon; fewer while waiting for others."""
    if load.override is not None:
        return load.override
    if not load.stage.is_open:
        return 0
    base = STAGE_POINTS[load.stage]
    if load.chase_on is not None and load.chase_on >= today:
        base = AWAITING_POINTS
    if load.hearing_on is not None and today <= load.hearing_on <= today + timedelta(days=hearing_days):
        base = HEARING_POINTS
    return min(CAP, base + load.extra)


def share(points: int, role: AssignmentRole) -> int:
    """Points for one person: all for the case lead, half (rounded up) for a second volunteer or interim contact."""
    return points if role is AssignmentRole.LEAD else (points + 1) // 2


def capacity(pledged_hours: float, joined_on: date, today: date) -> float:
    """A volunteer's capacity in points: two for each pledged hour a week, a quarter less for a new volunteer."""
    full = pledged_hours * POINTS_PER_HOUR
    is_new = (today - joined_on).days < NEW_VOLUNTEER_DAYS
    return full * NEW_VOLUNTEER_SHARE if is_new else full


def room(points: int, limit: float, *, says_full: bool) -> str:
    """green, amber, red, full; or none if no hours are pledged. Saying they are at capacity overrides the points."""
    if says_full:
        return "full"
    if limit <= 0:
        return "red" if points else "none"
    used = points / limit
    return "red" if used > RED_ABOVE else "amber" if used > AMBER_FROM else "green"
