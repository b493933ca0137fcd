"""Saved views and columns of the queue: read again only after a change, counted for one person in one statement."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from dashboard.settings import settings
from dashboard.store.core import database
from dashboard.store.reads import CACHE
from db import clock
from db.access import Viewer
from db.queries import views as view_queries
from db.queries.queue import view_counts as count_views
from db.queries.session import Person
from db.queries.views import View
from db.rules.queue_filters import QueueFilters


def _kept(name: str, person: Person, query: Callable[[Session, Viewer], Any], *asked: Any) -> Any:
    def read() -> Any:
        with database().read() as session:
            return query(session, Viewer(id=person.id, role=person.role))

    return CACHE.get((name, person.key, clock.today(), asked), read)


def saved_views(person: Person) -> list[View]:
    views: list[View] = _kept("saved_views", person, view_queries.saved_views)
    return views


def view_counts(person: Person, views: tuple[QueueFilters, ...]) -> tuple[int, ...]:
    """How many cases this person sees in each."""
    today, limits = clock.today(), settings().limits
    counts: tuple[int, ...] = _kept(
        "view_counts", person, lambda session, viewer: count_views(session, viewer, views, today, limits), views, limits
    )
    return counts


def chosen_columns(person: Person) -> tuple[str, ...]:
    columns: tuple[str, ...] = _kept("chosen_columns", person, view_queries.chosen_columns)
    return columns
