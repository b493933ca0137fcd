"""Reads, cached by viewer, revision, day and arguments."""

from collections.abc import Callable
from datetime import date
from typing import Concatenate, ParamSpec, TypeVar

import pandas as pd
from sqlalchemy.orm import Session

from dashboard.settings import settings
from dashboard.store import arrays
from dashboard.store.cache import Cache
from dashboard.store.core import database
from dashboard.store.writes import log_access
from db import clock
from db.access import Viewer
from db.choices import AuditAction, Condition, Role, TimelineKind
from db.commands.looks import note_look
from db.queries import care as care_queries
from db.queries import case_detail as case_queries
from db.queries import handover as handover_queries
from db.queries import home as home_queries
from db.queries import offers as offer_queries
from db.queries import people as people_queries
from db.queries import queue as queue_queries
from db.queries import reference as reference_queries
from db.queries.case_detail import CaseDetail
from db.queries.case_rows import CaseRow
from db.queries.case_rows import case_rows as case_rows_query
from db.queries.check_ins import CheckInKind
from db.queries.check_ins import check_in_kinds as check_in_kinds_query
from db.queries.corrections import Correctable
from db.queries.corrections import correctable as correctable_query
from db.queries.danger import Danger, in_danger
from db.queries.doctor_care import DoctorCare
from db.queries.doctor_care import doctor_care as doctor_care_query
from db.queries.facts import CaseFacts, case_facts
from db.queries.handover import LeftBehind
from db.queries.heatmap import Heatmap, HeatmapFilters
from db.queries.heatmap_cases import CasesBehind
from db.queries.heatmap_cases import heatmap_cases as cases_behind
from db.queries.home import Attention
from db.queries.intake import likely_duplicates
from db.queries.links import Linked
from db.queries.links import linked as linked_query
from db.queries.my_cases import OwnCase, count_my_cases, versions_of
from db.queries.my_cases import my_cases as my_cases_query
from db.queries.my_cases import own_case as own_case_query
from db.queries.near_matches import NearMatches
from db.queries.nights import NightPart, Nights
from db.queries.nights import last_night as last_night_query
from db.queries.nights import nights as nights_query
from db.queries.people import PersonDetail
from db.queries.queue import QueueFilters, QueuePage
from db.queries.reference import Body, Reference
from db.queries.rule_changes import RuleChange
from db.queries.rule_changes import rule_changes as rule_changes_query
from db.queries.safeguarding import safeguarding_lead as safeguarding_lead_query
from db.queries.same_doctor import SameDoctor
from db.queries.same_doctor import same_doctor as same_doctor_query
from db.queries.session import Person
from db.queries.suggestions import Allocation
from db.queries.timeline import Line
from db.queries.timeline import timeline as timeline_query
from db.queries.trend import trend as trend_query
from db.queries.used_tokens import Saves, saves_of
from db.queries.wall import AskedException, FoundConflict, Wall, wall_of
from db.queries.wall import asked_exceptions as asked_exceptions_query
from db.queries.wall import found_conflicts as found_conflicts_query
from db.rules.limits import Limits

P = ParamSpec("P")
R = TypeVar("R")
# What a person's reads depend on: id, role, database and revision.
Key = tuple[int, str, str, int]
CACHE = Cache()


def _now() -> tuple[date, Limits]:
    """What else a read depends on: the day, because conditions change at midnight, and the limits in force."""
    return clock.today(), settings().limits


def fresh(query: Callable[Concatenate[Session, Viewer, P], R], key: Key, *args: P.args, **kwargs: P.kwargs) -> R:
    """What a query returns, read again once the record has changed or the day is over."""

    def read() -> R:
        viewer = Viewer(id=key[0], role=Role(key[1]))
        with database().read() as session:
            return query(session, viewer, *args, **kwargs)

    answer: R = CACHE.get((query, key, clock.today(), args, *kwargs.items()), read)
    return answer


def queue(person: Person, filters: QueueFilters) -> QueuePage:
    """A page of the queue. Cases found by the doctor's name or contact are logged before they are shown."""
    page = fresh(queue_queries.case_queue, person.key, filters, *_now())
    if page.by_person:
        log_access(person, AuditAction.PERSON_SEARCH, once=filters.search)
    return page


def near_matches(person: Person, filters: QueueFilters) -> NearMatches:
    return fresh(queue_queries.near, person.key, filters, *_now())


def condition_counts(person: Person) -> dict[Condition, int]:
    return fresh(queue_queries.condition_counts, person.key, *_now())


def care(person: Person) -> care_queries.Care:
    return fresh(care_queries.care, person.key, clock.today())


def case(person: Person, reference: str) -> CaseDetail:
    """Refuses with NotFound, the same for an unknown and a barred reference."""
    return fresh(case_queries.case_detail, person.key, reference, *_now())


def timeline(person: Person, reference: str, kinds: tuple[TimelineKind, ...], shown: int) -> list[Line]:
    return fresh(timeline_query, person.key, reference, kinds, shown)


def correctable(person: Person, reference: str) -> Correctable:
    """Refuses with NotFound anybody who may not read the case in full."""
    return fresh(correctable_query, person.key, reference)


def condition_names(person: Person) -> dict[Condition, tuple[str, ...]]:
    """For leads: which cases meet a condition, where they are few."""
    counts = condition_counts(person)
    few = tuple(one for one, count in counts.items() if 0 < count <= home_queries.NAMED)
    return fresh(home_queries.names_of, person.key, few, *_now())


def danger(person: Person) -> Danger:
    return fresh(in_danger, person.key, clock.today())


