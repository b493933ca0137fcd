"""The only bridge to `db/`: reads cached by viewer, revision and day; commands in one transaction each.

A rerun with nothing changed reads nothing but the session row. A change by anybody, in any process,
raises the revision, and the next rerun reads afresh: no time limit has to be guessed.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pandas as pd
import streamlit as st
from sqlalchemy.orm import Session

from dashboard.settings import settings
from db import clock
from db.access import Viewer
from db.choices import AuditAction, Condition, Role
from db.commands import access_log, accounts
from db.commands import people as people_commands
from db.commands.accounts import change_password
from db.commands.assignments import answer_offer, end_assignment, offer_case
from db.commands.consents import record_consent
from db.commands.deadlines import add_deadline, change_deadline
from db.commands.entries import add_entry
from db.commands.findings import add_finding
from db.commands.flags import clear_flag, raise_flag
from db.commands.handover import hand_over
from db.commands.identity import open_identity
from db.commands.open_case import Intake, open_case
from db.commands.people import (
    add_leave,
    add_volunteer,
    change_volunteer,
    deactivate,
    end_leave,
    reactivate,
    send_link,
    set_says_full,
)
from db.commands.processes import add_process, move_process
from db.commands.recusals import recuse
from db.commands.update_status import update_status
from db.commands.waiting import begin_waiting, end_waiting
from db.engine import Database, current_revision, make_engine
from db.errors import CommandRefused
from db.queries import case_detail as case_queries
from db.queries import heatmap as heatmap_queries
from db.queries import home as home_queries
from db.queries import people as people_queries
from db.queries import queue as queue_queries
from db.queries import reference as reference_queries
from db.queries import session as session_queries
from db.queries import suggestions as suggestion_queries
from db.queries.case_detail import CaseDetail
from db.queries.case_parts import Place
from db.queries.finding_arrays import FindingArrays
from db.queries.heatmap import Heatmap, HeatmapFilters
from db.queries.heatmap_cases import CasesBehind
from db.queries.heatmap_cases import heatmap_cases as cases_behind
from db.queries.heatmap_lines import Line as HeatmapLine
from db.queries.home import Attention, Totals
from db.queries.intake import likely_duplicates
from db.queries.offers import offerable as offerable_query
from db.queries.people import PersonDetail
from db.queries.queue import QueueFilters, QueuePage
from db.queries.reference import Body, Reference
from db.queries.session import Person
from db.queries.suggestions import Allocation, Suggestion
from db.queries.timeline import Line
from db.queries.timeline import timeline as timeline_query
from db.vault import Identity, Vault

__all__ = [
    "Allocation",
    "Attention",
    "Body",
    "CaseDetail",
    "CasesBehind",
    "Heatmap",
    "HeatmapFilters",
    "HeatmapLine",
    "Intake",
    "Line",
    "Person",
    "PersonDetail",
    "Place",
    "QueueFilters",
    "QueuePage",
    "Reference",
    "Suggestion",
    "add_deadline",
    "add_entry",
    "add_finding",
    "add_leave",
    "add_process",
    "add_volunteer",
    "answer_offer",
    "begin_waiting",
    "change_deadline",
    "change_password",
    "change_volunteer",
    "clear_flag",
    "deactivate",
    "end_assignment",
    "end_leave",
    "end_waiting",
    "hand_over",
    "move_process",
    "offer_case",
    "open_case",
    "open_identity",
    "raise_flag",
    "reactivate",
    "record_consent",
    "recuse",
    "send_link",
    "set_says_full",
    "update_status",
]

SAVED = "saved_forms"


def database() -> Database:
    return _database(settings().database_url)


@st.cache_resource(show_spinner=False)
def _database(url: str) -> Database:
    told = settings()
    return Database(make_engine(url), Vault(keys=told.identity_keys, hash_key=told.hash_key))


# Reads -----------------------------------------------------------------------------------------------------


def _now() -> tuple[Any, ...]:
    """What else a read depends on: the day (conditions change at midnight) and the limits in force."""
    return clock.today(), settings().limits


@st.cache_data(max_entries=600, show_spinner=False)
def _read(name: str, key: tuple[int, str, str, int], today: date, args: tuple[Any, ...]) -> Any:  # noqa: ARG001 - part of the key
    viewer = Viewer(id=key[0], role=Role(key[1]))
    with database().read() as session:
        return _QUERIES[name](session, viewer, *args)


def _fresh(name: str, key: tuple[int, str, str, int], *args: Any) -> Any:
    return _read(name, key, clock.today(), args)


@st.cache_resource(max_entries=4, show_spinner=False)
def _finding_arrays(database: str, patterns: int, coded_before: datetime | None, with_process: bool) -> FindingArrays:  # noqa: ARG001 - the revision is part of the key
    return FindingArrays(coded_before=coded_before, with_process=with_process)


def _heatmap(session: Session, viewer: Viewer, filters: HeatmapFilters) -> Heatmap:
    # The revision is read before the findings: arrays kept under it are never older than it.
    database, _, patterns = current_revision(session)
    arrays = _finding_arrays(database, patterns, heatmap_queries.coded_before(viewer), filters.needs_process)
    return heatmap_queries.heatmap(session, viewer, filters, arrays=arrays)


_QUERIES: dict[str, Callable[..., Any]] = {
    "queue": queue_queries.case_queue,
    "counts": queue_queries.condition_counts,
    "caseworkers": reference_queries.caseworkers,
    "case": case_queries.case_detail,
    "timeline": timeline_query,
    "offerable": offerable_query,
    "attention": home_queries.my_attention,
    "trend": home_queries.trend,
    "totals": home_queries.released_totals,
    "my_cases": home_queries.my_cases,
    "heatmap": _heatmap,
    "heatmap_cases": cases_behind,
    "allocation": suggestion_queries.allocation,
    "people": people_queries.people,
    "person": people_queries.person_detail,
    "reference": lambda session, _viewer: reference_queries.reference(session, clock.today()),
}


def queue(person: Person, filters: QueueFilters) -> QueuePage:
    page: QueuePage = _fresh("queue", person.key, filters, *_now())
    return page


def condition_counts(person: Person) -> dict[Condition, int]:
    counts: dict[Condition, int] = _fresh("counts", person.key, *_now())
    return counts


def case(person: Person, reference: str) -> CaseDetail:
    """Refuses with NotFound, the same for an unknown and a barred reference."""
    found: CaseDetail = _fresh("case", person.key, reference, *_now())
    return found


def timeline(person: Person, reference: str, kinds: tuple[str, ...], shown: int) -> list[Line]:
    lines: list[Line] = _fresh("timeline", person.key, reference, kinds, shown)
    return lines


def attention(person: Person) -> list[Attention]:
    lines: list[Attention] = _fresh("attention", person.key, *_now())
    return lines


def trend(person: Person) -> pd.DataFrame:
    weeks: pd.DataFrame = _fresh("trend", person.key, clock.today())
    return weeks


def totals(person: Person) -> Totals:
    released: Totals = _fresh("totals", person.key, clock.today())
    return released


def my_cases(person: Person) -> list[CaseDetail]:
    cases: list[CaseDetail] = _fresh("my_cases", person.key, *_now())
    return cases


def duplicates(person: Person, contact: str, organisation_id: int | None, processes: tuple[str, ...]) -> list[str]:
    """Not cached: what is typed must not be kept."""
    viewer = Viewer(id=person.id, role=person.role)
    with database().read() as session:
        return likely_duplicates(session, viewer, contact, organisation_id, processes)


def offerable(person: Person, reference: str) -> dict[int, str]:
    """{id: name} of those a place on this case may be offered to."""
    people: dict[int, str] = _fresh("offerable", person.key, reference)
    return people


def identity(person: Person, reference: str, reason: str) -> Identity:
    """Opens the doctor's identity, logs it, and keeps nothing of it."""
    with database().log() as session:
        return open_identity(session, actor_id=person.id, reference=reference, reason=reason)


