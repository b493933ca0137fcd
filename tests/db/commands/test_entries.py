"""Adding to the timeline: append-only, and no conflict with a form that is open."""

from typing import Any

import pytest

from db.choices import Approached, ConsentPurpose, Contact, EntryKind
from db.commands.entries import add_entry
from db.models import Entry
from tests.db.helpers import (
    HOSTILE,
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_hostile_text_is_plain,
    assert_recorded,
    last,
    refused,
    run,
    the_case,
)
from tests.factories import Casework, agree, make_case

NOTE: dict[str, Any] = {"kind": EntryKind.NOTE, "text": "Read the policy"}


def test_an_entry_is_kept_with_its_author_and_audit_row(casework: Casework) -> None:
    assert_recorded(casework, "add_entry", add_entry, **NOTE)
    entry = last(casework.database, Entry)
    assert (entry.kind, entry.text, entry.author_id) == (EntryKind.NOTE, "Read the policy", casework.on_case)
    assert (entry.contact, entry.code, entry.corrects_id) == (None, None, None)
    assert entry.at == entry.recorded_at


def test_a_contact_says_whether_the_doctor_was_reached(casework: Casework) -> None:
    for contact in (None, Contact.NONE):
        with refused(casework.database, "whether the doctor was reached", field="contact"):
            run(casework, add_entry, kind=EntryKind.CONTACT, text="Rang", contact=contact)
    run(casework, add_entry, kind=EntryKind.CONTACT, text="Rang", contact=Contact.TRIED)
    assert last(casework.database, Entry).contact is Contact.TRIED


def test_support_and_advocacy_name_what_was_done_from_their_own_list(casework: Casework) -> None:
    with casework.database.write() as session:
        agree(session, casework.reference, ConsentPurpose.CONTACT, whom=Approached.GMC)
    for kind, good, other in (
        (EntryKind.SUPPORT, "listening", "letter_gmc"),
        (EntryKind.ADVOCACY, "letter_gmc", "listening"),
    ):
        for code in (None, "", other, "no such thing"):
            with refused(casework.database, "What was done", field="code"):
                run(casework, add_entry, kind=kind, text="Did it", code=code)
        run(casework, add_entry, kind=kind, text="Did it", code=good, contact=Contact.REACHED)
        assert (last(casework.database, Entry).code, last(casework.database, Entry).contact) == (good, None)


def test_kinds_that_commands_write_are_not_for_people(casework: Casework) -> None:
    for kind in (EntryKind.SYSTEM, EntryKind.UPDATE):
        with refused(casework.database, "Kind", field="kind"):
            run(casework, add_entry, kind=kind, text="Forged")


def test_a_correction_points_at_an_entry_of_the_same_case(casework: Casework) -> None:
    run(casework, add_entry, **NOTE)
    old = last(casework.database, Entry)
    run(casework, add_entry, kind=EntryKind.NOTE, text="Read both policies", corrects_id=old.id)
    assert last(casework.database, Entry).corrects_id == old.id
    with casework.database.write() as session:
        elsewhere = make_case(session, actor_id=casework.lead, body=casework.other_body, contact="n@example.org")
    for wrong in (last(casework.database, Entry, case_id=the_case(casework, elsewhere).id).id, 999_999):
        with refused(casework.database, "not on this case", field="corrects_id"):
            run(casework, add_entry, **NOTE, corrects_id=wrong)


def test_nothing_to_say_is_refused(casework: Casework) -> None:
    for nothing in ("", " \n", "\u200b", "\x00"):
        with refused(casework.database, "fill this in", field="text"):
            run(casework, add_entry, kind=EntryKind.NOTE, text=nothing)


def test_an_entry_makes_no_open_form_stale(casework: Casework) -> None:
    version = the_case(casework).version
    run(casework, add_entry, **NOTE)
    assert the_case(casework).version == version


def test_only_the_team_and_leads_may_add(casework: Casework) -> None:
    assert_for_the_team_only(casework, add_entry, **NOTE)
    run(casework, add_entry, casework.lead, **NOTE)


def test_a_failure_half_way_leaves_nothing(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_all_or_nothing(casework, monkeypatch, add_entry, **NOTE)


def test_hostile_text_is_kept_as_plain_text_or_refused(casework: Casework) -> None:
    assert_hostile_text_is_plain(
        casework,
        lambda words: run(casework, add_entry, kind=EntryKind.NOTE, text=words),
        lambda: last(casework.database, Entry).text,
    )
    for words in HOSTILE.values():
        with refused(casework.database, ".+"):
            run(casework, add_entry, kind=EntryKind.SUPPORT, text="Did it", code=words)
