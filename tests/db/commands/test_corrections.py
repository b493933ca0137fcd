"""Corrections: in the open, with a reason, of all that a new case says; what was wrong stays unless it is personal."""

from dataclasses import fields, replace
from datetime import timedelta
from inspect import signature
from typing import Any

import pytest
from sqlalchemy import select

from db import clock, declared
from db.case_said import facts_said
from db.choices import AffiliationKind, Channel, EntryKind, HistoryKind, Representation, YesNo
from db.commands.affiliations import add_affiliation
from db.commands.corrections import correct_facts, correct_summary
from db.commands.identity_corrections import correct_identity
from db.commands.open_case import Intake
from db.commands.redactions import redact_words
from db.declared import in_words
from db.errors import CommandRefused, Invalid, Stale
from db.models import Action, Audit, CaseGround, Correction, Entry, Flag, Recusal, Redaction
from db.queries.case_history import Happening, case_history
from db.queries.corrections import correctable
from db.queries.queue import QueueFilters, case_queue
from db.queries.reference import reference
from db.rules.corrections import Facts
from db.rules.limits import Limits
from db.rules.safety import CRISIS_ACTION
from db.vault import Identity
from tests.db.helpers import (
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_hostile_text_is_plain,
    assert_recorded,
    at_once,
    barred,
    everything,
    last,
    refused,
    rows,
    run,
    the_case,
    viewer,
)
from tests.factories import Casework, give_second

# Each field of a new case, and the command by which it is put right.
HOW = {
    "received_at": "correct_facts",
    "channel": "correct_facts",
    "immediate_danger": "correct_facts",
    "name": "correct_identity",
    "contact": "correct_identity",
    "safe_channel": "correct_identity",
    "safe_times": "correct_identity",
    "never_use": "correct_identity",
    "privacy_notice": None,  # Not kept: without it there is no case.
    "consent_to_hold": "record_consent",
    "summary": "correct_summary",
    "body_kind": "correct_body",
    "region": "correct_body",
    "nation": "correct_body",
    "grade": "correct_facts",
    "specialty_group": "correct_facts",
    "organisation_id": "correct_body",
    "body_text": "correct_body",
    "body_link": "recuse",
    "processes": "correct_process",
    "grounds": "correct_facts",
    "dates_told": "add_entry",
    "told": "correct_process_stage",
    "enquiry_id": None,  # Gone with the case’s opening.
    "representation": "correct_facts",
    "source_key": None,  # Of an import, to know its rows again.
    "flags": "clear_flag",
    "parties": "remove_party",
    "stays_contact": "end_assignment",
}


def now(casework: Casework) -> Facts:
    with casework.database.read() as session:
        return facts_said(session, the_case(casework))


def put_right(casework: Casework, actor: int | None = None, *, seen: Facts | None = None, **changes: Any) -> None:
    was = seen or now(casework)
    run(casework, correct_facts, actor, seen=was, facts=replace(was, **changes), reason="Misheard")


def told(casework: Casework, who: str = "on_case") -> list[tuple[str, Happening]]:
    with casework.database.read() as session:
        lists = reference(session, clock.today())
        found = case_history(session, viewer(casework, who), casework.reference, (HistoryKind.CHANGE,), 50)
        return [(in_words(one, lists), one) for one in found]


def test_a_summary_is_put_right_and_the_old_one_stays_in_the_history(casework: Casework) -> None:
    old = the_case(casework).summary
    assert_recorded(
        casework, "correct_summary", correct_summary, seen=old, summary="Never excluded.", reason="Misheard"
    )
    assert the_case(casework).summary == "Never excluded."
    row = last(casework.database, Correction)
    assert (row.was, row.reason, row.by_id) == (old, "Misheard", casework.on_case)
    assert last(casework.database, Entry).text == "Corrected: Summary. Misheard"
    words, happening = told(casework)[0]
    assert (words, happening.reason, happening.before) == ("corrected: Summary", "Misheard", (old,))
    assert old not in str(last(casework.database, Audit).details), "the audit never holds words"


def test_what_was_personal_in_an_old_summary_is_not_kept_with_it(casework: Casework) -> None:
    case = the_case(casework)
    bad = "Test Doctor was excluded; NHS 943 476 5919, write to test.doctor@example.org."
    with casework.database.write() as session:
        session.merge(case).summary = bad
    run(casework, correct_summary, seen=bad, summary="Excluded.", reason="It named the patient")
    was = last(casework.database, Correction).was
    assert "943" not in was
    assert "Doctor was" not in was
    assert "example.org" not in was
    assert last(casework.database, Redaction).text_hash
    assert "943 476" not in str(everything(casework.database))


def test_an_old_summary_can_be_forgotten_but_for_its_fingerprint(casework: Casework) -> None:
    old = the_case(casework).summary
    run(casework, correct_summary, seen=old, summary="Excluded.", reason="Says too much", forget_old=True)
    assert last(casework.database, Correction).was is None
    assert (last(casework.database, Redaction).why, last(casework.database, Redaction).place) == (
        "Says too much",
        "cases",
    )
    assert old not in str(everything(casework.database))


