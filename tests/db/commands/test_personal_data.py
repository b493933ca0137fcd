"""Personal data in free text: refused by field, redacted, or kept with a logged reason; entries redacted for good."""

from dataclasses import replace
from typing import Any

import pytest

from db import clock
from db.choices import AuditAction, EntryKind, YesNo
from db.commands.personal_data import check, find, without_personal_data
from db.errors import PersonalData
from db.models import AccessLog
from db.rules.own_words import INVOLVED, OURS
from tests.db.helpers import (
    last,
    refused,
    viewer,
)
from tests.factories import INTAKE, Casework

NUMBER = "999 123 4519"


def checked(casework: Casework, keep_reason: str = "", **fields: Any) -> None:
    with casework.database.write() as session:
        check(session, actor_id=casework.on_case, fields=fields, keep_reason=keep_reason)


def test_each_field_is_refused_with_what_it_seems_to_hold(casework: Casework) -> None:
    with refused(casework.database, "Redact it, or say why", error=PersonalData) as refusal:
        checked(casework, what_changed=f"NHS {NUMBER}", move_values={"note": "dob 3/4/1961"}, blocked_by="nothing")
    assert refusal().problems == {
        "what_changed": "This looks like it includes an NHS number. Redact it, or say why it must stay.",
        "note": "This looks like it includes a date of birth. Redact it, or say why it must stay.",
    }


def test_fields_with_a_place_of_their_own_are_not_looked_at(casework: Casework) -> None:
    checked(casework, name=f"NHS {NUMBER}", contact=NUMBER, kind=EntryKind.NOTE, parties=["Test Doctor"])


def test_the_name_of_a_deadline_is_written_freely(casework: Casework) -> None:
    day = clock.today()
    with refused(casework.database, "NHS number", error=PersonalData):
        checked(casework, name=f"Letter about {NUMBER}", due_on=day)
    with casework.database.read() as session:
        fields = {"name": "Letter of Test Doctor", "due_on": day}
        clean = without_personal_data(session, actor_id=casework.on_case, fields=fields)
    assert clean == {"name": f"Letter of [redacted: {OURS}]", "due_on": day}


@pytest.mark.parametrize(
    "text", ["Spoke with Dr Test Doctor today", "write to TEST.doctor@example.org", "Doctor, Test and Test Doctor"]
)
def test_our_own_doctors_are_found_by_name_and_contact_to_those_who_may_know(casework: Casework, text: str) -> None:
    with casework.database.read() as session:
        assert {found.kind for found in find(session, viewer(casework, "on_case"), text)} == {OURS}
    with refused(casework.database, OURS, error=PersonalData):
        checked(casework, reference=casework.reference, text=text)


@pytest.mark.parametrize("who", ["off_case", "in_conflict", "observer"])
def test_nobody_else_learns_by_typing_a_name_who_came_to_us(casework: Casework, who: str) -> None:
    with casework.database.read() as session:
        assert find(session, viewer(casework, who), "Test Doctor, test.doctor@example.org") == []


def test_others_are_not_taken_for_them(casework: Casework) -> None:
    with casework.database.read() as session:
        text = "Spoke with Ann Example of the Example Acute Trust, ann@example.org, 020 7946 0000"
        assert find(session, viewer(casework, "on_case"), text) == []


def test_redaction_takes_it_out_of_every_field_and_leaves_the_rest(casework: Casework) -> None:
    with casework.database.read() as session:
        clean = without_personal_data(
            session,
            actor_id=casework.on_case,
            fields={
                "text": f"NHS {NUMBER} waited; Test Doctor saw it",
                "name": "Test Doctor",
                "move_values": {"note": "dob 3/4/1961", "second_id": 3},
                "intake": INTAKE,
                "seen_version": 4,
            },
        )
    assert clean["text"] == f"NHS [redacted: NHS number] waited; [redacted: {OURS}] saw it"
    assert clean["name"] == "Test Doctor"
    assert clean["move_values"] == {"note": "[redacted: date of birth]", "second_id": 3}
    assert clean["intake"] == INTAKE
    assert clean["seen_version"] == 4


def test_an_intake_is_looked_into(casework: Casework) -> None:
    intake = replace(INTAKE, summary=f"Patient {NUMBER}", immediate_danger=YesNo.NO)
    with refused(casework.database, "NHS number", error=PersonalData) as refusal:
        checked(casework, intake=intake)
    assert list(refusal().problems) == ["summary"]
    with casework.database.read() as session:
        clean = without_personal_data(session, actor_id=casework.on_case, fields={"intake": intake})
        assert "redacted" in clean["intake"].summary


def test_a_reason_lets_it_stay_and_is_logged_without_the_text(casework: Casework) -> None:
    checked(casework, "The tribunal’s own reference", reference=casework.reference, text=f"see {NUMBER}")
    row = last(casework.database, AccessLog)
    assert (row.actor_id, row.action, row.reason) == (
        casework.on_case,
        AuditAction.KEPT,
        "NHS number: The tribunal’s own reference",
    )
    with refused(casework.database, "Redact it", error=PersonalData):
        checked(casework, "  ", text=f"see {NUMBER}")


NEW: dict[str, Any] = {"name": "Nora O’Sample", "contact": "nora@example.org", "safe_channel": "07700 900987"}


@pytest.mark.parametrize(
    "summary",
    [
        "Nora OSample was sent home.",
        "We spoke to O'SAMPLE, NORA today.",
        "nora osample’s rota",
        "Dr O’Sample was sent home.",
        "Write to NORA@example.org only.",
        "Ring +44 7700\u200d900987 at night.",
    ],
)
def test_a_name_or_contact_just_typed_into_the_same_form_is_looked_for(casework: Casework, summary: str) -> None:
    """The doctor is not in the record yet, and whoever types need not be let see another case of theirs."""
    for who in (casework.off_case, casework.lead):
        intake = replace(INTAKE, **NEW, summary=summary)
        with casework.database.read() as session, pytest.raises(PersonalData) as refusal:
            check(session, actor_id=who, fields={"intake": intake})
        assert refusal.value.problems.keys() == {"summary"}
        with casework.database.read() as session:
            clean = without_personal_data(session, actor_id=who, fields={"intake": intake})["intake"]
        assert f"[redacted: {OURS}]" in clean.summary
        assert (clean.name, clean.contact) == (NEW["name"], NEW["contact"])


def test_so_is_somebody_named_as_involved(casework: Casework) -> None:
    intake = replace(INTAKE, **NEW, parties=("Bea Specimen",), summary="Bea Specimen decided it.")
    with refused(casework.database, INVOLVED, error=PersonalData):
        checked(casework, intake=intake)


def test_what_only_looks_like_a_part_of_the_name_stays(casework: Casework) -> None:
    checked(casework, intake=replace(INTAKE, **NEW, summary="A sample was lost on the ward; the doctor was blamed."))


def test_what_is_kept_is_what_was_looked_at(casework: Casework) -> None:
    hidden = "999\u200b 123\u00ad 45\u20281\ufeff9"
    with refused(casework.database, "NHS number", error=PersonalData):
        checked(casework, reference=casework.reference, text=f"see {hidden}")
    with refused(casework.database, OURS, error=PersonalData):
        checked(casework, reference=casework.reference, text="Te\u00adst Doc\u200btor was told")
