"""The campaign's own numbers, in one place so that it can change them.

They are choices, not law: statutory limits are in the time rules.
"""

from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, PositiveInt
from pydantic.dataclasses import dataclass

# Read as text, or `true` would count as 1.
Whole = Annotated[PositiveInt, BeforeValidator(str)]

# What the tables hold, whatever the settings say: lengths in characters, and the most a lead may set for one person.
NAME_LENGTH = 200
REASON_LENGTH = 500
VIEW_NAME_LENGTH = 60
FORM_NAME_LENGTH = 80
MOST_PLEDGED_HOURS = 60
MOST_QUIET_DAYS = 7
MOST_CRISIS_CASES, MOST_ACTIVE_CASES, MOST_POINTS = 20, 50, 200


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Limits:
    """In days, unless the name says otherwise."""

    unallocated_amber_working_days: Whole = 3
    unallocated_red_working_days: Whole = 7
    stalled_days: Whole = 14
    stalled_days_urgent: Whole = 7
    at_risk_days: Whole = 28
    update_every_days: Whole = 7
    hearing_points_days: Whole = 42
    deadline_window_days: Whole = 14
    conflict_years: Whole = 2
    # An action due within these is shown on Home.
    action_window_days: Whole = 7
    # How far ahead an action may be moved.
    snooze_days: Whole = 28
    # How long a draft is kept.
    draft_days: Whole = 14
    # More than this many in one day is flagged in the access review.
    many_cases_a_day: Whole = 20
    many_identities_a_day: Whole = 5
    # Caseload limits, unless a lead changes them for somebody (docs/domain.md §4.4, a proposal).
    most_crisis_cases: Whole = 1
    most_active_cases: Whole = 3
    # A demanding case has this many points, a crisis or a hearing.
    heavy_points: Whole = 5
    heavy_window_days: Whole = 90
    cool_down_days: Whole = 14
    # So close to a hearing, rebalancing does not suggest handing a case over.
    hearing_keeps_days: Whole = 14
