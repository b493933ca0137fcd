"""Leave with cover: the cover has the cases for those days and no longer, never behind a wall, and it is no chain.

And whatever is away, gone or barred: no open case is on nobody's list.
"""

import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, full_cases, is_barred, own_cases, viewer_of, visible_cases
from db.choices import Condition, EntryKind, Role
from db.commands.conflicts import answer_cover, see_bodies
from db.commands.entries import add_entry
from db.commands.leave import add_leave, change_cover, end_leave
from db.commands.people import deactivate, set_says_full
from db.commands.recusals import recuse
from db.engine import Database
from db.errors import CommandRefused, NotAllowed, NotFound
from db.models import Audit, Case, Leave, Volunteer
from db.queries.care import care
from db.queries.conditions import condition_sql
from db.queries.home import my_attention
from db.queries.my_cases import my_cases
from db.queries.offers import cover_to_answer
from db.rules.limits import Limits
from db.unled import unled_cases
from tests.conftest import open_database
from tests.db.helpers import last, refused
from tests.engines import sqlite_url
from tests.factories import Casework, give_place, make_body, make_case, make_volunteer

TODAY = clock.today()
LIMITS = Limits()


def do(casework: Casework, command: Any, actor: int | None = None, **fields: Any) -> Any:
    with casework.database.write() as session:
        return command(session, actor_id=actor or casework.on_case, **fields)


def away(casework: Casework, start: int = -1, end: int = 3, who: int | None = None, **fields: Any) -> int:
    whose = who or casework.on_case
    days = {"starts_on": TODAY + timedelta(days=start), "ends_on": TODAY + timedelta(days=end)}
    do(casework, add_leave, casework.lead, volunteer_id=whose, **days, **fields)
    if cover := fields.get("cover_id"):
        say_no_conflict(casework, cover)
    return int(last(casework.database, Leave).id)


def say_no_conflict(casework: Casework, cover: int) -> None:
    """With the bodies' names in view, on each case that they are asked about."""
    with casework.database.write() as session:
        for reference in cover_to_answer(session, viewer_of(session, cover)):
            see_bodies(session, actor_id=cover, reference=reference)
            answer_cover(session, actor_id=cover, reference=reference, no_conflict=True)


def has_it(casework: Casework, who: int) -> bool:
    """On their list, and open to them in full: the two go together."""
    with casework.database.read() as session:
        viewer = viewer_of(session, who)
        listed = [one.reference for one in my_cases(session, viewer, clock.today(), LIMITS)]
        in_full = session.scalars(select(Case.reference).where(full_cases(viewer))).all()
    assert viewer.is_lead or listed == in_full
    return casework.reference in listed


@pytest.mark.parametrize(("start", "end", "covers"), [(0, 0, True), (-3, 3, True), (1, 5, False), (-5, -1, False)])
def test_cover_begins_and_ends_with_the_days(casework: Casework, start: int, end: int, covers: bool) -> None:
    away(casework, start, end, cover_id=casework.off_case)
    assert has_it(casework, casework.off_case) is covers


def test_nobody_covers_unseen(casework: Casework) -> None:
    """Being named as cover opens nothing; the answer does, with the body's name in view, and a conflict bars."""
    away(casework, who=casework.on_case)
    leave = last(casework.database, Leave).id
    do(casework, change_cover, leave_id=leave, cover_id=casework.off_case)
    assert not has_it(casework, casework.off_case)
    answer = {"reference": casework.reference, "no_conflict": True}
    with refused(casework.database, "See the organisation’s name first", field="no_conflict"):
        do(casework, answer_cover, casework.off_case, **answer)
    with refused(casework.database, "Not found", error=NotFound):
        do(casework, see_bodies, casework.in_conflict, reference=casework.reference)
    do(casework, see_bodies, casework.off_case, reference=casework.reference)
    with refused(casework.database, "whether you have or had a link", field="no_conflict"):
        do(casework, answer_cover, casework.off_case, reference=casework.reference)
    with casework.database.read() as session:
        (row,) = care(session, viewer_of(session, casework.lead), TODAY).away
    assert row.uncovered == 1, "and a lead sees that nobody stands in yet"
    do(casework, answer_cover, casework.off_case, **answer)
    assert has_it(casework, casework.off_case)
    with casework.database.read() as session:
        (row,) = care(session, viewer_of(session, casework.lead), TODAY).away
    assert (row.cases, row.uncovered) == (1, 0), "and a lead sees that somebody does"
    with casework.database.write() as session:
        third = make_volunteer(session, "third")
    do(casework, change_cover, leave_id=leave, cover_id=third)
    do(casework, answer_cover, third, reference=casework.reference, has_conflict=True)
    with casework.database.read() as session:
        assert cover_to_answer(session, viewer_of(session, third)) == {}
        assert is_barred(session, third, 1)
    assert not has_it(casework, third)