def safeguarding_lead(person: Person) -> str | None:
    return fresh(safeguarding_lead_query, person.key, settings().safeguarding_lead)


def doctor_care(person: Person, reference: str) -> DoctorCare:
    """Refuses with NotFound anybody who may not read the case in full."""
    return fresh(doctor_care_query, person.key, reference)


def linked(person: Person, reference: str) -> tuple[Linked, ...]:
    """Refuses with NotFound anybody who may not read the case in full."""
    return fresh(linked_query, person.key, reference)


def facts(person: Person, reference: str) -> CaseFacts:
    """Refuses with NotFound anybody who may not read the case in full."""
    return fresh(case_facts, person.key, reference)


def check_in_kinds(person: Person) -> list[CheckInKind]:
    return fresh(check_in_kinds_query, person.key)


def attention(person: Person) -> list[Attention]:
    return fresh(home_queries.my_attention, person.key, *_now())


def trend(person: Person) -> pd.DataFrame:
    return fresh(trend_query, person.patterns_key, clock.today())


def my_cases(person: Person, page: int = 1) -> list[OwnCase]:
    return fresh(my_cases_query, person.key, *_now(), page)


def my_cases_total(person: Person) -> int:
    return fresh(count_my_cases, person.key)


def own_case(person: Person, reference: str) -> OwnCase | None:
    """One of this person's own open cases, as in their list."""
    return fresh(own_case_query, person.key, reference, *_now())


def own_versions(person: Person, references: tuple[str, ...]) -> dict[str, int]:
    """{reference: version} of those that are this person's own open cases."""
    return fresh(versions_of, person.key, references)


def case_rows(person: Person, references: tuple[str, ...]) -> tuple[CaseRow, ...]:
    """Those whose card this person may see, in the order given."""
    return fresh(case_rows_query, person.key, references, clock.today())


def duplicates(person: Person, contact: str, organisation_id: int | None, processes: tuple[str, ...]) -> list[str]:
    """Not cached, because what is typed must not be kept. Each look is logged. Refuses too many looks."""
    viewer = Viewer(id=person.id, role=person.role)
    with database().log() as session:
        note_look(session, actor_id=person.id)
        return likely_duplicates(session, viewer, contact, organisation_id, processes)


def offerable(person: Person, reference: str, *, place: bool = False) -> dict[int, str]:
    """{id: name} of those who may be given an action on this case or, with `place`, offered the case."""
    return fresh(offer_queries.offerable, person.key, reference, place)


def same_doctor(person: Person, shown: int) -> SameDoctor:
    """For leads: pairs of cases that may be one doctor's, and what was answered."""
    # Only what can move a count of doctors makes or ends a pair; at 100,000 cases it takes half a second.
    return fresh(same_doctor_query, person.patterns_key, shown)


def wall(person: Person, reference: str) -> Wall:
    """Refuses with NotFound anybody who may not read the case in full."""
    return fresh(wall_of, person.key, reference, clock.today())


def asked_exceptions(person: Person) -> list[AskedException]:
    """For leads: exceptions to the wall that wait for a second person."""
    return fresh(asked_exceptions_query, person.key, clock.today())


def found_conflicts(person: Person) -> list[FoundConflict]:
    return fresh(found_conflicts_query, person.key)


def nights(person: Person) -> Nights | None:
    """Looked up every ten minutes, and not after each change: nothing but the night moves it."""
    slot = int(clock.now().timestamp()) // 600
    return fresh(nights_query, (0, person.role.value, person.database, slot))


def last_night(person: Person) -> list[NightPart]:
    return fresh(last_night_query, person.key)


def rule_changes(person: Person) -> list[RuleChange]:
    """For leads: open deadlines that a changed rule would move."""
    return fresh(rule_changes_query, person.key)


def caseworkers(person: Person) -> dict[int, str]:
    return fresh(reference_queries.caseworkers, person.key)


def words(person: Person) -> Reference:
    """The reference lists: the same for everybody, and unchanged until the next version starts."""
    return fresh(_reference, (0, Role.OBSERVER.value, person.database, 0))


def _reference(session: Session, _viewer: Viewer) -> Reference:
    return reference_queries.reference(session, clock.today())


def heatmap(person: Person, filters: HeatmapFilters) -> Heatmap:
    """Exact, for leads; counted again only after a change that can affect it."""
    return fresh(arrays.heatmap, person.patterns_key, filters)


def heatmap_cases(
    person: Person, filters: HeatmapFilters, code: str, column: str, beside: tuple[str, ...]
) -> CasesBehind:
    """The cases behind a cell that this person may open; `beside` are the codes of all columns."""
    return fresh(cases_behind, person.key, filters, code, column, clock.today(), beside)


def allocation(person: Person) -> Allocation:
    return fresh(arrays.allocation, person.key, *_now())


def handovers(person: Person) -> list[LeftBehind]:
    """Cases that people who have left still hold."""
    return fresh(handover_queries.left_behind, person.key, *_now())


def people(person: Person) -> pd.DataFrame:
    return fresh(people_queries.people, person.key, clock.today())


def person_detail(person: Person, volunteer_id: int) -> PersonDetail:
    """Yourself, or for leads anybody. Refuses with NotFound."""
    return fresh(people_queries.person_detail, person.key, volunteer_id, clock.today())


def saves(person: Person) -> Saves:
    """This person's newest save of each form."""
    return fresh(saves_of, person.key)


def find_bodies(words: str) -> list[Body]:
    with database().read() as session:
        return reference_queries.find_bodies(session, words)
