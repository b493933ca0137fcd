"""What a volunteer receives of a case they are not on: the card, and nothing that moves with anything else.

Two worlds differ in one thing a card does not have. Every filter, sort, page, count, column and list is read in both,
by somebody who may see the card and no more: they must not differ by a character.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db import clock
from db.access import CARD_CONDITIONS, CARD_FIELDS, Viewer
from db.card import refresh_card
from db.choices import (
    AssignmentRole,
    AssignmentStatus,
    Condition,
    Contact,
    DeadlineKind,
    Dimension,
    DoctorView,
    EntryKind,
    Evidence,
    Lack,
    QueueOrder,
    Representation,
    Role,
    Stage,
    Whose,
)
from db.errors import NotFound
from db.models import (
    Action,
    Assignment,
    Case,
    CaseGround,
    Deadline,
    Entry,
    Finding,
    Flag,
    Leave,
    MeetingMark,
    UpdateRequest,
    Volunteer,
    Waiting,
)
from db.queries.actions import ActionFilters, action_list
from db.queries.calendar import calendar_items
from db.queries.card_words import CARD_OF_CASE
from db.queries.case_detail import CaseDetail, case_detail
from db.queries.case_rows import ON_CARD, CaseRow
from db.queries.heatmap import HeatmapFilters
from db.queries.heatmap_cases import heatmap_cases
from db.queries.home import my_attention
from db.queries.inbox import inbox
from db.queries.my_cases import my_cases
from db.queries.queue import case_queue, condition_counts, view_counts
from db.queries.queue_narrowed import CARD_FILTERS
from db.queries.suggestions import allocation
from db.queries.timeline import timeline
from db.rules.actions import ActionDue, Whosever
from db.rules.limits import Limits
from db.rules.queue_filters import AGES, NO_LEAD, STATUSES, WINDOWS, QueueFilters
from tests.db.helpers import plain
from tests.factories import Casework, give_place, make_body, make_case, make_volunteer

TODAY, LIMITS = clock.today(), Limits()
PLAIN = QueueFilters()
LONG_AGO = clock.now() - timedelta(days=90)


@dataclass(frozen=True)
class World:
    """Three open cases: one of the volunteer's own, one that somebody else leads, one that nobody does."""

    work: Casework
    led: str
    waiting: str
    third: int


@pytest.fixture
def world(casework: Casework) -> World:
    with casework.database.write() as session:
        third = make_volunteer(session, "tess")
        own, waiting = (
            make_case(session, actor_id=casework.lead, body=casework.other_body, contact=f"{n}@example.org")
            for n in range(2)
        )
        give_place(session, lead=casework.lead, volunteer=casework.off_case, reference=own)
        for reference in (casework.reference, waiting):
            case_id = session.scalars(select(Case.id).where(Case.reference == reference)).one()
            # Long enough ago to be stalled and late, until somebody does something.
            session.execute(update(Case).where(Case.id == case_id).values(opened_on=LONG_AGO.date()))
            told: dict[str, Any] = {"case_id": case_id, "kind": DeadlineKind.STATUTORY, "name": "Appeal"}
            session.add(Deadline(due_on=TODAY + timedelta(days=5), whose=Whose.OURS, **told))
            session.add(Deadline(due_on=TODAY - timedelta(days=5), whose=Whose.BODY, **told))
            said = {"case_id": case_id, "code": "WB", "why": "So", "set_by_id": None}
            session.add(Flag(set_at=clock.now(), review_on=TODAY, **said))
            refresh_card(session, case_id)
    return World(casework, casework.reference, waiting, third)


def each_option(world: World) -> dict[str, list[Any]]:
    """By filter, all that it may be set to here; a filter that is new must be added."""
    work = world.work
    return {
        "search": ["rota", "concern", "excluded after", "LNB", world.led, world.waiting, "zebra"],
        "stages": [(stage,) for stage in Stage],
        "flags": [("WB",), ("CRISIS",), ("WB", "VISA")],
        "processes": [("MHPS",), ("GMC",)],
        "lead": [NO_LEAD, work.lead, work.on_case, work.off_case, work.in_conflict, world.third],
        "body_kinds": [("acute",), ("private",)],
        "regions": [("london",), ("wales",)],
        "grades": [("consultant",), ("fy1",), ("consultant", "fy1")],
        "specialty_groups": [("medicine",), ("surgery",)],
        "findings": [("U05",), ("P01",), ("U05", "P01")],
        "older_than_days": list(AGES),
        "deadline_within_days": list(WINDOWS),
        "condition": list(Condition),
        "for_meeting": [True],
        "lacks": list(Lack),
        "status": list(STATUSES),
        "page": [1, 2],
        "order": list(QueueOrder),
    }


