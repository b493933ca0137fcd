"""What was learned, as this person may see it."""

from dashboard.store.reads import fresh
from db.queries import learning as learning_queries
from db.queries.learning import Learned, LearnedPage, ReleasedFindings, ThemeExact
from db.queries.session import Person


def case_learnings(person: Person, reference: str) -> tuple[Learned, ...]:
    """Refuses with NotFound anybody who may not read the case in full."""
    return fresh(learning_queries.case_learnings, person.key, reference)


def learnings_to_agree(person: Person) -> tuple[Learned, ...]:
    return fresh(learning_queries.learnings_to_agree, person.key)


def learnings(person: Person, theme: str, page: int) -> LearnedPage:
    return fresh(learning_queries.learnings, person.key, theme, page)


def themes_exact(person: Person) -> tuple[ThemeExact, ...]:
    """For leads."""
    return fresh(learning_queries.themes_exact, person.key)


def released_findings(person: Person) -> ReleasedFindings | None:
    return fresh(learning_queries.released_findings, person.key)
