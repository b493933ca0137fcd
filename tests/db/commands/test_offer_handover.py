"""A case offered on: its case lead stays until the other accepts, and both happen in one transaction."""

from typing import Any

import pytest

from db.choices import AssignmentRole, AssignmentStatus, EntryKind
from db.commands.assignments import end_assignment, offer_case
from db.commands.handover import offer_handover
from db.commands.people import set_says_full
from db.errors import NotAllowed
from db.models import Assignment, Entry, Handover
from tests.db.helpers import (
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_recorded,
    at_once,
    last,
    refused,
    rows,
    run,
    the_case,
)
from tests.factories import Casework, answer_offer, make_case, make_volunteer


def move(casework: Casework, **changes: Any) -> dict[str, Any]:
    return {"volunteer_id": casework.off_case, "reason": "Has room", "handover": "Reply due Friday"} | changes


def offered(casework: Casework, **changes: Any) -> int:
    run(casework, offer_handover, casework.lead, **move(casework, **changes))
    return int(last(casework.database, Assignment).id)


def accept(casework: Casework, who: int, offer: int) -> None:
    run(casework, answer_offer, who, assignment_id=offer, accept=True, no_conflict=True)


def test_the_case_lead_stays_until_the_other_accepts(casework: Casework) -> None:
    version = the_case(casework).version
    assert_recorded(casework, "offer_handover", offer_handover, casework.lead, **move(casework))
    assert the_case(casework).lead_id == casework.on_case
    assert the_case(casework).version > version
    accept(casework, casework.off_case, last(casework.database, Assignment).id)
    assert the_case(casework).lead_id == casework.off_case
    old, new = rows(casework.database, Assignment)
    assert (old.status, old.ended_reason) == (AssignmentStatus.ENDED, "Reply due Friday")
    assert (new.status, new.role) == (AssignmentStatus.ACCEPTED, AssignmentRole.LEAD)
    said = [row.text for row in rows(casework.database, Entry, kind=EntryKind.SYSTEM)]
    assert "Vik is no longer case lead. Handover: Reply due Friday" in said


def test_declined_nothing_has_changed_and_another_may_be_asked(casework: Casework) -> None:
    offer = offered(casework)
    run(casework, answer_offer, casework.off_case, assignment_id=offer, accept=False, reason="No time")
    assert the_case(casework).lead_id == casework.on_case
    accept(casework, casework.lead, offered(casework, volunteer_id=casework.lead))
    assert the_case(casework).lead_id == casework.lead


def test_one_hand_over_waits_at_a_time(casework: Casework) -> None:
    offer = offered(casework)
    with refused(casework.database, "is waiting for an answer"):
        offered(casework, volunteer_id=casework.lead)
    run(casework, end_assignment, casework.lead, assignment_id=offer, handover="Taken back")
    assert the_case(casework).lead_id == casework.on_case
    offered(casework, volunteer_id=casework.lead)


def test_a_lead_who_left_meanwhile_leaves_the_case_to_take(casework: Casework) -> None:
    offer = offered(casework)
    place = rows(casework.database, Assignment)[0].id
    run(casework, end_assignment, assignment_id=place, handover="Had to stop")
    accept(casework, casework.off_case, offer)
    assert the_case(casework).lead_id == casework.off_case
    assert rows(casework.database, Assignment)[0].ended_reason == "Had to stop"


def test_it_takes_over_from_nobody_but_who_was_named(casework: Casework) -> None:
    """The lead left, another became case lead: an old offer must not oust them."""
    offer = offered(casework)
    with casework.database.write() as session:
        third = make_volunteer(session, "third")
    run(casework, end_assignment, assignment_id=rows(casework.database, Assignment)[0].id, handover="Had to stop")
    run(casework, offer_case, casework.lead, volunteer_id=third, role=AssignmentRole.LEAD, reason="Room")
    accept(casework, third, last(casework.database, Assignment).id)
    with refused(casework.database, "has just become case lead"):
        accept(casework, casework.off_case, offer)
    assert the_case(casework).lead_id == third


def test_ended_and_accepted_at_once_there_is_one_case_lead(casework: Casework) -> None:
    offer = offered(casework)
    place = rows(casework.database, Assignment)[0].id
    at_once(
        casework.database,
        lambda session: answer_offer(
            session, actor_id=casework.off_case, assignment_id=offer, accept=True, no_conflict=True
        ),
        lambda session: end_assignment(
            session, actor_id=casework.on_case, reference=casework.reference, assignment_id=place, handover="Out"
        ),
    )
    leads = rows(casework.database, Assignment, role=AssignmentRole.LEAD, status=AssignmentStatus.ACCEPTED)
    assert [row.volunteer_id for row in leads] == [casework.off_case]


def test_refused_as_every_offer_is(casework: Casework) -> None:
    for wrong in (casework.in_conflict, casework.observer, 999_999):
        with refused(casework.database, "choose from the list", field="volunteer_id"):
            offered(casework, volunteer_id=wrong)
    for field in ("reason", "handover"):
        with refused(casework.database, "fill this in", field=field):
            offered(casework, **{field: " "})
    with refused(casework.database, "already has a place"):
        offered(casework, volunteer_id=casework.on_case)
    with casework.database.write() as session:
        set_says_full(session, actor_id=casework.off_case, says_full=True)
        unled = make_case(session, actor_id=casework.lead, body=casework.other_body, contact="n@example.org")
    with refused(casework.database, "is at capacity"):
        offered(casework)
    with refused(casework.database, "has no case lead"):
        offered(casework, reference=unled, volunteer_id=casework.lead)
    with refused(casework.database, "Only a lead", error=NotAllowed):
        run(casework, offer_handover, casework.on_case, **move(casework))
    assert_for_the_team_only(casework, offer_handover, **move(casework))
    assert rows_of_handovers(casework) == 0


def rows_of_handovers(casework: Casework) -> int:
    with casework.database.read() as session:
        return session.query(Handover).count()


def test_a_failure_half_way_leaves_nothing(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_all_or_nothing(casework, monkeypatch, offer_handover, casework.lead, **move(casework))
    offer = offered(casework)
    assert_all_or_nothing(
        casework, monkeypatch, answer_offer, casework.off_case, assignment_id=offer, accept=True, no_conflict=True
    )
