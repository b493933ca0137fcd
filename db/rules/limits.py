"""The numbers behind the derived conditions, in one place so that the campaign can change them.

They are the campaign's own choices, not law: statutory limits live in the time rules.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from db.errors import CommandRefused

# What the tables hold, whatever the settings say: lengths in characters, and the most a lead may set for one person.
NAME_LENGTH = 200
REASON_LENGTH = 500
VIEW_NAME_LENGTH = 60
MOST_PLEDGED_HOURS = 60
MOST_CRISIS_CASES, MOST_ACTIVE_CASES, MOST_POINTS = 20, 50, 200


@dataclass(frozen=True)
class Limits:
    """Days unless the name says otherwise."""

    unallocated_amber_working_days: int = 3
    unallocated_red_working_days: int = 7
    stalled_days: int = 14
    stalled_days_urgent: int = 7
    at_risk_days: int = 28
    update_every_days: int = 7
    hearing_points_days: int = 42
    deadline_window_days: int = 14
    conflict_years: int = 2
    # An action due within these is shown on Home.
    action_window_days: int = 7
    # How far ahead an action may be moved.
    snooze_days: int = 28
    # How long words that nobody saved are kept for whoever typed them.
    draft_days: int = 14
    # How many in one day are more than a day's work asks for: what an access review then points at.
    many_cases_a_day: int = 20
    many_identities_a_day: int = 5
    # What one person carries until a lead raises it for them (docs/domain.md §4.4, a proposal).
    most_crisis_cases: int = 1
    most_active_cases: int = 3
    # A case that weighs on whoever carries it: this many points, a crisis, or a hearing.
    heavy_points: int = 5
    heavy_window_days: int = 90
    cool_down_days: int = 14
    # So near to a hearing a case changes hands no more.
    hearing_keeps_days: int = 14


def limits_from(told: Mapping[str, object]) -> Limits:
    """The campaign's own numbers; what it does not name stays as it is. Refuses unknown names and what is below 1."""
    known = {limit.name for limit in fields(Limits)}
    if unknown := sorted(set(told) - known):
        raise CommandRefused(f"[limits] has no number called {', '.join(unknown)}.")
    return Limits(**{name: _whole(name, value) for name, value in told.items()})


def _whole(name: str, value: object) -> int:
    text = str(value)
    if not text.isdecimal() or int(text) < 1:
        raise CommandRefused(f"limits.{name} must be a whole number, 1 or more.")
    return int(text)