def test_redaction_reaches_old_values_and_reasons(casework: Casework) -> None:
    old = the_case(casework).summary
    run(casework, correct_summary, seen=old, summary="Put right.", reason="Not the rota of ward 9")
    run(casework, redact_words, words="raising a concern", reason="x")
    run(casework, redact_words, words="ward 9", reason="x")
    row = last(casework.database, Correction)
    assert (row.was, row.reason) == ("Excluded after [redacted] about a rota.", "Not the rota of [redacted]")
    assert "ward 9" not in str(everything(casework.database))
    assert told(casework)[2][1].before == (row.was,)


def test_facts_are_put_right_one_by_one_with_old_and_new_value(casework: Casework) -> None:
    later = now(casework).received_at + timedelta(hours=3)
    put_right(
        casework,
        grade="fy2",
        channel=Channel.PHONE,
        representation=Representation.UNION,
        received_at=later,
        grounds=("race",),
    )
    case = the_case(casework)
    assert (case.grade, case.channel, case.representation) == ("fy2", Channel.PHONE, Representation.UNION)
    assert (case.received_at, case.opened_on) == (later, clock.london_day(later))
    assert [row.ground for row in rows(casework.database, CaseGround)] == ["race"]
    line = last(casework.database, Entry).text
    assert "Grade: Consultant → " in line
    assert "How it reached us: Email → Phone call" in line
    assert line.endswith("Misheard")
    put_right(casework, grounds=())
    assert last(casework.database, Correction).was is None, "what was wrongly alleged stays nowhere"
    assert "ace" not in last(casework.database, Entry).text


def test_what_somebody_else_changed_beside_it_stays(casework: Casework) -> None:
    seen = now(casework)
    put_right(casework, casework.lead, channel=Channel.PHONE)
    put_right(casework, seen=seen, grade="fy2")
    assert (the_case(casework).channel, the_case(casework).grade) == (Channel.PHONE, "fy2")


def test_a_stale_form_is_told_who_changed_what_it_shows(casework: Casework) -> None:
    seen, summary = now(casework), the_case(casework).summary
    put_right(casework, casework.lead, grade="fy2")
    with refused(casework.database, "Lena changed this case", error=Stale):
        put_right(casework, seen=seen, grade="fy1")
    run(casework, correct_summary, casework.lead, seen=summary, summary="One", reason="x")
    with refused(casework.database, "Lena changed this case", error=Stale):
        run(casework, correct_summary, seen=summary, summary="Two", reason="x")


def test_two_people_at_once_correct_it_once(casework: Casework) -> None:
    seen, summary = now(casework), the_case(casework).summary

    def summarise(session: Any) -> None:
        fields: dict[str, Any] = {"seen": summary, "summary": "Right", "reason": "x"}
        correct_summary(session, actor_id=casework.lead, reference=casework.reference, **fields)

    def grade(session: Any) -> None:
        right: dict[str, Any] = {"seen": seen, "facts": replace(seen, grade="fy2"), "reason": "x"}
        correct_facts(session, actor_id=casework.lead, reference=casework.reference, **right)

    assert at_once(casework.database, summarise, summarise) is not None
    assert at_once(casework.database, grade, grade) is not None
    assert len(rows(casework.database, Correction)) == 2


def test_danger_that_turns_out_raises_the_flag_and_calls_a_lead(casework: Casework) -> None:
    put_right(casework, immediate_danger=YesNo.YES)
    assert last(casework.database, Flag).code == "CRISIS"
    action = last(casework.database, Action)
    assert (action.text, action.due_on) == (CRISIS_ACTION, clock.today())
    assert "CRISIS" in the_case(casework).flags
    put_right(casework, immediate_danger=YesNo.NO)
    assert "CRISIS" in the_case(casework).flags, "a flag is only ever cleared by itself"
    put_right(casework, immediate_danger=YesNo.YES)
    assert len(rows(casework.database, Flag)) == 1


FORGED: tuple[dict[str, Any], ...] = (
    {"grade": "emperor"},
    {"grade": "\x00"},
    {"specialty_group": None},
    {"channel": "phone"},
    {"channel": Channel.IMPORT},
    {"immediate_danger": "yes"},
    {"representation": 3},
    {"received_at": "2026-01-01"},
    {"received_at": clock.now().replace(tzinfo=None)},
    {"grounds": ("nonsense",)},
    {"grounds": ("race", "race")},
    {"grounds": ["race"]},
)


@pytest.mark.parametrize("changes", FORGED, ids=lambda changes: str(changes)[:40])
def test_forged_facts_are_refused_by_field(casework: Casework, changes: dict[str, Any]) -> None:
    with refused(casework.database, "choose", error=Invalid) as said:
        put_right(casework, **changes)
    assert set(said().problems) == set(changes)


def test_a_message_received_tomorrow_is_refused(casework: Casework) -> None:
    with refused(casework.database, "choose today or an earlier day", field="received_at"):
        put_right(casework, received_at=clock.now() + timedelta(days=1))


