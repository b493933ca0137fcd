"""Intake: one transaction makes case, doctor, consent, first event and first owned action, or nothing."""

from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from db import clock
from db.access import visible_cases
from db.case_reference import is_reference
from db.choices import ConsentPurpose, EntryKind, Representation, Stage, YesNo
from db.commands.identity import open_identity
from db.commands.open_case import Intake, open_case
from db.errors import CommandRefused, Invalid, NotAllowed
from db.models import (
    Action,
    Audit,
    Case,
    CaseGround,
    CaseIdentity,
    CaseProcess,
    Consent,
    Doctor,
    Entry,
    Flag,
    StageEvent,
    Volunteer,
)
from db.rules.actions import FIRST_ACTION
from db.rules.safety import CRISIS_ACTION
from db.vault import Identity
from tests.db.helpers import (
    HOSTILE,
    assert_all_or_nothing,
    assert_hostile_text_is_plain,
    at_once,
    count,
    last,
    refused,
    revision,
    rows,
    run,
    the_case,
    viewer,
)
from tests.factories import INTAKE, Casework


def take(casework: Casework, actor: int | None = None, **changes: Any) -> str:
    reference = run(casework, open_case, actor, intake=intake_at(casework, **changes))
    assert is_reference(reference)
    return str(reference)


def intake_at(casework: Casework, **changes: Any) -> Intake:
    values: dict[str, Any] = {"organisation_id": casework.other_body, "contact": "new@example.org"}
    return replace(INTAKE, **(values | changes))


def test_everything_a_case_needs_is_there_at_once(casework: Casework) -> None:
    reference = take(
        casework,
        processes=("GMC", "MHPS", "GMC"),
        grounds=("race", "sex", "race"),
        flags=("EXCL",),
        dates_told="Rule 7 letter on Monday",
        representation=Representation.MDO,
    )

    assert is_reference(reference)
    case, database = the_case(casework, reference), casework.database
    assert (case.stage, case.is_open, case.version >= 1) == (Stage.NEW, True, True)
    assert case.updated_by_id == casework.on_case
    assert case.opened_on == clock.london_day(INTAKE.received_at)
    event = last(database, StageEvent)
    assert (event.case_id, event.from_stage, event.to_stage, event.by_id) == (
        case.id,
        None,
        Stage.NEW,
        casework.on_case,
    )
    consent = last(database, Consent)
    assert (consent.purpose, consent.given, consent.recorded_by_id) == (ConsentPurpose.HOLD, True, casework.on_case)
    action = last(database, Action)
    assert (action.text, action.owner_id) == (FIRST_ACTION, casework.on_case)
    assert action.due_on == clock.today() + timedelta(days=1)
    facing = [row for row in rows(database, CaseProcess) if row.case_id == case.id]
    assert {row.process for row in facing} == {"GMC", "MHPS"}
    assert {(row.stage, row.organisation_id) for row in facing} == {
        ("TRIAGE", casework.other_body),
        ("SCREEN", casework.other_body),
    }
    with database.read() as session:
        assert set(session.scalars(select(CaseGround.ground))) == {"race", "sex"}
    assert [(row.code, row.cleared_at) for row in rows(database, Flag)] == [("EXCL", None)]
    assert "Rule 7 letter on Monday" in [row.text for row in rows(database, Entry, kind=EntryKind.NOTE)][-1]
    assert case.flags == "EXCL"
    assert sorted(case.process_codes.split()) == ["GMC", "MHPS"]
    assert case.unallocated_since == case.received_at
    assert case.next_action_id == action.id


def test_audit_row_is_written_and_the_revision_raised(casework: Casework) -> None:
    before = revision(casework.database)
    reference = take(casework)
    row = last(casework.database, Audit)
    assert (row.action, row.actor_id) == ("open_case", casework.on_case)
    assert row.case_id == the_case(casework, reference).id
    assert "example.org" not in str(row.details)
    assert revision(casework.database)[1] == before[1] + 1


