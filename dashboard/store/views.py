"""Saved views of the queue. All views of a person are counted in one statement."""

from dashboard.settings import settings
from dashboard.store.reads import fresh
from db import clock
from db.queries import views as view_queries
from db.queries.queue import view_counts as count_views
from db.queries.session import Person
from db.queries.views import View
from db.rules.queue_filters import QueueFilters


def saved_views(person: Person) -> list[View]:
    return fresh(view_queries.saved_views, person.key)


def view_counts(person: Person, views: tuple[QueueFilters, ...]) -> tuple[int, ...]:
    """How many cases this person sees in each."""
    return fresh(count_views, person.key, views, clock.today(), settings().limits)