def test_it_ends_at_midnight_without_anybody_pressing_anything(
    casework: Casework, monkeypatch: pytest.MonkeyPatch
) -> None:
    away(casework, 0, 1, cover_id=casework.off_case)
    seen = []
    for day in range(3):
        monkeypatch.setattr(clock, "today", lambda day=day: TODAY + timedelta(days=day))
        seen.append(has_it(casework, casework.off_case))
    assert seen == [True, True, False]


def test_whoever_covers_works_on_the_case_and_is_told_for_whom(casework: Casework) -> None:
    away(casework, cover_id=casework.off_case)
    do(casework, add_entry, casework.off_case, reference=casework.reference, kind=EntryKind.NOTE, text="Rang")
    with casework.database.read() as session:
        viewer = viewer_of(session, casework.off_case)
        (case,) = my_cases(session, viewer, TODAY, LIMITS)
        found = care(session, viewer, TODAY)
        assert [line.reference for line in my_attention(session, viewer, TODAY, LIMITS)] == []
    assert case.covered_for == "Vik"
    assert [(one.name, one.ends_on) for one in found.covering] == [("Vik", TODAY + timedelta(days=3))]


def test_who_covers_from_behind_the_wall_sees_nothing(casework: Casework) -> None:
    away(casework, cover_id=casework.in_conflict)
    with casework.database.read() as session:
        viewer = viewer_of(session, casework.in_conflict)
        assert my_cases(session, viewer, TODAY, LIMITS) == []
        assert not session.scalars(select(Case.id).where(visible_cases(viewer))).all()
        (row,) = care(session, viewer_of(session, casework.lead), TODAY).away
    assert (row.cases, row.uncovered, row.cover) == (1, 1, "Con"), "and a lead sees that nobody stands in"


def test_cover_is_no_chain(casework: Casework) -> None:
    """Uma covers Vik and is away herself, covered by another: nobody but a lead has Vik's case."""
    away(casework, cover_id=casework.off_case)
    with casework.database.write() as session:
        third = make_volunteer(session, "third")
    assert has_it(casework, casework.off_case)
    away(casework, who=casework.off_case, cover_id=third)
    assert not has_it(casework, casework.off_case)
    assert not has_it(casework, third)
    with casework.database.read() as session:
        rows = care(session, viewer_of(session, casework.lead), TODAY).away
    assert {row.name: (row.cover, row.uncovered) for row in rows}["Vik"] == (None, 1)


def test_a_cover_who_has_left_covers_nobody(casework: Casework) -> None:
    away(casework, cover_id=casework.off_case)
    do(casework, deactivate, casework.lead, volunteer_id=casework.off_case)
    with casework.database.read() as session:
        (row,) = care(session, viewer_of(session, casework.lead), TODAY).away
    assert (row.cover, row.uncovered) == (None, 1)


def test_only_somebody_who_can_covers(casework: Casework) -> None:
    with casework.database.write() as session:
        gone, full, off = (make_volunteer(session, name) for name in ("gone", "full", "off"))
        session.get_one(Volunteer, gone).active = False
    do(casework, set_says_full, full, says_full=True)
    away(casework, 2, 9, who=off)
    for nobody in (casework.on_case, casework.observer, gone, 999_999):
        with refused(casework.database, "Cover: choose from the list", field="cover_id"):
            away(casework, cover_id=nobody)
    with refused(casework.database, "Full is at capacity", field="cover_id"):
        away(casework, cover_id=full)
    with refused(casework.database, "Off is away on some of those days", field="cover_id"):
        away(casework, cover_id=off)
    away(casework, -1, 1, cover_id=off)


def test_cover_is_changed_by_whoever_is_away_or_a_lead_and_left_by_whoever_covers(casework: Casework) -> None:
    leave = away(casework, cover_id=casework.off_case)
    with casework.database.write() as session:
        third = make_volunteer(session, "third")
    with refused(casework.database, "Only a lead", error=NotAllowed):
        do(casework, change_cover, third, leave_id=leave, cover_id=third)
    with refused(casework.database, "Only a lead", error=NotAllowed):
        do(casework, change_cover, casework.off_case, leave_id=leave, cover_id=third)
    do(casework, change_cover, casework.on_case, leave_id=leave, cover_id=third)
    assert not has_it(casework, casework.off_case)
    do(casework, change_cover, third, leave_id=leave, cover_id=None)
    assert not has_it(casework, third)
    assert last(casework.database, Audit, action="change_cover").details["cover_id"] is None
    do(casework, end_leave, casework.on_case, leave_id=leave)
    with refused(casework.database, "ended or been deleted"):
        do(casework, change_cover, casework.on_case, leave_id=leave, cover_id=None)


def test_a_case_whose_lead_is_away_or_gone_is_owner_away(casework: Casework) -> None:
    def owner_away() -> bool:
        with casework.database.read() as session:
            return session.scalar(select(Case.id).where(condition_sql(Condition.OWNER_AWAY, TODAY, LIMITS))) is not None

    assert not owner_away()
    leave = away(casework, cover_id=casework.off_case)
    assert owner_away()
    do(casework, end_leave, leave_id=leave)
    assert not owner_away()
    do(casework, deactivate, casework.lead, volunteer_id=casework.on_case)
    assert owner_away()


