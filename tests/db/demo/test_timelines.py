"""Six invented stories told with the commands that people use: every event has a place that is not a note, and stands
on the case for whoever reads it."""

from collections import Counter
from dataclasses import dataclass

import pytest

from db import clock
from db.access import viewer_of
from db.choices import EntryKind, Whose
from db.demo.replayed import replay
from db.demo.timelines import TIMELINES, Began, Came, Event, Found, Met, Reached, Timeline, Touched, Was
from db.engine import Database
from db.models import CaseFact, CaseProcess, Deadline, Entry, Finding, ProcessEvent, ProcessOutcome
from db.queries.facts import case_facts
from db.queries.links import linked
from db.queries.pathways import pathways
from db.rules.facts import FactKind
from tests.db.helpers import rows, the_case
from tests.factories import Casework

BY_NAME = {timeline.name: timeline for timeline in TIMELINES}
NAMES = sorted(BY_NAME)


@dataclass(frozen=True)
class Told:
    casework: Casework
    references: dict[str, str]

    def case_id(self, name: str) -> int:
        return the_case(self.casework, self.references[name]).id


@pytest.fixture
def told(casework: Casework) -> Told:
    with casework.database.write() as session:
        references = replay(session, actor_id=casework.lead, bodies={"employer": casework.other_body})
    return Told(casework, references)


def of(timeline: Timeline, kind: type[Event]) -> list[Event]:
    return [event for event in timeline.events if isinstance(event, kind)]
