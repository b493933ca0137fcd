"""The conditions of a case (docs/domain.md §4.2), worked out from its card, the day and the limits.

`db/queries/conditions.py` does the same in SQL for lists and counts; a property test compares the two.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from db import clock
from db.choices import Condition
from db.rules.limits import Limits


@dataclass(frozen=True)
class Card:
    """The columns of the card that conditions depend on (all days are London days)."""

    is_open: bool
    has_lead: bool
    urgent: bool
    in_crisis: bool
    opened_on: date
    next_action_on: date | None = None
    ours_due_on: date | None = None
    body_due_on: date | None = None
    unplanned_due_on: date | None = None
    chase_on: date | None = None
    substantive_at: datetime | None = None
    update_at: datetime | None = None
    owner_away: bool = False


def conditions_of(card: Card, today: date, limits: Limits) -> frozenset[Condition]:
    """Every condition that applies today. A case that is not open has none."""
    if not card.is_open:
        return frozenset()
    holds = {
        Condition.CRISIS: card.in_crisis,
        Condition.UNALLOCATED: not card.has_lead,
        Condition.DEADLINE_MISSED: _before(card.ours_due_on, today),
        Condition.AT_RISK: _within(card.unplanned_due_on, today, limits.at_risk_days),
        Condition.BODY_IN_BREACH: _before(card.body_due_on, today),
        Condition.ACTION_OVERDUE: _before(card.next_action_on, today),
        Condition.UPDATE_OVERDUE: card.has_lead
        and _last_day(card.update_at, card.opened_on) < today - timedelta(days=limits.update_every_days),
        Condition.CHASE_DUE: card.chase_on is not None and card.chase_on <= today,
        Condition.AWAITING_OTHERS: card.chase_on is not None and card.chase_on > today,
        Condition.STALLED: _stalled(card, today, limits),
        Condition.OWNER_AWAY: card.has_lead and card.owner_away,
    }
    return frozenset(condition for condition, true in holds.items() if true)


def _stalled(card: Card, today: date, limits: Limits) -> bool:
    if card.chase_on is not None and card.chase_on > today:
        return False
    days = limits.stalled_days_urgent if card.urgent else limits.stalled_days
    return days_without_news(card.substantive_at, card.opened_on, today) > days


def days_without_news(substantive_at: datetime | None, opened_on: date, today: date) -> int:
    """Since anything happened on the case, or since it was opened."""
    return (today - _last_day(substantive_at, opened_on)).days


def _before(day: date | None, today: date) -> bool:
    return day is not None and day < today


def _within(day: date | None, today: date, days: int) -> bool:
    """A date that has passed is not at risk but missed, and shown as missed."""
    return day is not None and today <= day <= today + timedelta(days=days)


def _last_day(moment: datetime | None, otherwise: date) -> date:
    return otherwise if moment is None else clock.london_day(moment)