def test_observers_may_not_open_a_case(casework: Casework) -> None:
    with refused(casework.database, "Only volunteers and leads", error=NotAllowed):
        take(casework, casework.observer)


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no privacy notice": ({"privacy_notice": False}, "privacy_notice"),
    "no consent": ({"consent_to_hold": False}, "consent_to_hold"),
    "no name": ({"name": " "}, "name"),
    "no contact": ({"contact": "\t"}, "contact"),
    "no summary": ({"summary": ""}, "summary"),
    "no body": ({"organisation_id": None}, "organisation_id"),
    "unknown body": ({"organisation_id": 999_999}, "organisation_id"),
    "future": ({"received_at": clock.now() + timedelta(hours=1)}, "received_at"),
    "unknown grade": ({"grade": "emperor"}, "grade"),
    "unknown specialty": ({"specialty_group": "alchemy"}, "specialty_group"),
    "unknown kind of body": ({"body_kind": "circus"}, "body_kind"),
    "unknown region": ({"region": "atlantis"}, "region"),
    "unknown nation": ({"nation": "narnia"}, "nation"),
    "unknown process": ({"processes": ("GMC", "TRIAL-BY-FIRE")}, "processes"),
    "unknown ground": ({"grounds": ("race", "star sign")}, "grounds"),
    "unknown flag": ({"flags": ("EXCL", "WHITE")}, "flags"),
}


def test_each_thing_missing_or_unknown_is_named_and_nothing_is_saved(casework: Casework) -> None:
    for name, (changes, field) in BAD.items():
        with refused(casework.database, r".+\.$", error=Invalid) as caught:
            take(casework, **changes)
        assert set(caught().problems) == {field}, name
    with refused(casework.database, "Privacy", error=Invalid) as caught:
        take(casework, privacy_notice=False, grade="emperor", name="")
    assert set(caught().problems) == {"privacy_notice", "grade", "name"}


def test_a_body_that_is_not_listed_is_kept_as_text(casework: Casework) -> None:
    reference = take(casework, organisation_id=None, body_text="  The Example Clinic ", body_link=False)
    case = the_case(casework, reference)
    assert (case.organisation_id, case.body_text) == (None, "The Example Clinic")


def test_immediate_danger_raises_crisis_for_a_lead_today(casework: Casework) -> None:
    reference = take(casework, immediate_danger=YesNo.YES)
    case, action = the_case(casework, reference), last(casework.database, Action)
    assert (case.flags, case.queue_rank) == ("CRISIS", 0)
    assert (action.text, action.owner_id, action.due_on) == (CRISIS_ACTION, casework.lead, clock.today())
    assert last(casework.database, Flag).why == "Immediate danger reported."


def test_whoever_takes_a_message_about_their_own_employer_never_sees_the_case(casework: Casework) -> None:
    reference = take(casework, casework.in_conflict, organisation_id=casework.body, processes=("ET",))
    assert last(casework.database, Action).owner_id == casework.lead
    with casework.database.read() as session:
        seen = session.scalars(select(Case.reference).where(visible_cases(viewer(casework, "in_conflict"))))
        assert reference not in set(seen)


def test_a_doctor_who_comes_back_is_not_found_again_by_anybody_but_a_lead(casework: Casework) -> None:
    first = take(casework, contact="Dr.Who@Example.org", name="Zoë  Example")
    again = take(casework, contact=" dr.who@example.org ", name="zoe example")
    assert the_case(casework, first).doctor_id != the_case(casework, again).doctor_id
    assert count(casework.database, Doctor) == count(casework.database, Case) == 3


def test_two_doctors_who_share_a_contact_are_never_shown_as_each_other(casework: Casework) -> None:
    """A union's address, a spouse's, or just "unknown"."""
    one = take(casework, contact="unknown", name="Anna Example")
    two = take(casework, contact="Unknown", name="Berta Example")
    assert the_case(casework, one).doctor_id != the_case(casework, two).doctor_id