def every_filter(world: World) -> tuple[QueueFilters, ...]:
    return tuple(replace(PLAIN, **{name: value}) for name, values in each_option(world).items() for value in values)


def seen(world: World, who: str) -> dict[str, Any]:
    """All that somebody receives of cases, list by list."""
    every = every_filter(world)
    with world.work.database.read() as session:
        viewer = _viewer(session, getattr(world.work, who))
        got: dict[str, Any] = {f"queue: {one}": case_queue(session, viewer, one, TODAY, LIMITS) for one in every}
        got["chips"] = condition_counts(session, viewer, TODAY, LIMITS)
        # As many as a sidebar has: each filter alone is counted by its own queue already.
        got["views"] = view_counts(session, viewer, every[-1:] + every[20:40:3], TODAY, LIMITS)
        for reference in (world.led, world.waiting):
            got[f"case {reference}"] = _case(session, viewer, reference)
            got[f"timeline {reference}"] = timeline(session, viewer, reference, (), 50)
        found = allocation(session, viewer, TODAY, LIMITS)
        got["unallocated"] = (found.unallocated, found.total)
        got["proposed"] = (found.suggestions, found.rebalancing)
        for filters in _each_action_filter(world):
            got[f"actions: {filters}"] = action_list(session, viewer, filters, TODAY)
        got["my cases"] = my_cases(session, viewer, TODAY, LIMITS)
        got["attention"] = my_attention(session, viewer, TODAY, LIMITS)
        got["calendar"] = calendar_items(session, viewer)
        got["inbox"] = inbox(session, viewer, 0)
        for code in ("U05", "P01"):
            behind = HeatmapFilters(dimension=Dimension.REGION)
            got[f"behind {code}"] = heatmap_cases(session, viewer, behind, code, "london", TODAY)
    return {name: plain(value) for name, value in got.items()}


def seen_of_one_case(world: World, who: str, reference: str) -> dict[str, Any]:
    """Enough to tell whether anything of this case moved for somebody who reads it in full."""
    with world.work.database.read() as session:
        viewer = _viewer(session, getattr(world.work, who))
        version = session.execute(select(Case.version, Case.updated_at).where(Case.reference == reference)).one()
        got: dict[str, Any] = {
            "queue": case_queue(session, viewer, PLAIN, TODAY, LIMITS),
            "chips": condition_counts(session, viewer, TODAY, LIMITS),
            "case": case_detail(session, viewer, reference, TODAY, LIMITS),
            "timeline": timeline(session, viewer, reference, (), 50),
            "unallocated": allocation(session, viewer, TODAY, LIMITS).unallocated,
            "version": tuple(version),
        }
    return {name: plain(value) for name, value in got.items()}


def _each_action_filter(world: World) -> list[ActionFilters]:
    """Each filter alone, among the actions of each."""
    alone: tuple[dict[str, Any], ...] = (
        {},
        {"owner": world.work.on_case},
        {"owner": world.third},
        {"due": ActionDue.LATE},
        {"stages": (Stage.NEW,)},
    )
    return [ActionFilters(whose=whose, **narrowed) for whose in Whosever for narrowed in alone]


def _viewer(session: Session, person: int) -> Viewer:
    return Viewer(person, Role(session.get_one(Volunteer, person).role))


def _case(session: Session, viewer: Viewer, reference: str) -> CaseDetail | None:
    try:
        return case_detail(session, viewer, reference, TODAY, LIMITS)
    except NotFound:
        return None


Change = Callable[[Session, World, int], object]


def _columns(**values: Any) -> Change:
    return lambda session, _world, case_id: session.execute(update(Case).where(Case.id == case_id).values(values))


def _another_body(session: Session, _world: World, case_id: int) -> None:
    session.execute(update(Case).where(Case.id == case_id).values(organisation_id=make_body(session, "EX777")))


