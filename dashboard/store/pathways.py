"""The processes of one case: their stages, and how fairly each was run; and who coded what was found."""

from dashboard.store.reads import fresh
from db import clock
from db.queries.checklists import Check
from db.queries.checklists import checklists as checklists_query
from db.queries.codings import CaseCodings
from db.queries.codings import case_codings as case_codings_query
from db.queries.codings import coders_to_ask as coders_to_ask_query
from db.queries.pathways import Pathway
from db.queries.pathways import pathways as pathways_query
from db.queries.session import Person


def pathways(person: Person, reference: str) -> list[Pathway]:
    """The processes of a case with what is recorded of their stages, in the order of `CaseDetail.processes`."""
    return fresh(pathways_query, person.key, reference)


def checklists(person: Person, reference: str) -> dict[int, list[Check]]:
    """{process of the case: its fairness questions, with their answers}."""
    return fresh(checklists_query, person.key, reference, clock.today())


def case_codings(person: Person, reference: str) -> CaseCodings:
    """Refuses with NotFound anybody who may not read the case in full."""
    return fresh(case_codings_query, person.key, reference)


def coders_to_ask(person: Person, reference: str) -> dict[int, str]:
    """{id: name} of those who may be asked to code the case a second time. Refuses in the same way."""
    return fresh(coders_to_ask_query, person.key, reference)