def caseworkers(person: Person) -> dict[int, str]:
    people: dict[int, str] = _fresh("caseworkers", person.key)
    return people


def words(person: Person) -> Reference:
    """The reference lists: the same for everybody, and read again only when data changed them."""
    found: Reference = _fresh("reference", (0, Role.OBSERVER.value, person.database, person.patterns))
    return found


def heatmap(person: Person, filters: HeatmapFilters) -> Heatmap:
    """Released for all but leads; counted again only after a commit that can move it."""
    table: Heatmap = _fresh("heatmap", person.patterns_key, filters)
    return table


def heatmap_cases(person: Person, filters: HeatmapFilters, code: str, column: str) -> CasesBehind:
    """The cases behind a cell that this person may open."""
    found: CasesBehind = _fresh("heatmap_cases", person.key, filters, code, column)
    return found


def allocation(person: Person) -> Allocation:
    found: Allocation = _fresh("allocation", person.key, *_now())
    return found


def people(person: Person) -> pd.DataFrame:
    rows: pd.DataFrame = _fresh("people", person.key, clock.today())
    return rows


def person_detail(person: Person, volunteer_id: int) -> PersonDetail:
    """Refuses with NotFound: oneself only, save for leads."""
    found: PersonDetail = _fresh("person", person.key, volunteer_id, clock.today())
    return found