def _entry(**values: Any) -> Change:
    def change(session: Session, world: World, case_id: int) -> None:
        told = {"case_id": case_id, "at": clock.now(), "recorded_at": clock.now(), "author_id": world.work.lead}
        session.add(Entry(text="Words", **(told | values)))

    return change


def _finding(session: Session, world: World, case_id: int) -> None:
    told = {"case_id": case_id, "evidence": Evidence.FOUND, "quarter": "2025Q1", "note": "Words"}
    session.add(
        Finding(code="U05", coded_by_id=world.work.lead, coded_at=clock.now(), doctor_view=DoctorView.AGREES, **told)
    )


def _other_lead(session: Session, world: World, case_id: int) -> None:
    led = (Assignment.case_id == case_id, Assignment.role == AssignmentRole.LEAD)
    session.execute(update(Assignment).where(*led).values(volunteer_id=world.third))


def _place(role: AssignmentRole, status: AssignmentStatus) -> Change:
    def change(session: Session, _world: World, case_id: int) -> None:
        answered = clock.now() if status is AssignmentStatus.ACCEPTED else None
        who = make_volunteer(session, f"{role}-{status}-of-{case_id}")
        told = {"case_id": case_id, "volunteer_id": who, "role": role, "status": status}
        session.add(Assignment(offered_at=clock.now(), answered_at=answered, reason="Words", **told))

    return change


def _actions(**values: Any) -> Change:
    return lambda session, _world, case_id: session.execute(
        update(Action).where(Action.case_id == case_id).values(values)
    )


def _waiting_until(days: int) -> Change:
    def change(session: Session, _world: World, case_id: int) -> None:
        then = TODAY + timedelta(days=days)
        session.add(Waiting(case_id=case_id, on_whom="HR", since=TODAY - timedelta(days=30), chase_on=then))

    return change


def _deadlines(**values: Any) -> Change:
    return lambda session, _world, case_id: session.execute(
        update(Deadline).where(Deadline.case_id == case_id).values(values)
    )


def _flags(**values: Any) -> Change:
    return lambda session, _world, case_id: session.execute(update(Flag).where(Flag.case_id == case_id).values(values))


def _lead_away(session: Session, world: World, _case_id: int) -> None:
    session.add(Leave(volunteer_id=world.work.on_case, starts_on=TODAY, ends_on=TODAY + timedelta(days=3)))


def _for_the_meeting(session: Session, world: World, case_id: int) -> None:
    session.add(MeetingMark(case_id=case_id, why="Words", marked_by_id=world.work.lead, marked_at=clock.now()))


def _asked(session: Session, world: World, case_id: int) -> None:
    told = {"case_id": case_id, "asked_by_id": world.work.lead, "asked_at": clock.now()}
    session.add(UpdateRequest(note="Words", **told))


def _ground(session: Session, _world: World, case_id: int) -> None:
    session.add(CaseGround(case_id=case_id, ground="race"))


# What a card does not have, each as a change that a lead (or the team) sees.
NOT_ON_A_CARD: dict[str, Change] = {
    "grade": _columns(grade="fy1"),
    "specialty group": _columns(specialty_group="surgery"),
    "summary": _columns(summary="A zebra on the ward."),
    "body": _another_body,
    "points by hand": _columns(points_override=9),
    "what weighs": _columns(large_bundle=True, weekly_contact=True, representation=Representation.NONE),
    "version": _columns(version=40),
    "who changed it last": _columns(updated_at=LONG_AGO),
    "finding": _finding,
    "ground": _ground,
    "lead away": _lead_away,
    "lead": _other_lead,
    "second": _place(AssignmentRole.SECOND, AssignmentStatus.ACCEPTED),
    "interim contact": _place(AssignmentRole.INTERIM, AssignmentStatus.ACCEPTED),
    "offer": _place(AssignmentRole.LEAD, AssignmentStatus.OFFERED),
    "action": _actions(text="Ring the zebra"),
    "action late": _actions(due_on=TODAY - timedelta(days=9)),
    "doctor reached": _entry(kind=EntryKind.CONTACT, contact=Contact.REACHED),
    "note": _entry(kind=EntryKind.NOTE),
    "update": _entry(kind=EntryKind.UPDATE, contact=Contact.REACHED),
    "awaiting others": _waiting_until(9),
    "chase due": _waiting_until(-1),
    "plan of a deadline": _deadlines(plan="Counsel drafts it"),
    "words of a deadline": _deadlines(name="Ring the zebra"),
    "why a flag": _flags(why="A zebra"),
    "review of a flag": _flags(review_on=TODAY + timedelta(days=9)),
    "when a flag": _flags(set_at=LONG_AGO),
    "for the meeting": _for_the_meeting,
    "update asked for": _asked,
}
OF_A_LEAD = {"lead", "lead away"}
# What hides what another changes comes later; the rest at once, as each answer of the volunteer takes its time.
LATER = ("update", "awaiting others", "chase due")
IN_TURN = (tuple(name for name in NOT_ON_A_CARD if name not in LATER), *((name,) for name in LATER))