def test_others_leave_does_not_open_closed_doors(casework: Casework) -> None:
    """Only the cover, not everybody, and only the cases of who is away."""
    away(casework, cover_id=casework.off_case)
    with casework.database.write() as session:
        third = make_volunteer(session, "third")
        other = make_case(session, actor_id=casework.lead, body=casework.other_body, contact="o@example.org")
        give_place(session, lead=casework.lead, volunteer=third, reference=other)
    with casework.database.read() as session:
        assert not session.scalars(own_cases(casework.observer)).all()
        assert len(session.scalars(own_cases(casework.off_case)).all()) == 1
    with pytest.raises(NotFound):
        do(casework, add_entry, casework.off_case, reference=other, kind=EntryKind.NOTE, text="x")


# No case is on nobody's list ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Peopled:
    """A record of two leads, four volunteers and five cases, each with whoever of them took it down."""

    leads: list[int]
    people: list[int]
    cases: dict[str, int]


@pytest.fixture(scope="module")
def peopled(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Peopled]:
    path = tmp_path_factory.mktemp("peopled") / "template.sqlite3"
    shutil.copy(sqlite_template, path)
    database = open_database(f"sqlite:///{path}")
    with database.write() as session:
        body = make_body(session, "EX001")
        leads = [make_volunteer(session, f"lead{n}", Role.LEAD) for n in range(2)]
        volunteers = [make_volunteer(session, f"volunteer{n}", pledged_hours=40) for n in range(4)]
        cases = {
            make_case(session, actor_id=taker, body=body, contact=f"d{taker}@example.org"): taker
            for taker in (*leads, *volunteers[:3])
        }
    database.engine.dispose()
    return path, Peopled(leads, [*leads, *volunteers], cases)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_every_open_case_is_on_the_list_of_somebody_who_is_here(peopled: tuple[Path, Peopled], seed: int) -> None:
    template, here = peopled
    rng = Random(seed)  # noqa: S311 - repeatable chance, not secret chance
    with sqlite_url(template) as url:
        database = open_database(url)
        with database.write() as session:
            for reference, taker in here.cases.items():
                if rng.random() < 0.7:
                    to = rng.choice([one for one in here.people if one != taker])
                    give_place(session, lead=here.leads[0], volunteer=to, reference=reference)
        happened = [_something_happens(database, rng, here) for _ in range(10)]
        assert any(happened)
        with database.read() as session:
            lists = _lists_of_everybody(session)
            for case in session.scalars(select(Case).where(Case.is_open)):
                assert _is_on_a_list(session, lists, case), (seed, case.reference)


def _something_happens(database: Database, rng: Random, here: Peopled) -> bool:
    """Somebody goes away, with cover or without, steps behind a wall, or leaves: where a rule allows it."""
    actor, who, other = rng.choice(here.leads), rng.choice(here.people), rng.choice(here.people)
    first: date = TODAY + timedelta(days=rng.randint(-3, 1))
    try:
        with database.write() as session:
            match rng.choice(("leave", "leave", "recuse", "recuse", "deactivate")):
                case "leave":
                    cover = other if rng.random() < 0.7 else None
                    add_leave(
                        session,
                        actor_id=actor,
                        volunteer_id=who,
                        starts_on=first,
                        ends_on=first + timedelta(days=3),
                        cover_id=cover,
                    )
                case "recuse":
                    reference = rng.choice([*here.cases])
                    recuse(session, actor_id=actor, reference=reference, volunteer_id=who, reason="Kin")
                case "deactivate":
                    deactivate(session, actor_id=actor, volunteer_id=who)
    except CommandRefused:
        return False
    return True


def _lists_of_everybody(session: Session) -> dict[int, tuple[Viewer, set[str]]]:
    """Everybody active, with the references of their own cases."""
    people = [viewer_of(session, id) for id in session.scalars(select(Volunteer.id).where(Volunteer.active))]
    return {one.id: (one, {case.reference for case in my_cases(session, one, TODAY, LIMITS)}) for one in people}


def _is_on_a_list(session: Session, lists: dict[int, tuple[Viewer, set[str]]], case: Case) -> bool:
    """Of somebody active, not barred and not away as theirs or covered; or of a lead, under a condition of the case;
    or, where no lead may see it, of whoever runs the server."""
    absent = set(session.scalars(select(Leave.volunteer_id).where(Leave.starts_on <= TODAY, Leave.ends_on >= TODAY)))
    conditions = (Condition.UNALLOCATED, Condition.OWNER_AWAY)
    flagged = any(
        session.scalar(select(Case.id).where(Case.id == case.id, condition_sql(one, TODAY, LIMITS))) is not None
        for one in conditions
    )
    for viewer, own in lists.values():
        if is_barred(session, viewer.id, case.id):
            continue
        if (case.reference in own and viewer.id not in absent) or (viewer.is_lead and flagged):
            return True
    return session.scalar(unled_cases([case.id])) is not None
