"""What somebody may have meant whose search found nothing: a reference with one slip or a part of one, and
organisations whose name is spelt much like what was typed. Only what the same person would find by typing it."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from db.access import Viewer, full_cases
from db.case_reference import RANDOM_LENGTH, meant_by
from db.models import Case, CaseProcess
from db.queries.reference import find_bodies
from db.queries.search import Conditions
from db.rules.search_words import asked

MOST_REFERENCES, MOST_BODIES = 5, 3
# Of a reference: fewer characters are in too many.
LEAST_PART = 3
# The share of the typed words that the name of an organisation must have, weighted by how rare each is.
LEAST = 0.5


@dataclass(frozen=True)
class NearMatches:
    """Searches that find something: `references` of cases, and names of `bodies` in quotation marks, best first."""

    references: tuple[str, ...]
    bodies: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.references or self.bodies)


def near_matches(
    session: Session, viewer: Viewer, typed: str, *, on_card: Conditions, narrowed: Conditions
) -> NearMatches:
    """For a search that found nothing under these conditions (see `search.hits`)."""
    return NearMatches(
        references=tuple(dict.fromkeys(_references(session, typed, on_card)))[:MOST_REFERENCES],
        bodies=tuple(_bodies(session, viewer, typed, narrowed))[:MOST_BODIES],
    )


def _bodies(session: Session, viewer: Viewer, typed: str, narrowed: Conditions) -> list[str]:
    bodies = find_bodies(session, typed, least=LEAST)
    ids, conditions = [body.id for body in bodies], (*narrowed, full_cases(viewer))
    of_cases = select(Case.organisation_id).where(Case.organisation_id.in_(ids), *conditions)
    of_processes = select(CaseProcess.organisation_id).join(Case, Case.id == CaseProcess.case_id)
    of_processes = of_processes.where(CaseProcess.organisation_id.in_(ids), *conditions)
    found = set(session.scalars(union(of_cases, of_processes)))
    return [f"“{body.name}”" for body in bodies if body.id in found]


def _references(session: Session, typed: str, on_card: Conditions) -> Iterator[str]:
    question = asked(typed)
    query = select(Case.reference).where(*on_card).order_by(Case.id.desc()).limit(MOST_REFERENCES)
    if slips := meant_by(typed):
        yield from session.scalars(query.where(Case.reference.in_(slips)))
    if question.is_reference and LEAST_PART <= len(question.reference) <= RANDOM_LENGTH:
        yield from session.scalars(query.where(Case.reference.contains(question.reference)))
