"""Patterns beside the heatmap of findings: what is emerging, what was examined, and groups of doctors."""

from sqlalchemy.orm import Session

from dashboard.store.reads import fresh
from db import clock
from db.access import Viewer
from db.choices import Befallen, Dimension, GroupBy, Role
from db.queries import emerging as emerging_queries
from db.queries import examined as examined_queries
from db.queries import groups as group_queries
from db.queries import published as published_queries
from db.queries.emerging import Emerging
from db.queries.examined import ExaminedThere
from db.queries.groups import Groups
from db.queries.heatmap import Heatmap
from db.queries.heatmap_cases import CasesBehind
from db.queries.published import Published
from db.queries.session import Person


def emerging(person: Person) -> Emerging:
    """Counted again only after a change that can move it, and each day."""
    return fresh(emerging_queries.emerging, person.patterns_key, clock.today())


def examined(person: Person) -> Heatmap:
    """For leads: exact. Facts change no heatmap of findings, so it goes by the record's own revision."""
    return fresh(examined_queries.examined, person.key)


def examined_cases(person: Person, condition: str, examiner: str) -> CasesBehind:
    return fresh(examined_queries.examined_cases, person.key, condition, examiner, clock.today())


def organisation_examined(person: Person, code: str) -> ExaminedThere:
    """Refuses with NotFound, as the organisation's page does."""
    return fresh(examined_queries.organisation_examined, person.key, code)


def befallen(person: Person, kind: Befallen) -> dict[str, str]:
    """{code: words}: the same for everybody, and unchanged until the next version starts."""
    return fresh(_befallen, (0, Role.OBSERVER.value, person.database, 0), kind)


def _befallen(session: Session, _viewer: Viewer, kind: Befallen) -> dict[str, str]:
    return group_queries.befallen(session, kind)


def groups(person: Person, by: GroupBy, kind: Befallen, code: str) -> Groups:
    """For leads. Refuses with NotFound a code that is not on the list."""
    return fresh(group_queries.groups, person.key, by, kind, code)


def published_elsewhere(person: Person, dimension: Dimension) -> Published | None:
    """What others published, by region or kind of organisation."""
    return fresh(published_queries.published, person.key, dimension)
