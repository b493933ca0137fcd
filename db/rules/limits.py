"""The campaign's own numbers, in one place so that it can change them.

They are choices, not law: statutory limits are in the time rules.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from db.errors import CommandRefused


@dataclass(frozen=True)
class Limits:
    """In days, unless the name says otherwise."""

    unallocated_amber_working_days: int = 3
    unallocated_red_working_days: int = 7
    stalled_days: int = 14
    stalled_days_urgent: int = 7
    at_risk_days: int = 28
    update_every_days: int = 7
    hearing_points_days: int = 42
    deadline_window_days: int = 14
    conflict_years: int = 2
    # How far ahead an action may be moved.
    snooze_days: int = 28
    # How long a draft is kept.
    draft_days: int = 14
    # More than this many in one day is flagged in the access review.
    many_cases_a_day: int = 20
    many_identities_a_day: int = 5
    # Caseload limits, unless a lead changes them for somebody (docs/domain.md §4.4, a proposal).
    most_crisis_cases: int = 1
    most_active_cases: int = 3
    # A demanding case has this many points, a crisis or a hearing.
    heavy_points: int = 5
    heavy_window_days: int = 90
    cool_down_days: int = 14
    # So close to a hearing, rebalancing does not suggest handing a case over.
    hearing_keeps_days: int = 14


def limits_from(told: Mapping[str, object]) -> Limits:
    """The limits with the campaign's own numbers; the rest keep their defaults. Refuses unknown names and numbers below
    1."""
    known = {limit.name for limit in fields(Limits)}
    if unknown := sorted(set(told) - known):
        raise CommandRefused(f"[limits] has no setting called {', '.join(unknown)}.")
    return Limits(**{name: _whole(name, value) for name, value in told.items()})


def _whole(name: str, value: object) -> int:
    text = str(value)
    if not text.isdecimal() or int(text) < 1:
        raise CommandRefused(f"limits.{name} must be a whole number, 1 or more.")
    return int(text)
