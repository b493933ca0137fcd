"""Six invented stories told with the commands that people use: every event has a place that is not a note, and stands
on the case for whoever reads it."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from db import clock
from db.access import viewer_of
from db.choices import EntryKind, Whose
from db.demo.replayed import replay
from db.demo.timelines import TIMELINES, Began, Came, Event, Found, Met, Reached, Timeline, Touched, Was
from db.models import CaseFact, CaseProcess, Deadline, Entry, Finding, ProcessEvent, ProcessOutcome
from db.queries.facts import case_facts
from db.queries.links import linked
from db.queries.pathways import pathways
from db.rules.facts import FactKind
from tests.db.helpers import rows, the_case
from tests.factories import Casework


@dataclass(frozen=True)
class Told:
    casework: Casework
    references: dict[str, str]

    def case_id(self, name: str) -> int:
        return the_case(self.casework, self.references[name]).id


def test_each_event_has_its_place_and_is_told_to_whoever_reads_the_case(casework: Casework) -> None:
    """All at once, as telling them takes most of the time."""
    told = tell(casework)
    for timeline in TIMELINES:
        has_places(told, timeline)
        is_told(told, timeline)
        has_missed_nothing(told, timeline)
    detriments_follow_concerns(told)
    what_was_reversed_goes_on(told)


def tell(casework: Casework) -> Told:
    with casework.database.write() as session:
        references = replay(session, actor_id=casework.lead, bodies={"employer": casework.other_body})
    return Told(casework, references)


T = TypeVar("T", bound=Event)


def of(timeline: Timeline, kind: type[T]) -> list[T]:
    return [event for event in timeline.events if isinstance(event, kind)]


def day_of(ago: int) -> date:
    return clock.today() - timedelta(days=ago)


def has_places(told: Told, timeline: Timeline) -> None:
    """None of them a note."""
    database, case_id = told.casework.database, told.case_id(timeline.name)
    processes = {row.id: row.process for row in rows(database, CaseProcess, case_id=case_id)}
    assert Counter(processes.values()) == Counter(event.process for event in of(timeline, Began))

    stages = [(row.stage, row.since) for row in rows(database, ProcessEvent) if row.case_process_id in processes]
    expected = [(event.stage, day_of(event.ago)) for event in timeline.events if isinstance(event, Began | Reached)]
    # An outcome that sends a matter back, or reopens it, needs no stage; each stage told is there on its day.
    assert Counter(expected) - Counter(stages) == Counter()

    outcomes = [(row.outcome, row.happened_on) for row in rows(database, ProcessOutcome, case_id=case_id)]
    assert outcomes == [(event.outcome, day_of(event.ago)) for event in of(timeline, Came)]

    facts = [(row.kind, row.code, row.took_place_on) for row in rows(database, CaseFact, case_id=case_id)]
    was: list[tuple[FactKind, str | None, date | None]] = [
        (event.kind, event.code, day_of(event.ago)) for event in of(timeline, Was)
    ]
    was += [(FactKind.GROUND, event.ground, None) for event in of(timeline, Touched)]
    assert Counter(facts) == Counter(was)

    findings = [row.code for row in rows(database, Finding, case_id=case_id)]
    assert findings == [event.code for event in of(timeline, Found)]
    assert rows(database, Entry, case_id=case_id, kind=EntryKind.NOTE) == []


def is_told(told: Told, timeline: Timeline) -> None:
    reference = told.references[timeline.name]
    with told.casework.database.read() as session:
        viewer = viewer_of(session, told.casework.lead)
        shown = pathways(session, viewer, reference)
        facts = case_facts(session, viewer, reference)
        links = linked(session, viewer, reference)
    assert sorted(outcome.outcome for row in shown for outcome in row.outcomes) == sorted(
        event.outcome for event in of(timeline, Came)
    )
    assert len(facts.standing) == len(of(timeline, Was)) + len(of(timeline, Touched))
    own = {(told.references[other], kind) for other, kind in timeline.links}
    assert own <= {(link.reference, link.kind) for link in links}


def detriments_follow_concerns(told: Told) -> None:
    facts = rows(told.casework.database, CaseFact, case_id=told.case_id("trainee"))
    concerns = {row.number: row.took_place_on for row in facts if row.kind is FactKind.CONCERN}
    pairs = [(concerns[row.after], row.took_place_on) for row in facts if row.kind is FactKind.DETRIMENT]
    assert len(pairs) == 2
    assert all(raised < suffered for raised, suffered in pairs)


def what_was_reversed_goes_on(told: Told) -> None:
    """Won, reversed, sent back: the claim is open again, at the tribunal it came from."""
    case_id = told.case_id("regulator")
    claim = next(row for row in rows(told.casework.database, CaseProcess, case_id=case_id) if row.process == "ET")
    assert (claim.stage, claim.ended_on) == ("REMITTED", None)
    changed = [(row.outcome, row.changes) for row in rows(told.casework.database, ProcessOutcome, case_id=case_id)]
    assert changed[1:] == [("WON", None), ("REVERSED", 1), ("SENT-BACK", 2)]


def has_missed_nothing(told: Told, timeline: Timeline) -> None:
    """What was done in time does not read as missed."""
    missed = [
        row.name
        for row in rows(told.casework.database, Deadline, case_id=told.case_id(timeline.name))
        if row.whose is Whose.OURS and row.met_on is None and row.lapsed_on is None and row.due_on < clock.today()
    ]
    assert missed == []


def test_every_kind_of_event_is_told_somewhere() -> None:
    kinds = {type(event) for timeline in TIMELINES for event in timeline.events}
    assert kinds == {Began, Reached, Came, Met, Was, Touched, Found}
