"""Somebody else writes first: as little as is needed to ask the doctor, for a while, and never the wrong reader."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from db import clock
from db.access import viewer_of
from db.choices import EnquiryEnd, EntryKind, YesNo
from db.commands.enquiries import (
    Written,
    delete_lapsed_enquiries,
    end_enquiry,
    note_enquiry_asked,
    open_enquiry,
    record_enquiry,
    take_enquiry,
)
from db.commands.open_case import open_case
from db.commands.wall import add_names
from db.errors import CommandRefused, Invalid, NotAllowed, NotFound
from db.models import AccessLog, Alert, Audit, Enquiry, Entry, Volunteer
from db.queries.enquiries import enquiries
from db.rules.enquiries import KEPT_AFTER
from tests.db.calls import WRITTEN
from tests.db.helpers import assert_all_or_nothing, at_once, last, refused, rows, run, the_case
from tests.factories import INTAKE, Casework

TODAY = clock.today()


def written(casework: Casework, **changes: Any) -> Written:
    return replace(WRITTEN, **({"organisation_id": casework.other_body} | changes))


def write(casework: Casework, actor: int | None = None, **changes: Any) -> Enquiry:
    run(casework, record_enquiry, actor, written=written(casework, **changes))
    found: Enquiry = last(casework.database, Enquiry)
    return found


def told(casework: Casework, who: int) -> list[int]:
    with casework.database.read() as session:
        return [line.id for line in enquiries(session, viewer_of(session, who))]


def acting(row: Enquiry) -> dict[str, int]:
    return {"enquiry_id": row.id, "seen_version": row.version}


def test_who_wrote_and_the_doctor_are_sealed(casework: Casework) -> None:
    row = write(casework, note="Only in the evening")
    for words in (b"Robin", b"Unasked", b"900123", b"evening"):
        assert words not in row.sealed
    assert (row.owner_id, row.relation, row.asked_on) == (casework.on_case, "partner", None)
    audited = last(casework.database, Audit)
    assert (audited.action, audited.case_id, audited.details) == ("record_enquiry", None, {"enquiry_id": row.id})


def test_whoever_asks_the_doctor_and_leads_see_it_and_nobody_else(casework: Casework) -> None:
    row = write(casework)
    seen = {who: told(casework, getattr(casework, who)) for who in ("on_case", "lead", "off_case", "observer")}
    assert seen == {"on_case": [row.id], "lead": [row.id], "off_case": [], "observer": []}
    for who in (casework.off_case, casework.observer):
        with refused(casework.database, "Not found", error=NotFound):
            run(casework, open_enquiry, who, enquiry_id=row.id, reason="x")
        with refused(casework.database, "Not found", error=NotFound):
            run(casework, end_enquiry, who, **acting(row), why=EnquiryEnd.REFUSED)


def test_opening_it_takes_a_reason_and_is_logged(casework: Casework) -> None:
    row = write(casework)
    reach = run(casework, open_enquiry, enquiry_id=row.id, reason="To call")
    assert (reach.writer, reach.doctor, reach.doctor_contact) == ("Robin Writer", "Sam Unasked", "07700 900123")
    logged = last(casework.database, AccessLog)
    assert (logged.actor_id, logged.action, logged.reason) == (casework.on_case, "identity", "To call")
    with refused(casework.database, "Reason"):
        run(casework, open_enquiry, enquiry_id=row.id, reason=" ")


def test_a_lead_linked_to_the_organisation_sees_nothing_of_it(casework: Casework) -> None:
    row = write(casework, organisation_id=casework.body, danger=YesNo.YES)
    assert (told(casework, casework.lead), told(casework, casework.in_conflict)) == ([row.id], [])
    with refused(casework.database, "Not found", error=NotFound):
        run(casework, take_enquiry, casework.in_conflict, **acting(row))
    # Nor an e-mail, by which they would know that there is something.
    assert {alert.volunteer_id for alert in rows(casework.database, Alert)} == {casework.lead}


def test_nobody_who_bears_the_doctors_or_the_writers_name_sees_it(casework: Casework) -> None:
    row = write(casework)
    assert told(casework, casework.lead) == [row.id]
    with casework.database.write() as session:
        lead = session.get_one(Volunteer, casework.lead)
        lead.name = "Dr Sam Unasked"
        add_names(session, lead)
    assert told(casework, casework.lead) == []


def test_in_danger_a_lead_asks_and_every_lead_is_told(casework: Casework) -> None:
    row = write(casework, danger=YesNo.YES)
    assert row.owner_id == casework.lead
    assert {alert.volunteer_id for alert in rows(casework.database, Alert)} == {casework.lead, casework.in_conflict}
    # The volunteer handed it over with the save.
    assert told(casework, casework.on_case) == []


def test_whoever_has_a_link_hands_it_to_a_lead(casework: Casework) -> None:
    row = write(casework, organisation_id=None, body_text="The Example Clinic", body_link=True)
    assert row.owner_id == casework.lead
    assert told(casework, casework.on_case) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"danger": None}, "danger"),
        ({"writer": " "}, "writer"),
        ({"relation": "boss"}, "relation"),
        ({"doctor_contact": "", "writer_contact": ""}, "doctor_contact"),
        ({"organisation_id": None}, "organisation_id"),
        ({"organisation_id": 999_999}, "organisation_id"),
        ({"organisation_id": None, "body_text": "Clinic"}, "body_link"),
        ({"ask_by": None}, "ask_by"),
        ({"ask_by": TODAY - timedelta(days=1)}, "ask_by"),
        ({"ask_by": TODAY + timedelta(days=29)}, "ask_by"),
    ],
)
def test_what_is_missing_is_refused_beside_its_field(casework: Casework, changes: dict[str, Any], field: str) -> None:
    with refused(casework.database, ".", error=Invalid) as refusal:
        write(casework, **changes)
    assert set(refusal().problems) == {field}


def test_an_observer_records_nothing(casework: Casework) -> None:
    with refused(casework.database, "Only volunteers and leads", error=NotAllowed):
        write(casework, casework.observer)


def test_asked_and_taken_over(casework: Casework) -> None:
    row = write(casework)
    with refused(casework.database, "choose a day from", field="asked_on"):
        run(casework, note_enquiry_asked, **acting(row), asked_on=TODAY + timedelta(days=1))
    run(casework, note_enquiry_asked, **acting(row), asked_on=TODAY)
    with refused(casework.database, "Somebody else has changed this"):
        run(casework, take_enquiry, casework.lead, **acting(row))
    run(casework, take_enquiry, casework.lead, **acting(last(casework.database, Enquiry)))
    now = last(casework.database, Enquiry)
    assert (now.owner_id, now.asked_on) == (casework.lead, TODAY)
    assert told(casework, casework.on_case) == []


def test_two_people_at_once(casework: Casework) -> None:
    row = write(casework)
    about = {"enquiry_id": row.id, "seen_version": row.version}
    refusal = at_once(
        casework.database,
        lambda session: note_enquiry_asked(session, actor_id=casework.on_case, **about, asked_on=TODAY),
        lambda session: end_enquiry(session, actor_id=casework.lead, **about, why=EnquiryEnd.REFUSED),
    )
    assert isinstance(refusal, CommandRefused)
    assert last(casework.database, Enquiry).asked_on == TODAY


@pytest.mark.parametrize("why", list(EnquiryEnd))
def test_a_no_deletes_all_of_it(casework: Casework, why: EnquiryEnd) -> None:
    row = write(casework, danger=YesNo.YES)
    run(casework, end_enquiry, casework.lead, **acting(row), why=why)
    assert rows(casework.database, Enquiry) == rows(casework.database, Alert) == []
    assert last(casework.database, Audit).details == {"enquiry_id": row.id, "why": why.value}


def test_without_the_doctors_word_nothing_is_left(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    row = write(casework)
    day = row.ask_by + KEPT_AFTER
    for on, left in ((day - timedelta(days=1), 1), (day, 0)):
        monkeypatch.setattr(clock, "today", lambda on=on: on)
        # Out of sight on that day, whether or not the night's run has come.
        assert len(told(casework, casework.lead)) == left
        with casework.database.write() as session:
            assert delete_lapsed_enquiries(session) == 1 - left
    assert rows(casework.database, Enquiry) == []
    assert last(casework.database, Audit).action == "lapse_enquiry"


def test_the_doctor_agrees_and_only_the_relation_stays(casework: Casework) -> None:
    row = write(casework)
    intake = replace(INTAKE, organisation_id=casework.other_body, contact="sam@example.org", enquiry_id=row.id)
    reference = run(casework, open_case, intake=intake)
    assert rows(casework.database, Enquiry) == []
    case = the_case(casework, reference)
    notes = [entry.text for entry in rows(casework.database, Entry, case_id=case.id, kind=EntryKind.NOTE)]
    assert notes == [f"First written about by: spouse or partner, {clock.london_day(row.received_at):%-d %B %Y}."]


def test_a_case_is_not_opened_from_what_one_may_not_see(casework: Casework) -> None:
    row = write(casework)
    intake = replace(INTAKE, organisation_id=casework.other_body, contact="sam@example.org", enquiry_id=row.id)
    with refused(casework.database, "Not found", error=NotFound):
        run(casework, open_case, casework.off_case, intake=intake)


def test_all_or_nothing(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_all_or_nothing(casework, monkeypatch, record_enquiry, written=written(casework, danger=YesNo.YES))
    row = write(casework)
    assert_all_or_nothing(casework, monkeypatch, end_enquiry, **acting(row), why=EnquiryEnd.REFUSED)
