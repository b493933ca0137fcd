"""Reads, cached by who looks, the revision of the data, the day and what is asked."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from dashboard.settings import settings
from dashboard.store import arrays, inboxes
from dashboard.store.cache import Cache
from dashboard.store.core import database
from db import clock
from db.access import Viewer
from db.choices import Condition, Role
from db.commands.looks import note_look
from db.queries import actions as action_queries
from db.queries import approvals as approval_queries
from db.queries import care as care_queries
from db.queries import case_detail as case_queries
from db.queries import handover as handover_queries
from db.queries import home as home_queries
from db.queries import matching as matching_queries
from db.queries import offers as offer_queries
from db.queries import people as people_queries
from db.queries import queue as queue_queries
from db.queries import reference as reference_queries
from db.queries import release_review as review_queries
from db.queries import release_standing as standing_queries
from db.queries import releases as release_queries
from db.queries import suggestions as suggestion_queries
from db.queries.case_detail import CaseDetail
from db.queries.checklists import checklists as checklists_query
from db.queries.documents import Paper
from db.queries.documents import documents as documents_query
from db.queries.handover import LeftBehind
from db.queries.heatmap import Heatmap, HeatmapFilters
from db.queries.heatmap_cases import CasesBehind
from db.queries.heatmap_cases import heatmap_cases as cases_behind
from db.queries.home import Attention
from db.queries.intake import likely_duplicates
from db.queries.my_cases import OwnCase
from db.queries.my_cases import my_cases as my_cases_query
from db.queries.pathways import pathways as pathways_query
from db.queries.people import PersonDetail
from db.queries.queue import QueueFilters, QueuePage
from db.queries.reference import Body, Reference
from db.queries.rule_changes import RuleChange
from db.queries.rule_changes import rule_changes as rule_changes_query
from db.queries.same_doctor import SameDoctor
from db.queries.same_doctor import same_doctor as same_doctor_query
from db.queries.session import Person
from db.queries.suggestions import Allocation
from db.queries.timeline import Line
from db.queries.timeline import timeline as timeline_query
from db.queries.trend import trend as trend_query
from db.queries.wall import FoundConflict, Wall, wall_of
from db.queries.wall import found_conflicts as found_conflicts_query


def _now() -> tuple[Any, ...]:
    """What else a read depends on: the day (conditions change at midnight) and the limits in force."""
    return clock.today(), settings().limits


CACHE = Cache()


def fresh(name: str, key: tuple[int, str, str, int], *args: Any) -> Any:
    def read() -> Any:
        viewer = Viewer(id=key[0], role=Role(key[1]))
        with database().read() as session:
            return _QUERIES[name](session, viewer, *args)

    return CACHE.get((name, key, clock.today(), args), read)


_QUERIES: dict[str, Callable[..., Any]] = {
    "actions": action_queries.action_list,
    "case_actions": action_queries.case_actions,
    "action_takers": action_queries.action_takers,
    "queue": queue_queries.case_queue,
    "counts": queue_queries.condition_counts,
    "caseworkers": reference_queries.caseworkers,
    "care": care_queries.care,
    "case": case_queries.case_detail,
    "timeline": timeline_query,
    "documents": documents_query,
    "offerable": offer_queries.offerable,
    "own_offers": offer_queries.own_offers,
    "bodies_to_answer": offer_queries.bodies_to_answer,
    "must_say": offer_queries.must_say,
    "cover_to_answer": lambda session, viewer, _today: offer_queries.cover_to_answer(session, viewer),
    "bodies_to_match": matching_queries.bodies_to_match,
    "pathways": pathways_query,
    "checklists": checklists_query,
    "wall": wall_of,
    "desk": approval_queries.desk,
    "found_conflicts": found_conflicts_query,
    "inbox": inboxes.inbox,
    "rule_changes": rule_changes_query,
    "same_doctor": same_doctor_query,
    "attention": home_queries.my_attention,
    "trend": trend_query,
    "totals": release_queries.released_totals,
    "signed": release_queries.signed_releases,
    "released": release_queries.released_heatmap,
    "standing": standing_queries.standing,
    "to_close": standing_queries.quarter_to_close,
    "left_out": standing_queries.left_out,
    "exact_beside": review_queries.exact_beside,
    "my_cases": my_cases_query,
    "heatmap": arrays.heatmap,
    "heatmap_cases": cases_behind,
    "allocation": suggestion_queries.allocation,
    "handovers": handover_queries.left_behind,
    "people": people_queries.people,
    "person": people_queries.person_detail,
    "reference": lambda session, _viewer: reference_queries.reference(session, clock.today()),
}


def queue(person: Person, filters: QueueFilters) -> QueuePage:
    page: QueuePage = fresh("queue", person.key, filters, *_now())
    return page


def condition_counts(person: Person) -> dict[Condition, int]:
    counts: dict[Condition, int] = fresh("counts", person.key, *_now())
    return counts


def care(person: Person) -> care_queries.Care:
    found: care_queries.Care = fresh("care", person.key, clock.today())
    return found


def case(person: Person, reference: str) -> CaseDetail:
    """Refuses with NotFound, the same for an unknown and a barred reference."""
    found: CaseDetail = fresh("case", person.key, reference, *_now())
    return found


def timeline(person: Person, reference: str, kinds: tuple[str, ...], shown: int) -> list[Line]:
    lines: list[Line] = fresh("timeline", person.key, reference, kinds, shown)
    return lines


def documents(person: Person, reference: str) -> list[Paper]:
    papers: list[Paper] = fresh("documents", person.key, reference)
    return papers


def attention(person: Person) -> list[Attention]:
    lines: list[Attention] = fresh("attention", person.key, *_now())
    return lines


def trend(person: Person) -> pd.DataFrame:
    weeks: pd.DataFrame = fresh("trend", person.patterns_key, clock.today())
    return weeks


def my_cases(person: Person) -> list[OwnCase]:
    cases: list[OwnCase] = fresh("my_cases", person.key, *_now())
    return cases


def duplicates(person: Person, contact: str, organisation_id: int | None, processes: tuple[str, ...]) -> list[str]:
    """Not cached: what is typed must not be kept. Each look is logged; refuses whoever looks too often."""
    viewer = Viewer(id=person.id, role=person.role)
    with database().log() as session:
        note_look(session, actor_id=person.id)
        return likely_duplicates(session, viewer, contact, organisation_id, processes)


def offerable(person: Person, reference: str, *, place: bool = False) -> dict[int, str]:
    """{id: name} of those an action on this case, or a place, may be given to."""
    people: dict[int, str] = fresh("offerable", person.key, reference, place)
    return people


def same_doctor(person: Person, shown: int) -> SameDoctor:
    """For leads: pairs of cases that seem to be one doctor's, and what was answered."""
    found: SameDoctor = fresh("same_doctor", person.key, shown)
    return found


