"""Who looked at what: never cached, because looking does not raise the revision."""

import pandas as pd

from dashboard.settings import settings
from dashboard.store.core import database
from db.access import Viewer
from db.choices import HistoryKind
from db.queries import access_review as access_queries
from db.queries.access_review import Period
from db.queries.case_history import Happening, case_history
from db.queries.session import Person


def history(person: Person, reference: str, kinds: tuple[HistoryKind, ...], shown: int) -> list[Happening]:
    viewer = Viewer(id=person.id, role=person.role)
    with database().read() as session:
        return case_history(session, viewer, reference, kinds, shown)


def access_review(person: Person, period: Period) -> pd.DataFrame:
    """One row for each person."""
    viewer = Viewer(id=person.id, role=person.role)
    with database().read() as session:
        return access_queries.access_review(session, viewer, period, settings().limits)


def access_lines(
    person: Person, volunteer_id: int, period: Period, *, only_unusual: bool, shown: int
) -> list[access_queries.Look]:
    viewer, limits = Viewer(id=person.id, role=person.role), settings().limits
    with database().read() as session:
        return access_queries.access_lines(
            session, viewer, volunteer_id, period, limits, only_unusual=only_unusual, shown=shown
        )
