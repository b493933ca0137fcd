"""Reads of the processes of one case: their stages, and how fairly each was run."""

from dashboard.store.reads import fresh
from db import clock
from db.queries.checklists import Check
from db.queries.pathways import Pathway
from db.queries.session import Person


def pathways(person: Person, reference: str) -> list[Pathway]:
    """The processes of a case with what was told of their stages, in the order of `CaseDetail.processes`."""
    found: list[Pathway] = fresh("pathways", person.key, reference)
    return found


def checklists(person: Person, reference: str) -> dict[int, list[Check]]:
    """{process of the case: its questions of procedural fairness, with their answers}."""
    found: dict[int, list[Check]] = fresh("checklists", person.key, reference, clock.today())
    return found
