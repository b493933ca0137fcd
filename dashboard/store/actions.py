"""The lists of actions."""

from dashboard.store import reads
from db import clock
from db.queries import actions as action_queries
from db.queries.actions import ActionFilters, ActionPage, CaseActions
from db.queries.session import Person


def action_list(person: Person, filters: ActionFilters) -> ActionPage:
    return reads.fresh(action_queries.action_list, person.key, filters, clock.today())


def case_actions(person: Person, reference: str) -> CaseActions:
    """Refuses with NotFound anybody who may not read the case in full."""
    return reads.fresh(action_queries.case_actions, person.key, reference, clock.today())


def action_takers(person: Person, reference: str, action_id: int) -> dict[int, str]:
    """{id: name} of those it may be offered to. Refuses where the offer itself would."""
    return reads.fresh(action_queries.action_takers, person.key, reference, action_id)