def wall(person: Person, reference: str) -> Wall:
    """Refuses with NotFound whoever may not read the case in full."""
    found: Wall = fresh("wall", person.key, reference, clock.today())
    return found


def found_conflicts(person: Person) -> list[FoundConflict]:
    found: list[FoundConflict] = fresh("found_conflicts", person.key)
    return found


def rule_changes(person: Person) -> list[RuleChange]:
    """For leads: open deadlines that a changed rule would move."""
    changes: list[RuleChange] = fresh("rule_changes", person.key)
    return changes


def caseworkers(person: Person) -> dict[int, str]:
    people: dict[int, str] = fresh("caseworkers", person.key)
    return people


def words(person: Person) -> Reference:
    """The reference lists: the same for everybody; only a new version brings new ones, and it starts anew."""
    found: Reference = fresh("reference", (0, Role.OBSERVER.value, person.database, 0))
    return found


def heatmap(person: Person, filters: HeatmapFilters) -> Heatmap:
    """Exact, for leads; counted again only after a commit that can move it."""
    table: Heatmap = fresh("heatmap", person.patterns_key, filters)
    return table


def heatmap_cases(person: Person, filters: HeatmapFilters, code: str, column: str) -> CasesBehind:
    """The cases behind a cell that this person may open."""
    found: CasesBehind = fresh("heatmap_cases", person.key, filters, code, column)
    return found


def allocation(person: Person) -> Allocation:
    found: Allocation = fresh("allocation", person.key, *_now())
    return found


def handovers(person: Person) -> list[LeftBehind]:
    """Places that people who have left still hold."""
    places: list[LeftBehind] = fresh("handovers", person.key, *_now())
    return places


def people(person: Person) -> pd.DataFrame:
    rows: pd.DataFrame = fresh("people", person.key, clock.today())
    return rows


def person_detail(person: Person, volunteer_id: int) -> PersonDetail:
    """Refuses with NotFound: oneself only, save for leads."""
    found: PersonDetail = fresh("person", person.key, volunteer_id, clock.today())
    return found


def find_bodies(words: str) -> list[Body]:
    with database().read() as session:
        return reference_queries.find_bodies(session, words)
