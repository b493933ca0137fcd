"""For leads: what is emerging."""

from dashboard.store.reads import fresh
from db import clock
from db.queries import emerging as emerging_queries
from db.queries.emerging import Emerging
from db.queries.session import Person


def emerging(person: Person) -> Emerging:
    """Counted again only after a change that can move it, and each day."""
    return fresh(emerging_queries.emerging, person.patterns_key, clock.today())