def told_with(casework: Casework, reference: str) -> Identity:
    with casework.database.log() as session:
        return open_identity(session, actor_id=casework.lead, reference=reference, reason="To call back")


def test_an_intake_neither_opens_nor_changes_what_another_case_was_told(casework: Casework) -> None:
    """The attack: somebody barred from a case takes down a new one with that doctor's name and contact."""
    before = told_with(casework, casework.reference)
    told: dict[str, Any] = {"name": INTAKE.name, "contact": INTAKE.contact, "stays_contact": True}
    reference = take(
        casework,
        casework.in_conflict,
        organisation_id=None,
        body_text="Not listed",
        safe_channel="Ring the ward",
        safe_times="Nights",
        never_use="",
        **told,
    )
    assert told_with(casework, casework.reference) == before
    theirs = told_with(casework, reference)
    assert (theirs.safe_channel, theirs.safe_times, theirs.never_use) == ("Ring the ward", "Nights", "")
    take(casework, casework.in_conflict, organisation_id=None, body_text="Not listed", safe_channel="Other", **told)
    assert (told_with(casework, casework.reference), told_with(casework, reference)) == (before, theirs)


def test_the_same_source_twice_is_refused(casework: Casework) -> None:
    take(casework, source_key="file:1")
    with refused(casework.database, "already"):
        take(casework, source_key="file:1")


def test_a_failure_half_way_leaves_nothing(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_all_or_nothing(casework, monkeypatch, open_case, intake=intake_at(casework, processes=("GMC",)))


@pytest.mark.parametrize("field", ["summary", "name", "contact", "never_use", "dates_told", "body_text"])
def test_hostile_text_is_kept_as_plain_text(casework: Casework, field: str) -> None:
    def stored() -> str:
        case = the_case(casework, references[-1])
        with casework.database.read() as session:
            identity = session.info["vault"].open(session.get_one(CaseIdentity, case.id).sealed)
        told = last(casework.database, Entry, case_id=case.id).text if field == "dates_told" else ""
        return " ".join([case.summary, *asdict(identity).values(), told, str(case.body_text)])

    references: list[str] = []

    def attempt(words: str) -> None:
        changes: dict[str, Any] = {field: words}
        references.append(take(casework, **changes))

    assert_hostile_text_is_plain(casework, attempt, stored)


def test_hostile_codes_are_refused(casework: Casework) -> None:
    for words in HOSTILE.values():
        for codes in ({"grade": words}, {"processes": (words,)}):
            with refused(casework.database, "[Cc]hoose|none of|can’t be saved"):
                take(casework, **codes)


def test_what_only_looks_empty_is_empty(casework: Casework) -> None:
    for field in ("name", "contact", "summary"):
        with refused(casework.database, "fill this in", field=field):
            blank: dict[str, Any] = {field: "\u200b\u200d\x00"}
            take(casework, **blank)


def test_two_intakes_at_once_are_two_cases(casework: Casework) -> None:
    def one(number: int) -> Any:
        intake = intake_at(casework, contact=f"{number}@example.org")
        return lambda session: open_case(session, actor_id=casework.lead, intake=intake)

    assert at_once(casework.database, one(1), one(2)) is None
    assert count(casework.database, Case) == 3


def test_a_crisis_without_any_lead_is_still_somebodys(casework: Casework) -> None:
    with casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id != casework.on_case).values(active=False))
    take(casework, immediate_danger=YesNo.YES)
    assert last(casework.database, Action).owner_id == casework.on_case


def test_a_message_from_years_ago_opens_then(casework: Casework) -> None:
    long_ago = clock.now() - timedelta(days=3 * 366)
    assert the_case(casework, take(casework, received_at=long_ago)).opened_on == clock.london_day(long_ago)
    assert date(2000, 1, 1) < clock.london_day(long_ago)


def test_a_refusal_is_one_a_form_can_show(casework: Casework) -> None:
    with pytest.raises(CommandRefused, match="too long") as caught:
        take(casework, summary="x" * 10_001)
    assert caught.value.field == "summary"