def find_bodies(words: str) -> list[Body]:
    with database().read() as session:
        return reference_queries.find_bodies(session, words)


# Writes ----------------------------------------------------------------------------------------------------


def write(person: Person, command: Callable[..., Any], *, once: str, **fields: Any) -> Any:
    """Runs one command in one transaction, once: a second click on the same form saves nothing more.

    `once` names the form as it was drawn. The session is checked again inside the transaction, because a
    form may be sent long after the page was drawn.
    """
    saved: dict[str, Any] = st.session_state.setdefault(SAVED, {})
    if once in saved:
        return saved[once]
    with database().write() as session:
        _still_signed_in(session, person)
        result = command(session, actor_id=person.id, **fields)
    saved[once] = result
    _refresh_person()
    return result


def _still_signed_in(session: Any, person: Person) -> None:
    token = st.session_state.get("sign_in_token")
    now = session_queries.person_of(session, token) if token else None
    if now is None or now.id != person.id:
        raise CommandRefused("You are signed out. Copy what you typed, then sign in again.")


def _refresh_person() -> None:
    """Lets reads later in this run see what was just written."""
    fresh = person_of(st.session_state["sign_in_token"])
    if fresh is not None:
        st.session_state["person"] = fresh


def log_access(person: Person, action: AuditAction, *, reference: str | None = None, once: str = "") -> None:
    """Logs a view or search, once per session for the same `once`."""
    seen: set[str] = st.session_state.setdefault("logged", set())
    mark = f"{action}:{reference}:{once}"
    if mark in seen:
        return
    with database().log() as session:
        access_log.log_access(session, actor_id=person.id, action=action, reference=reference)
    seen.add(mark)


def add_affiliation(session: Session, **fields: Any) -> None:
    """The command, with the years that an ended employment goes on barring."""
    people_commands.add_affiliation(session, conflict_years=settings().limits.conflict_years, **fields)


def end_affiliation(session: Session, **fields: Any) -> None:
    people_commands.end_affiliation(session, conflict_years=settings().limits.conflict_years, **fields)


# Accounts --------------------------------------------------------------------------------------------------


def person_of(token: str) -> Person | None:
    with database().read() as session:
        return session_queries.person_of(session, token)


def account_for_sign_in(username: str) -> tuple[int, str] | None:
    """Refuses while the name typed is slowed down; otherwise its account, if there is one."""
    with database().read() as session:
        accounts.check_throttle(session, username=username)
        return session_queries.account_of(session, username)


def note_failed_sign_in(username: str) -> None:
    with database().log() as session:
        accounts.note_failure(session, username=username)


def start_session(username: str, *, volunteer_id: int, device: str) -> str:
    with database().log() as session:
        accounts.forget_failures(session, username=username)
        return accounts.start_session(session, volunteer_id=volunteer_id, device=device, days=settings().session_days)


def note_seen(token: str) -> None:
    with database().log() as session:
        accounts.seen(session, token=token)


def end_session(person: Person, *, session_id: int | None = None, token: str = "") -> None:
    with database().log() as session:
        accounts.end_session(session, actor_id=person.id, session_id=session_id, token=token)


def live_sessions(person: Person) -> list[session_queries.LiveSession]:
    with database().read() as session:
        return session_queries.live_sessions(session, person.id)


def link_opens(token: str) -> tuple[bool, str | None]:
    with database().read() as session:
        return accounts.link_opens(session, token)


def use_link(token: str, *, password_hash: str, username: str = "", name: str = "") -> None:
    with database().write() as session:
        accounts.use_link(session, token=token, password_hash=password_hash, username=username, name=name)
