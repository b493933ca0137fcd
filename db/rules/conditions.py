"""Derived conditions of a case (docs/domain.md §4.2): each one function of the card, the day and the limits.

`db/queries/conditions.py` says the same in SQL for lists and counts; a property test holds them together.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from db import clock
from db.choices import Condition
from db.rules.limits import Limits


@dataclass(frozen=True)
class Card:
    """The projections a condition looks at (all days are London days)."""

    is_open: bool
    has_lead: bool
    urgent: bool
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
    """Every condition that holds today. A closed case has none."""
    if not card.is_open:
        return frozenset()
    holds = {
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
    return _last_day(card.substantive_at, card.opened_on) < today - timedelta(days=days)


def _before(day: date | None, today: date) -> bool:
    return day is not None and day < today


def _within(day: date | None, today: date, days: int) -> bool:
    """Missed dates are not at risk any more: they are missed, and shown as that."""
    return day is not None and today <= day <= today + timedelta(days=days)


def _last_day(moment: datetime | None, otherwise: date) -> date:
    return otherwise if moment is None else clock.london_day(moment)
