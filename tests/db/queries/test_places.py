"""Workload and rebalancing brought up to date after a change are what they would be if read anew."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from dashboard.store import arrays
from db import clock
from db.access import Viewer
from db.choices import AssignmentRole, Contact, EntryKind
from db.commands.entries import add_entry
from db.commands.recusals import recuse
from db.models import Assignment, Case, Debrief
from db.queries import changed_cases, suggestions
from db.queries.places import carried, places_now
from db.queries.suggestions import Allocation, Balance, allocation
from db.queries.suggestions import balance as read_balance
from db.rules.allotting import DebriefKind
from db.rules.limits import Limits
from tests.db.helpers import run, the_case, viewer
from tests.factories import Casework, give_place, make_case

TODAY = clock.today()
LIMITS = Limits()
READERS = ("lead", "on_case", "off_case", "in_conflict")


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    for kept in (arrays.PLACES, arrays.BALANCES):
        kept.clear()
    yield
    for kept in (arrays.PLACES, arrays.BALANCES):
        kept.clear()


def told(found: Allocation) -> list[Any]:
    frames = [frame.to_csv() for frame in (found.people, found.unallocated)]
    return [*frames, found.with_room, found.total, found.suggestions, found.rebalancing]


def kept(casework: Casework, who: str) -> list[Any]:
    with casework.database.read() as session:
        return told(arrays.allocation(session, viewer(casework, who), TODAY, LIMITS))


def anew(casework: Casework, who: str) -> list[Any]:
    with casework.database.read() as session:
        return told(allocation(session, viewer(casework, who), TODAY, LIMITS))


def assert_all_as_read_anew(casework: Casework, after: str) -> None:
    for who in READERS:
        assert kept(casework, who) == anew(casework, who), f"{who} after {after}"


def is_made_again(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> bool:
    made: list[Viewer] = []

    def balance(session: Session, reader: Viewer, *now: Any, **places: Any) -> Balance:
        made.append(reader)
        return read_balance(session, reader, *now, **places)

    with monkeypatch.context() as patch:
        patch.setattr(suggestions, "balance", balance)
        kept(casework, "lead")
    return bool(made)


def overload(casework: Casework) -> None:
    """More than somebody can carry, so that there is something to even out."""
    with casework.database.write() as session:
        for number in range(2):
            contact = f"over{number}@example.org"
            reference = make_case(session, actor_id=casework.lead, body=casework.other_body, contact=contact)
            give_place(session, lead=casework.lead, volunteer=casework.on_case, reference=reference)
        session.execute(update(Case).values(points_override=6))


@pytest.fixture
def overloaded(casework: Casework) -> Casework:
    overload(casework)
    return casework


def test_a_change_that_moves_nothing_makes_nothing_again(overloaded: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(overloaded, "lead")
    run(overloaded, add_entry, kind=EntryKind.NOTE, text="Some words")
    assert not is_made_again(overloaded, monkeypatch)


def reach_the_doctor(casework: Casework) -> None:
    run(casework, add_entry, kind=EntryKind.CONTACT, contact=Contact.REACHED, text="Spoke with the doctor")


def step_back(casework: Casework) -> None:
    run(casework, recuse, casework.lead, volunteer_id=casework.off_case, reason="A friend")


def change_without_a_word(casework: Casework) -> None:
    """As from the command line: nothing in the audit."""
    with casework.database.write() as session:
        session.execute(update(Case).values(points_override=2))


def owe_a_rest(casework: Casework) -> None:
    with casework.database.write() as session:
        session.add(
            Debrief(
                case_id=the_case(casework).id,
                volunteer_id=casework.on_case,
                kind=DebriefKind.HEARING,
                happened_on=TODAY - timedelta(days=1),
            )
        )
    run(casework, add_entry, kind=EntryKind.NOTE, text="Some words")


@pytest.mark.parametrize("change", [reach_the_doctor, step_back, change_without_a_word, owe_a_rest])
def test_what_it_goes_by_makes_it_again(
    overloaded: Casework, monkeypatch: pytest.MonkeyPatch, change: Callable[[Casework], None]
) -> None:
    assert_all_as_read_anew(overloaded, "nothing")
    change(overloaded)
    assert is_made_again(overloaded, monkeypatch)
    assert_all_as_read_anew(overloaded, change.__name__)


def test_only_lines_of_the_case_that_changed_are_read_again(overloaded: Casework) -> None:
    """Those of another case, changed behind the audit's back, stay as they were."""
    with overloaded.database.read() as session:
        before = places_now(session, TODAY, LIMITS)
    run(overloaded, add_entry, kind=EntryKind.NOTE, text="Some words")
    with overloaded.database.write() as session:
        session.execute(update(Assignment).values(role=AssignmentRole.SECOND))
    with overloaded.database.read() as session:
        after = places_now(session, TODAY, LIMITS, before)
        share = {carry.points for carry in carried(session, viewer(overloaded, "lead"), after).values()}
    assert len(after.kinds[0]) == len(before.kinds[0]) == 3
    assert sum(max(share)) == 6 + 6 + 3


def test_after_more_cases_than_pay_all_is_read_anew(overloaded: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changed_cases, "MOST_CASES", 0)
    assert_all_as_read_anew(overloaded, "nothing")
    run(overloaded, add_entry, kind=EntryKind.NOTE, text="Some words")
    assert is_made_again(overloaded, monkeypatch)
    assert_all_as_read_anew(overloaded, "a note")
