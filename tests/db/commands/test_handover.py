"""What somebody who has left still holds: on every lead's list until it is passed on, behind the same wall."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from db import clock
from db.access import Viewer
from db.choices import AssignmentRole, AssignmentStatus, EntryKind, Role
from db.commands.assignments import end_assignment, offer_case
from db.commands.handover import hand_over
from db.commands.people import deactivate, reactivate
from db.models import Action, Assignment, Case, Entry, Volunteer
from db.queries.handover import LeftBehind, left_behind
from db.rules.limits import Limits
from tests.factories import Casework, give_second, make_case


def do(casework: Casework, command: Any, **fields: Any) -> Any:
    with casework.database.write() as session:
        return command(session, actor_id=casework.lead, **fields)


def leave(casework: Casework, who: int | None = None) -> None:
    do(casework, deactivate, volunteer_id=who or casework.on_case)


def on_list(casework: Casework, viewer: int | None = None, role: Role = Role.LEAD) -> list[LeftBehind]:
    with casework.database.read() as session:
        return left_behind(session, Viewer(viewer or casework.lead, role), clock.today(), Limits())


def place_of(casework: Casework, who: int) -> int:
    with casework.database.read() as session:
        return session.scalars(select(Assignment.id).where(Assignment.volunteer_id == who)).one()


def test_nothing_is_listed_while_everybody_is_here(casework: Casework) -> None:
    assert on_list(casework) == []


def test_a_leavers_case_is_listed_with_its_next_action_and_whom_to_ask(casework: Casework) -> None:
    with casework.database.write() as session:
        session.execute(update(Action).values(text="Ring the doctor", due_on=clock.today() + timedelta(days=2)))
    leave(casework)
    (place,) = on_list(casework)
    assert (place.name, place.reference, place.role, place.action) == (
        "Vik",
        casework.reference,
        AssignmentRole.LEAD,
        "Ring the doctor",
    )
    assert {one.name for one in place.to} == {"Lena", "Uma"}, "nobody barred, nobody who left, no observer"
    assert place.to[0].reasons


def test_the_case_says_that_it_waits_and_keeps_who_held_it(casework: Casework) -> None:
    leave(casework)
    with casework.database.read() as session:
        said = session.scalars(select(Entry.text).where(Entry.kind == EntryKind.SYSTEM)).all()
        lead = session.scalars(select(Case.lead_id).where(Case.reference == casework.reference)).one()
    assert "Vik, case lead, has left: please hand over." in said
    assert lead == casework.on_case


def test_it_leaves_the_list_once_it_is_handed_over_or_ended(casework: Casework) -> None:
    leave(casework)
    fields = {"reference": casework.reference, "assignment_id": place_of(casework, casework.on_case)}
    do(casework, hand_over, **fields, handover="The bundle is read.", role=AssignmentRole.LEAD, to_id=casework.off_case)
    assert on_list(casework) == []


def test_an_ended_place_leaves_the_case_unallocated_and_off_the_list(casework: Casework) -> None:
    leave(casework)
    place = place_of(casework, casework.on_case)
    do(casework, end_assignment, reference=casework.reference, assignment_id=place, handover="Nobody has room.")
    assert on_list(casework) == []


def test_a_second_place_names_the_lead_to_ask(casework: Casework) -> None:
    with casework.database.write() as session:
        give_second(session, casework)
    leave(casework, casework.off_case)
    (place,) = on_list(casework)
    assert (place.role, place.lead, place.to) == (AssignmentRole.SECOND, "Vik", ())


def test_an_offer_not_answered_is_taken_back(casework: Casework) -> None:
    with casework.database.write() as session:
        other = make_case(session, actor_id=casework.lead, body=casework.other_body)
        offer_case(
            session,
            actor_id=casework.lead,
            reference=other,
            volunteer_id=casework.off_case,
            role=AssignmentRole.LEAD,
            reason="Has room",
        )
    leave(casework, casework.off_case)
    assert on_list(casework) == []
    with casework.database.read() as session:
        assert session.get_one(Assignment, place_of(casework, casework.off_case)).status is AssignmentStatus.ENDED


def test_the_wall_stands_before_the_list_and_only_leads_have_it(casework: Casework) -> None:
    leave(casework)
    assert on_list(casework, casework.in_conflict) == []
    assert on_list(casework, casework.off_case, Role.VOLUNTEER) == []
    assert on_list(casework, casework.observer, Role.OBSERVER) == []


def test_somebody_who_comes_back_has_what_they_held(casework: Casework) -> None:
    leave(casework)
    do(casework, reactivate, volunteer_id=casework.on_case)
    assert on_list(casework) == []
    with casework.database.read() as session:
        assert session.get_one(Volunteer, casework.on_case).active
        assert session.get_one(Assignment, place_of(casework, casework.on_case)).status is AssignmentStatus.ACCEPTED