def test_nothing_changed_and_no_reason_are_refused(casework: Casework) -> None:
    seen, summary = now(casework), the_case(casework).summary
    with refused(casework.database, "not changed anything"):
        put_right(casework)
    with refused(casework.database, "not changed anything", field="summary"):
        run(casework, correct_summary, seen=summary, summary=f" {summary} ", reason="x")
    for command, right in (
        (correct_summary, {"seen": summary, "summary": "y"}),
        (correct_facts, {"seen": seen, "facts": replace(seen, grade="fy2")}),
    ):
        with refused(casework.database, "fill this in", field="reason"):
            run(casework, command, **right, reason=" \u202e ")


def test_only_the_team_and_leads_correct(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, summary = now(casework), the_case(casework).summary
    for command, right in (
        (correct_summary, {"seen": summary, "summary": "y", "reason": "x"}),
        (correct_facts, {"seen": seen, "facts": replace(seen, specialty_group="surgery"), "reason": "x"}),
    ):
        assert_for_the_team_only(casework, command, **right)
        assert_all_or_nothing(casework, monkeypatch, command, **right)


def test_hostile_words_are_plain_text(casework: Casework) -> None:
    def summarise(words: str) -> None:
        run(casework, correct_summary, seen=the_case(casework).summary, summary=words, reason="x")

    assert_hostile_text_is_plain(casework, summarise, lambda: the_case(casework).summary)
    grades = iter(["fy2", "consultant"] * 20)

    def explain(words: str) -> None:
        seen = now(casework)
        grade = next(code for code in grades if code != seen.grade)
        run(casework, correct_facts, seen=seen, facts=replace(seen, grade=grade), reason=words)

    assert_hostile_text_is_plain(casework, explain, lambda: str(last(casework.database, Correction).reason))


def test_the_forms_begin_with_what_the_case_says_and_nobody_else_is_told(casework: Casework) -> None:
    with casework.database.read() as session:
        found = correctable(session, viewer(casework, "on_case"), casework.reference)
        assert (found.summary, found.facts) == (the_case(casework).summary, now(casework))
        for who in ("off_case", "in_conflict", "observer"):
            with pytest.raises(CommandRefused):
                correctable(session, viewer(casework, who), casework.reference)


def test_a_specialty_put_right_bars_its_circle_at_once(casework: Casework) -> None:
    with casework.database.write() as session:
        give_second(session, casework)
    with casework.database.write() as session:
        add_affiliation(
            session,
            actor_id=casework.lead,
            volunteer_id=casework.off_case,
            kind=AffiliationKind.CIRCLE,
            specialty_group="surgery",
            region="london",
            started_on=clock.today(),
        )
    assert not barred(casework, casework.off_case)
    put_right(casework, specialty_group="surgery")
    assert barred(casework, casework.off_case)
    assert "Uma is no longer second volunteer: a conflict of interest." in [
        row.text for row in rows(casework.database, Entry, kind=EntryKind.SYSTEM)
    ]
    put_right(casework, specialty_group="medicine")
    assert barred(casework, casework.off_case), "it is lowered by two leads only"
    assert last(casework.database, Recusal).is_kept
    assert not any("kept" in words or "stays barred" in words for words, _ in told(casework))
    assert any("Uma stays barred" in words for words, _ in told(casework, "lead"))


def test_every_field_that_a_new_case_takes_can_be_put_right(casework: Casework) -> None:
    assert {part.name for part in fields(Intake)} == set(HOW)
    known = declared.commands()
    assert {how for how in HOW.values() if how} <= set(known)
    for how in {how for how in HOW.values() if how and how.startswith("correct_")}:
        assert {"actor_id", "reference", "reason"} <= set(signature(known[how]).parameters), how
    covered = {part.name for part in fields(Facts)}
    assert {name for name, how in HOW.items() if how == "correct_facts"} == covered
    with casework.database.read() as session:
        assert session.scalar(select(Correction.id)) is None


def test_search_follows_in_the_same_transaction(casework: Casework) -> None:
    def finds(typed: str) -> bool:
        with casework.database.read() as session:
            asked = QueueFilters(search=typed)
            return bool(case_queue(session, viewer(casework, "lead"), asked, clock.today(), Limits()).total)

    assert finds("excluded")
    assert finds("Test Doctor")
    seen = the_case(casework).summary
    run(casework, correct_summary, seen=seen, summary="Suspended over a handover.", reason="Misheard")
    identity = Identity("Nora Sample", "07700 900123", "")
    named: dict[str, Any] = {"fields": ["name", "contact"], "identity": identity, "reason": "Misheard"}
    run(casework, correct_identity, seen_edition=0, **named)
    found = {typed: finds(typed) for typed in ("suspended", "Nora Sample", "07700900123", "excluded", "Test Doctor")}
    assert found == {
        "suspended": True,
        "Nora Sample": True,
        "07700900123": True,
        "excluded": False,
        "Test Doctor": False,
    }
