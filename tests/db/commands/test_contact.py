"""The doctor always has somebody: whoever took the message, until a case lead accepts; a lead where all have left."""

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from db.access import read_case, viewer_of
from db.choices import AssignmentRole, AssignmentStatus, EntryKind, Role
from db.commands.assignments import end_assignment, offer_case
from db.commands.conflicts import see_bodies
from db.commands.contact import be_contact
from db.commands.entries import add_entry
from db.commands.open_case import open_case
from db.commands.recusals import recuse
from db.errors import NotAllowed, NotFound
from db.models import Assignment, Case
from tests.db.helpers import assert_all_or_nothing, at_once, last, refused, run, the_case
from tests.factories import INTAKE, Casework, answer_offer, make_case, make_volunteer


def take(casework: Casework, who: int, **changes: Any) -> str:
    intake = replace(INTAKE, organisation_id=casework.other_body, contact="n@example.org", **changes)
    with casework.database.write() as session:
        return open_case(session, actor_id=who, intake=intake)


def on_it(casework: Casework, reference: str) -> list[tuple[int, str]]:
    """(person, role) of the live places, oldest first."""
    with casework.database.read() as session:
        found = session.execute(
            select(Assignment.volunteer_id, Assignment.role)
            .join(Case, Case.id == Assignment.case_id)
            .where(Case.reference == reference, Assignment.status == AssignmentStatus.ACCEPTED)
            .order_by(Assignment.id)
        )
        return [(row[0], row[1].value) for row in found]


def do(casework: Casework, command: Any, actor: int, **fields: Any) -> Any:
    with casework.database.write() as session:
        return command(session, actor_id=actor, **fields)


def test_a_volunteer_who_takes_a_case_down_reads_it_and_works_on_it(casework: Casework) -> None:
    # Only a lead may leave it: what a volunteer's form never offers changes nothing.
    reference = take(casework, casework.off_case, stays_contact=False)
    assert on_it(casework, reference) == [(casework.off_case, "interim")]
    do(casework, add_entry, casework.off_case, reference=reference, kind=EntryKind.NOTE, text="Rang back")


def test_a_lead_may_leave_the_contact_to_be_named(casework: Casework) -> None:
    assert on_it(casework, take(casework, casework.lead)) == []
    assert on_it(casework, take(casework, casework.lead, stays_contact=True)) == [(casework.lead, "interim")]


def test_somebody_behind_the_wall_of_what_they_took_down_is_no_contact(casework: Casework) -> None:
    """By the body, and by being named in it."""
    intake = replace(INTAKE, organisation_id=casework.body, contact="n@example.org", stays_contact=True)
    with casework.database.write() as session:
        reference = open_case(session, actor_id=casework.in_conflict, intake=intake)
    assert on_it(casework, reference) == [(casework.lead, "interim")]
    named = take(casework, casework.off_case, parties=("Uma Example",))
    assert on_it(casework, named) == [(casework.off_case, "interim")], "another Uma"


def test_the_place_ends_by_itself_when_a_case_lead_accepts(casework: Casework) -> None:
    reference = take(casework, casework.off_case)
    fields: dict[str, Any] = {"role": AssignmentRole.LEAD, "reason": "Room"}
    do(casework, offer_case, casework.lead, reference=reference, volunteer_id=casework.on_case, **fields)
    assert on_it(casework, reference) == [(casework.off_case, "interim")]
    accept: dict[str, Any] = {"assignment_id": last(casework.database, Assignment).id, "accept": True}
    do(casework, answer_offer, casework.on_case, **accept, no_conflict=True)
    assert on_it(casework, reference) == [(casework.on_case, "lead")]
    with casework.database.read() as session:
        try:
            read_case(session, viewer_of(session, casework.off_case), reference)
            raise AssertionError("the contact reads it still")
        except NotFound:
            pass