def change(world: World, name: str, reference: str) -> None:
    with world.work.database.write() as session:
        case_id = session.scalars(select(Case.id).where(Case.reference == reference)).one()
        NOT_ON_A_CARD[name](session, world, case_id)
        refresh_card(session, case_id)


def moved(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [name for name in before if before[name] != after[name]]


@pytest.mark.parametrize("led", [True, False])
def test_nothing_a_card_lacks_moves_anything_that_others_receive(world: World, led: bool) -> None:
    """Whatever changes, the volunteer must receive what they did before, and a lead must not."""
    reference = world.led if led else world.waiting
    before, lead_before = seen(world, "off_case"), seen_of_one_case(world, "lead", reference)
    for together in IN_TURN:
        for name in together:
            if led or name not in OF_A_LEAD:
                change(world, name, reference)
                lead_after = seen_of_one_case(world, "lead", reference)
                # Else the attack would be none.
                assert moved(lead_before, lead_after), name
                lead_before = lead_after
        after = seen(world, "off_case")
        assert {name: (before[name], after[name]) for name in moved(before, after)} == {}, together


def test_what_a_card_has_is_found_and_counted_for_everybody(world: World) -> None:
    """The list must not be kept by showing nothing."""
    with world.work.database.read() as session:
        viewer = Viewer(world.work.off_case, Role.VOLUNTEER)

        def found(**filters: Any) -> set[str]:
            rows = case_queue(session, viewer, replace(PLAIN, **filters), TODAY, LIMITS).rows
            return {row.reference for row in rows}

        assert found(flags=("WB",)) == {world.led, world.waiting}
        assert found(lead=NO_LEAD) == found(condition=Condition.UNALLOCATED) == {world.waiting}
        assert found(deadline_within_days=7) == {world.led, world.waiting}
        assert found(search=world.led) == {world.led}
        assert found(condition=Condition.BODY_IN_BREACH) == {world.led, world.waiting}
        counts = condition_counts(session, viewer, TODAY, LIMITS)
        for condition in CARD_CONDITIONS:
            assert counts[condition] == len(found(condition=condition)), condition


def test_whoever_reads_a_case_in_full_filters_by_all_of_it(world: World) -> None:
    change(world, "finding", world.led)
    with world.work.database.read() as session:
        for who, role in ((world.work.on_case, Role.VOLUNTEER), (world.work.lead, Role.LEAD)):
            for filters in ({"findings": ("U05",)}, {"grades": ("consultant",)}, {"lead": world.work.on_case}):
                page = case_queue(session, Viewer(who, role), replace(PLAIN, **filters), TODAY, LIMITS)
                assert world.led in {row.reference for row in page.rows}, (role, filters)


def test_every_filter_column_and_field_is_held_against_the_list(world: World) -> None:
    names = {part.name for part in fields(QueueFilters)}
    assert set(each_option(world)) == names
    assert set(CARD_FILTERS) == names - {"search", "condition", "lead", "page", "order"}
    assert tuple(ON_CARD) == tuple(part.name for part in fields(CaseRow))
    shown = {field for field in (*CARD_FILTERS.values(), *ON_CARD.values(), *CARD_OF_CASE.values()) if field}
    assert shown <= CARD_FIELDS
    assert set(CARD_OF_CASE) <= {part.name for part in fields(CaseDetail)}
    assert {field.value for field in CARD_FIELDS} == {
        "reference",
        "stage",
        "processes",
        "flags",
        "region",
        "body_kind",
        "ages",
        "deadlines",
        "unallocated",
    }
