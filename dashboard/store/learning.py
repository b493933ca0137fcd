"""What was learned, and the outputs that came of it, as this person may see them."""

from dashboard.store.core import public_id
from dashboard.store.reads import fresh
from db.errors import NotFound
from db.queries import learning as learning_queries
from db.queries import outputs as output_queries
from db.queries import series as series_queries
from db.queries.learning import Learned, LearnedPage, ReleasedFindings, ThemeExact
from db.queries.outputs import CaseResults, Lesson, OutputDetail, OutputLine, OutputsWaiting
from db.queries.series import Candidate, SeriesAnswer, StoryLine
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


def outputs(person: Person) -> tuple[OutputLine, ...]:
    return fresh(output_queries.outputs, person.key)


def published(person: Person) -> tuple[OutputLine, ...]:
    return fresh(output_queries.published, person.key)


def published_claims(person: Person, output_id: int) -> tuple[str, ...]:
    return fresh(output_queries.published_claims, person.key, output_id)


def output(person: Person, asked: str) -> OutputDetail:
    """By the public id. Refuses with NotFound an unknown one, and one that this person does not work on."""
    for line in outputs(person):
        if public_id("output", line.id) == asked:
            return output_of(person, line.id)
    raise NotFound("Not found. There is no such output.")


def output_of(person: Person, output_id: int) -> OutputDetail:
    """Refuses in the same way."""
    return fresh(output_queries.output_detail, person.key, output_id)


def lessons(person: Person) -> tuple[Lesson, ...]:
    return fresh(output_queries.lessons, person.key)


def outputs_waiting(person: Person) -> OutputsWaiting:
    """Their own, those to sign, withdrawals behind what was released, and stories to take down."""
    return fresh(output_queries.outputs_waiting, person.key)


def case_results(person: Person, reference: str) -> CaseResults:
    """Refuses with NotFound anybody who may not read the case in full."""
    return fresh(output_queries.case_results, person.key, reference)


def candidates(person: Person) -> tuple[Candidate, ...]:
    return fresh(series_queries.candidates, person.key)


def stories(person: Person) -> tuple[StoryLine, ...]:
    return fresh(series_queries.stories, person.key)


def series_consents(person: Person, reference: str) -> tuple[SeriesAnswer, ...]:
    """Refuses with NotFound anybody who may not read the case in full."""
    return fresh(series_queries.series_consents, person.key, reference)
