"""The processes of one case: their stages, and how fairly each was run."""

from dashboard.store.reads import fresh
from db import clock
from db.queries.checklists import Check
from db.queries.checklists import checklists as checklists_query
from db.queries.pathways import Pathway
from db.queries.pathways import pathways as pathways_query
from db.queries.session import Person


def pathways(person: Person, reference: str) -> list[Pathway]:
    """The processes of a case with what is recorded of their stages, in the order of `CaseDetail.processes`."""
    return fresh(pathways_query, person.key, reference)


def checklists(person: Person, reference: str) -> dict[int, list[Check]]:
    """{process of the case: its fairness questions, with their answers}."""
    return fresh(checklists_query, person.key, reference, clock.today())
