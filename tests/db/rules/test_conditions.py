"""Derived conditions: each says what the design says, and SQL says the same as Python for any card."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from db import clock
from db.choices import Channel, Condition, Representation, Stage, YesNo
from db.engine import Database
from db.models import Case, Doctor, Leave
from db.models.cases import CRISIS_RANK, PLAIN_RANK, URGENT_RANK
from db.queries.conditions import condition_sql, points_sql
from db.rules.conditions import Card, conditions_of
from db.rules.limits import Limits
from db.rules.points import Load, case_points
from tests.factories import make_volunteer

TODAY = date(2026, 3, 30)  # the Monday after the clocks went forward
LIMITS = Limits()


def days(number: int) -> date:
    return TODAY + timedelta(days=number)


def moment(number: int) -> datetime:
    return datetime.combine(days(number), time(12), tzinfo=UTC)


def card(**changes: Any) -> Card:
    quiet: dict[str, Any] = {"is_open": True, "has_lead": True, "urgent": False, "opened_on": days(0)}
    quiet["in_crisis"] = False
    return Card(**(quiet | changes))


def holds(condition: Condition, **changes: Any) -> bool:
    return condition in conditions_of(card(**changes), TODAY, LIMITS)


def test_a_quiet_case_meets_no_condition() -> None:
    assert conditions_of(card(), TODAY, LIMITS) == frozenset()


def test_a_closed_case_meets_no_condition() -> None:
    bad = card(is_open=False, has_lead=False, ours_due_on=days(-9), opened_on=days(-99), next_action_on=days(-9))
    assert conditions_of(bad, TODAY, LIMITS) == frozenset()


def test_without_an_accepted_lead_it_is_unallocated_and_owes_no_update() -> None:
    assert holds(Condition.UNALLOCATED, has_lead=False)
    assert not holds(Condition.UPDATE_OVERDUE, has_lead=False, opened_on=days(-99))


@pytest.mark.parametrize(
    ("condition", "field"),
    [
        (Condition.DEADLINE_MISSED, "ours_due_on"),
        (Condition.BODY_IN_BREACH, "body_due_on"),
        (Condition.ACTION_OVERDUE, "next_action_on"),
    ],
)
def test_a_day_is_missed_only_once_it_is_over(condition: Condition, field: str) -> None:
    assert not holds(condition, **{field: days(0)})
    assert holds(condition, **{field: days(-1)})


@pytest.mark.parametrize(("day", "true"), [(-1, False), (0, True), (28, True), (29, False)])
def test_at_risk_is_an_unplanned_hard_limit_within_28_days(day: int, true: bool) -> None:
    assert holds(Condition.AT_RISK, unplanned_due_on=days(day)) is true


@pytest.mark.parametrize(("day", "due", "waits"), [(-1, True, False), (0, True, False), (1, False, True)])
def test_a_chase_is_due_on_its_day_and_awaits_before_it(day: int, due: bool, waits: bool) -> None:
    assert holds(Condition.CHASE_DUE, chase_on=days(day)) is due
    assert holds(Condition.AWAITING_OTHERS, chase_on=days(day)) is waits


@pytest.mark.parametrize(
    ("urgent", "day", "true"), [(False, -14, False), (False, -15, True), (True, -7, False), (True, -8, True)]
)
def test_stalled_after_14_quiet_days_or_7_if_urgent(urgent: bool, day: int, true: bool) -> None:
    assert holds(Condition.STALLED, urgent=urgent, opened_on=days(-90), substantive_at=moment(day)) is true
    assert holds(Condition.STALLED, urgent=urgent, opened_on=days(day)) is true


def test_waiting_pauses_staleness_until_the_chase_date_but_never_a_deadline() -> None:
    waiting = {"opened_on": days(-90), "chase_on": days(1), "ours_due_on": days(-1)}
    assert not holds(Condition.STALLED, **waiting)
    assert holds(Condition.DEADLINE_MISSED, **waiting)
    assert holds(Condition.STALLED, **(waiting | {"chase_on": days(0)}))


@pytest.mark.parametrize(("day", "true"), [(-7, False), (-8, True)])
def test_an_update_is_overdue_after_a_week(day: int, true: bool) -> None:
    assert holds(Condition.UPDATE_OVERDUE, opened_on=days(-90), update_at=moment(day)) is true
    assert holds(Condition.UPDATE_OVERDUE, opened_on=days(day)) is true


def test_the_owner_is_away_only_where_there_is_one() -> None:
    assert holds(Condition.OWNER_AWAY, owner_away=True)
    assert not holds(Condition.OWNER_AWAY, owner_away=True, has_lead=False)


# SQL and Python together ------------------------------------------------------------------------------------

# Mostly on and beside the days where a condition changes.
EDGES = (-15, -14, -8, -7, -1, 0, 0, 1, 28, 29, 42, 43)
near = st.one_of(st.sampled_from(EDGES), st.integers(-40, 45)).map(days)
maybe_day = st.none() | near
# Around midnight in London, in winter and in summer time.
instants = st.none() | st.builds(
    lambda day, hour, minute: datetime.combine(day, time(hour, minute), tzinfo=UTC),
    near,
    st.sampled_from((0, 12, 22, 23)),
    st.sampled_from((0, 30, 59)),
)
CARDS = st.fixed_dictionaries(
    {
        "stage": st.sampled_from(Stage),
        "is_open": st.booleans(),
        "led": st.sampled_from(("nobody", "there", "away")),
        "flags": st.sampled_from(("", "MEDIA", "CRISIS EXCL")),
        "queue_rank": st.sampled_from((CRISIS_RANK, URGENT_RANK, PLAIN_RANK)),
        "opened_on": near,
        "next_action_on": maybe_day,
        "ours_due_on": maybe_day,
        "body_due_on": maybe_day,
        "unplanned_due_on": maybe_day,
        "hearing_on": maybe_day,
        "chase_on": maybe_day,
        "substantive_at": instants,
        "update_at": instants,
        "extra_points": st.integers(0, 6),
        "points_override": st.none() | st.integers(0, 10),
    }
)
SPANS = st.builds(
    Limits,
    stalled_days=st.integers(7, 30),
    stalled_days_urgent=st.integers(1, 7),
    at_risk_days=st.integers(1, 40),
    update_every_days=st.integers(1, 20),
    hearing_points_days=st.integers(1, 60),
)


@contextmanager
def undone(database: Database) -> Iterator[Session]:
    """A session whose rows are gone afterwards."""
    with Session(database.engine, autoflush=False) as session:
        yield session
        session.rollback()


def people(session: Session) -> dict[str, int | None]:
    there, away = make_volunteer(session, "there"), make_volunteer(session, "away")
    for volunteer, start, end in ((there, -30, -1), (there, 1, 9), (away, -3, 0)):
        session.add(Leave(volunteer_id=volunteer, starts_on=days(start), ends_on=days(end)))
    return {"nobody": None, "there": there, "away": away}


def insert_cards(session: Session, drawn: list[dict[str, Any]], leads: dict[str, int | None]) -> None:
    doctor = Doctor(created_at=moment(0))
    session.add(doctor)
    session.flush()
    fixed = {
        "doctor_id": doctor.id,
        "body_kind": "acute",
        "region": "london",
        "nation": "england",
        "grade": "consultant",
        "specialty_group": "medicine",
        "summary": "",
        "channel": Channel.EMAIL,
        "immediate_danger": YesNo.NO,
        "received_at": moment(0),
        "representation": Representation.UNKNOWN,
        "updated_at": moment(0),
        "stage_since": moment(0),
        "version": 1,
    }
    values = [
        fixed
        | {name: value for name, value in one.items() if name != "led"}
        | {"reference": f"TEST{number:06}", "lead_id": leads[one["led"]]}
        for number, one in enumerate(drawn)
    ]
    session.execute(insert(Case), values)


def in_python(one: dict[str, Any], limits: Limits) -> tuple[frozenset[Condition], int]:
    names = set(Card.__dataclass_fields__) & set(one)
    told = Card(
        has_lead=one["led"] != "nobody",
        urgent=bool(one["flags"]),
        in_crisis=one["queue_rank"] == CRISIS_RANK,
        owner_away=one["led"] == "away",
        **{name: one[name] for name in names},
    )
    load = Load(one["stage"], one["extra_points"], one["hearing_on"], one["chase_on"], one["points_override"])
    return conditions_of(told, TODAY, limits), case_points(load, TODAY, hearing_days=limits.hearing_points_days)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=st.lists(CARDS, min_size=25, max_size=40), limits=st.just(LIMITS) | SPANS)
def test_sql_and_python_agree_on_any_card(database: Database, drawn: list[dict[str, Any]], limits: Limits) -> None:
    told = [condition_sql(condition, TODAY, limits) for condition in Condition]
    with undone(database) as session:
        insert_cards(session, drawn, people(session))
        found = session.execute(select(*told, points_sql(TODAY, limits)).select_from(Case).order_by(Case.reference))
        for one, (*answers, points) in zip(drawn, found.all(), strict=True):
            in_sql = frozenset(c for c, true in zip(Condition, answers, strict=True) if true)
            assert (in_sql, points) == in_python(one, limits)


def test_the_london_day_decides_not_the_utc_day(database: Database) -> None:
    """23:30 UTC in summer time is the next day in London: one day less quiet."""
    late = datetime.combine(days(-8), time(23, 30), tzinfo=UTC)
    summer = date(2026, 7, 20)
    assert clock.london_day(datetime(2026, 7, 12, 23, 30, tzinfo=UTC)) == date(2026, 7, 13)
    days_on_it = ("next_action_on", "ours_due_on", "body_due_on", "unplanned_due_on", "hearing_on", "chase_on")
    one = dict.fromkeys((*days_on_it, "points_override")) | {
        "stage": Stage.ACTIVE,
        "is_open": True,
        "led": "there",
        "flags": "",
        "opened_on": days(-90),
        "extra_points": 0,
        "substantive_at": late,
        "update_at": datetime(2026, 7, 12, 23, 30, tzinfo=UTC),
    }
    with undone(database) as session:
        insert_cards(session, [one], people(session))
        overdue = select(condition_sql(Condition.UPDATE_OVERDUE, summer, LIMITS)).select_from(Case)
        assert not session.scalar(overdue)