def test_the_contact_may_be_offered_the_case_itself(casework: Casework) -> None:
    reference = take(casework, casework.off_case)
    fields: dict[str, Any] = {"role": AssignmentRole.LEAD, "reason": "Knows it"}
    do(casework, offer_case, casework.lead, reference=reference, volunteer_id=casework.off_case, **fields)
    with refused(casework.database, "already has a place"):
        do(casework, offer_case, casework.lead, reference=reference, volunteer_id=casework.off_case, **fields)
    accept: dict[str, Any] = {"assignment_id": last(casework.database, Assignment).id, "accept": True}
    do(casework, answer_offer, casework.off_case, **accept, no_conflict=True)
    assert on_it(casework, reference) == [(casework.off_case, "lead")]


def test_when_the_last_one_leaves_a_lead_is_the_contact(casework: Casework) -> None:
    place = last(casework.database, Assignment).id
    run(casework, end_assignment, assignment_id=place, handover="Papers in order")
    assert on_it(casework, casework.reference) == [(casework.lead, "interim")], "the other lead is in conflict"
    # Who takes it on and steps back: nobody else may see it, and the list of cases with nobody says so.
    run(casework, end_assignment, casework.lead, assignment_id=last(casework.database, Assignment).id, handover="No")
    assert on_it(casework, casework.reference) == []


def test_and_when_the_last_one_is_recused(casework: Casework) -> None:
    run(casework, recuse, volunteer_id=casework.on_case, reason="Kin")
    assert on_it(casework, casework.reference) == [(casework.lead, "interim")]


def test_a_lead_becomes_the_contact_with_one_press(casework: Casework) -> None:
    with casework.database.write() as session:
        reference = make_case(session, actor_id=casework.lead, body=casework.body, contact="n@example.org")
    press: dict[str, Any] = {"reference": reference, "no_conflict": True}
    with refused(casework.database, "Not found", error=NotFound):
        do(casework, be_contact, casework.in_conflict, **press)
    with refused(casework.database, "whether you have or had a link", field="no_conflict"):
        do(casework, be_contact, casework.lead, **(press | {"no_conflict": False}))
    with refused(casework.database, "See the organisation’s name first", field="no_conflict"):
        do(casework, be_contact, casework.lead, **press)
    do(casework, see_bodies, casework.lead, reference=reference)
    with refused(casework.database, "without a case lead"):
        do(casework, be_contact, casework.lead, **(press | {"reference": casework.reference}))
    with refused(casework.database, "Only a lead", error=NotAllowed):
        do(casework, be_contact, casework.on_case, **(press | {"reference": casework.reference}))
    do(casework, be_contact, casework.lead, **press)
    assert last(casework.database, Assignment).no_conflict
    with refused(casework.database, "Lena is already the interim contact"):
        do(casework, be_contact, casework.lead, **press)


def test_two_presses_make_one_contact(casework: Casework) -> None:
    with casework.database.write() as session:
        reference = make_case(session, actor_id=casework.lead, body=casework.body, contact="n@example.org")
        see_bodies(session, actor_id=casework.lead, reference=reference)

    def press(session: Any) -> None:
        be_contact(session, actor_id=casework.lead, reference=reference, no_conflict=True)

    assert at_once(casework.database, press, press) is not None
    assert on_it(casework, reference) == [(casework.lead, "interim")]


def test_of_two_leads_who_press_at_once_one_becomes_it_and_the_other_is_told(casework: Casework) -> None:
    with casework.database.write() as session:
        reference = make_case(session, actor_id=casework.lead, body=casework.body, contact="n@example.org")
        other = make_volunteer(session, "lara", Role.LEAD)
        for lead in (casework.lead, other):
            see_bodies(session, actor_id=lead, reference=reference)

    def press(lead: int) -> Any:
        return lambda session: be_contact(session, actor_id=lead, reference=reference, no_conflict=True)

    refusal = at_once(casework.database, press(casework.lead), press(other))
    assert refusal is not None
    assert "Lena is already the interim contact" in refusal.message
    assert on_it(casework, reference) == [(casework.lead, "interim")]


def test_a_failure_half_way_leaves_nothing(casework: Casework, monkeypatch: Any) -> None:
    with casework.database.write() as session:
        reference = make_case(session, actor_id=casework.lead, body=casework.body, contact="n@example.org")
        see_bodies(session, actor_id=casework.lead, reference=reference)
    assert_all_or_nothing(casework, monkeypatch, be_contact, casework.lead, reference=reference, no_conflict=True)
    assert the_case(casework, reference).lead_id is None
