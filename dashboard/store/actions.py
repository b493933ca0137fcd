"""Actions: the lists, and the commands that change them."""

import functools
from typing import Any

from sqlalchemy.orm import Session

from dashboard.settings import settings
from dashboard.store import reads
from db import clock
from db.commands import actions
from db.commands.action_offers import answer_action_offer, offer_action, take_back_action
from db.commands.actions import add_action, finish_action
from db.queries.actions import ActionFilters, ActionPage, ActionRow, CaseActions
from db.queries.session import Person

__all__ = [
    "ActionFilters",
    "ActionPage",
    "ActionRow",
    "CaseActions",
    "action_list",
    "action_takers",
    "add_action",
    "answer_action_offer",
    "case_actions",
    "finish_action",
    "offer_action",
    "snooze_action",
    "take_back_action",
]


def action_list(person: Person, filters: ActionFilters) -> ActionPage:
    page: ActionPage = reads.fresh("actions", person.key, filters, clock.today())
    return page


def case_actions(person: Person, reference: str) -> CaseActions:
    """Refuses with NotFound whoever may not read the case in full."""
    found: CaseActions = reads.fresh("case_actions", person.key, reference, clock.today())
    return found


def action_takers(person: Person, reference: str, action_id: int) -> dict[int, str]:
    """{id: name} of those it may be offered to. Refuses as the offer itself does."""
    people: dict[int, str] = reads.fresh("action_takers", person.key, reference, action_id)
    return people


@functools.wraps(actions.snooze_action)
def snooze_action(session: Session, **fields: Any) -> None:
    """The command, with how far ahead the campaign lets an action be moved."""
    actions.snooze_action(session, **({"most_days": settings().limits.snooze_days} | fields))
