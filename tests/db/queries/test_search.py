"""Search: what finds a case, for whom, in what order, and what of it is shown."""

import csv
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from db import clock
from db.access import viewer_of
from db.choices import (
    AssignmentRole,
    DeadlineKind,
    EntryKind,
    Evidence,
    FoundIn,
    QueueOrder,
    Representation,
    Stage,
    Whose,
)
from db.commands.actions import add_action
from db.commands.bodies import remember_name
from db.commands.deadlines import add_deadline, change_deadline
from db.commands.documents import add_document, withdraw_document
from db.commands.entries import add_entry
from db.commands.findings import add_finding
from db.commands.recusals import recuse
from db.commands.redactions import redact_words
from db.commands.stages import move_stage, record_stage
from db.models import Case, Deadline, Document, Entry, Organisation
from db.queries import search
from db.queries.queue import QueueFilters, QueuePage, case_queue
from db.queries.search import Found
from db.rules.limits import Limits
from tests.db.helpers import HOSTILE, last, plain, rows, run, viewer
from tests.factories import Casework, give_place, make_case

TODAY = clock.today()
SECOND = AssignmentRole.SECOND
SHARED = Path(__file__).parents[1] / "rules" / "search_words.csv"


def page(casework: Casework, typed: str, who: str = "lead", **filters: Any) -> QueuePage:
    asked = replace(QueueFilters(search=typed), **filters)
    with casework.database.read() as session:
        return case_queue(session, viewer(casework, who), asked, TODAY, Limits())


def finds(casework: Casework, typed: str, who: str = "lead") -> list[str]:
    found = page(casework, typed, who)
    assert found.total == len(found.rows)
    return [row.reference for row in found.rows]


def why(casework: Casework, typed: str, who: str = "lead") -> Found | None:
    (row,) = page(casework, typed, who).rows
    return row.found


def marked(found: Found | None) -> list[str]:
    assert found is not None
    return [found.text[start:end] for start, end in found.marks]


def add_case(casework: Casework, number: int, summary: str = "Nothing of note.", **changes: Any) -> str:
    fields: dict[str, Any] = {"body": casework.other_body, "contact": f"{number}@example.org", "summary": summary}
    with casework.database.write() as session:
        return make_case(session, actor_id=casework.lead, **(fields | changes))


def add_words(casework: Casework, text: str = "They rang about a zebra. Nothing else.") -> None:
    run(casework, add_entry, kind=EntryKind.NOTE, text=text)


def test_every_text_of_a_case_finds_it_and_says_where(casework: Casework) -> None:
    add_words(casework, "A note of the okapi.")
    run(
        casework,
        add_action,
        next_action="Ring the zebra",
        action_owner_id=casework.on_case,
        action_due_on=TODAY,
    )
    paper: dict[str, Any] = {"link": "https://papers.example.org/x", "checked": True}
    run(casework, add_document, description="Letter of the quagga", **paper)
    coded: dict[str, Any] = {"evidence": Evidence.REPORTED, "case_process_id": None, "quarter": "2026Q1"}
    run(casework, add_finding, code="S01", note="Seen by the gnu", **coded)
    run(
        casework,
        add_deadline,
        name="An ibis meeting",
        due_on=TODAY + timedelta(days=9),
        kind=DeadlineKind.LOCAL,
        whose=Whose.OURS,
    )
    run(casework, change_deadline, deadline_id=last(casework.database, Deadline).id, plan="Waits for the lynx")
    make_move(casework, reason="By the eland.", scope="A tapir was blamed.")
    with casework.database.write() as session:
        remember_name(session, session.get_one(Organisation, casework.body), "The Oryx Infirmary")
    for word, place, text in (
        ("ibis", FoundIn.DEADLINE, "An ibis meeting"),
        ("lynx", FoundIn.DEADLINE, "Waits for the lynx"),
        ("tapir", FoundIn.STAGE, "A tapir was blamed."),
        ("eland", FoundIn.STAGE, "By the eland."),
        ("okapi", FoundIn.ENTRY, "A note of the okapi."),
        ("zebra", FoundIn.ACTION, "Ring the zebra"),
        ("quagga", FoundIn.DOCUMENT, "Letter of the quagga"),
        ("gnu", FoundIn.FINDING, "Seen by the gnu"),
        ("oryx", FoundIn.BODY, "The Oryx Infirmary"),
        ("concern", FoundIn.SUMMARY, "Excluded after raising a concern about a rota."),
    ):
        found = why(casework, word, "on_case")
        assert found == Found(place, text, found.marks if found else (), by_person=False), word
        assert marked(found) == [word.capitalize() if word == "oryx" else word]


def make_move(casework: Casework, *, reason: str, scope: str) -> None:
    with casework.database.write() as session:
        case = session.scalars(select(Case).where(Case.reference == casework.reference)).one()
        told: dict[str, object] = {"representation": Representation.NONE, "limit_dates": "none known", "scope": scope}
        lead = viewer_of(session, casework.lead)
        move_stage(session, viewer=lead, case=case, to=Stage.TRIAGE, values=told, reason=reason)


def test_what_a_move_records_finds_the_case_while_it_says_it_and_for_the_team_alone(casework: Casework) -> None:
    make_move(casework, reason="By the eland.", scope="A tapir was blamed.")
    for who, expected in (("lead", 1), ("on_case", 1), ("off_case", 0), ("in_conflict", 0), ("observer", 0)):
        assert len(finds(casework, "tapir", who)) == len(finds(casework, "eland", who)) == expected, who
    run(casework, redact_words, words="tapir", reason="A patient")
    assert finds(casework, "tapir") == []
    assert finds(casework, "eland") == [casework.reference]


def test_a_term_that_ends_a_case_finds_it_by_its_name(casework: Casework) -> None:
    with casework.database.write() as session:
        case = session.scalars(select(Case).where(Case.reference == casework.reference)).one()
        told: dict[str, object] = {"outcome": "redeployed", "doctor_view": "Content", "retain_until": "2030-01-01"}
        record_stage(session, viewer=None, case=case, to=Stage.CLOSING, reason="", details=told)
    found = why(casework, "redeployed")
    assert found is not None
    assert found.place is FoundIn.STAGE
    assert finds(casework, "2030") == finds(casework, "retain") == []


def test_the_words_of_an_update_that_moves_the_case_are_found_in_the_update(casework: Casework) -> None:
    add_words(casework, "By the eland.")
    make_move(casework, reason="By the eland.", scope="Ours")
    found = why(casework, "eland")
    assert found is not None
    assert found.place is FoundIn.ENTRY


def test_a_deadline_that_ended_with_its_case_says_no_more_than_the_case(casework: Casework) -> None:
    meeting: dict[str, Any] = {"due_on": TODAY, "kind": DeadlineKind.LOCAL, "whose": Whose.OURS}
    run(casework, add_deadline, name="Meeting", **meeting)
    with casework.database.write() as session:
        row = session.scalars(select(Deadline)).one()
        row.lapsed_on, row.lapsed_reason, row.ended_with_case = TODAY, "Case: Zebra", True
    assert finds(casework, "zebra") == []
    with casework.database.write() as session:
        session.scalars(select(Deadline)).one().ended_with_case = False
    assert finds(casework, "zebra") == [casework.reference]


def test_words_may_be_in_different_texts_of_a_case(casework: Casework) -> None:
    add_words(casework)
    assert finds(casework, "zebra rota") == [casework.reference]
    assert finds(casework, "zebra acute") == [casework.reference]
    assert finds(casework, "zebra surgeon") == []
    found = why(casework, "rota zebra rang")
    assert found is not None
    assert (found.place, found.text) == (FoundIn.ENTRY, "They rang about a zebra.")


def test_phrases_minus_and_beginnings(casework: Casework) -> None:
    reference = add_case(casework, 1, "A rota gap, then sick leave.")
    other = add_case(casework, 2, "A gap in the rota. Sick of leave.")
    assert finds(casework, '"rota gap"') == [reference]
    assert set(finds(casework, "rota gap")) == {reference, other}
    assert finds(casework, 'gap -"sick leave"') == [other]
    assert finds(casework, "gap -sick") == []
    assert set(finds(casework, "gap*")) == set(finds(casework, "ga*")) == {reference, other}
    assert finds(casework, '"rota ga"') == []
    assert finds(casework, '"rota ga"*') == [reference]
    # Words that are not there as typed begin longer ones.
    assert set(finds(casework, "sic")) == {reference, other}
    assert finds(casework, "si") == []
    # No phrase runs on into another text.
    add_words(casework, "One ends\nTwo begins")
    assert finds(casework, '"ends two"') == []
    assert finds(casework, "-rota") == finds(casework, "-") == []


def test_the_shared_cases_hold(casework: Casework) -> None:
    with SHARED.open(encoding="utf-8", newline="") as file:
        cases = list(csv.DictReader(file))
    for number, case in enumerate(cases):
        reference = add_case(casework, number, case["summary"])
        assert (reference in finds(casework, case["typed"])) == (case["found"] == "1"), case


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Łódź", "lodz"),
        ("Straße", "STRASSE"),
        ("TŷGwyn", "tygwyn"),
        ("cafe\u0301", "café"),
        ("北京 letter", "北京"),
        ("Привет", "привет"),
        ("zero\u200bwidth", "zerowidth"),
        ("ﬁle", "file"),
        ("O’Example", "o'example"),
        ("x" * 100, "x" * 100),
    ],
)
def test_both_databases_fold_alike(casework: Casework, written: str, typed: str) -> None:
    reference = add_case(casework, 1, f"Before {written} after.")
    assert finds(casework, typed) == [reference]
    found = why(casework, typed)
    assert found is not None
    assert len(found.marks) == 1


def test_a_reference_is_found_first_and_with_or_without_its_beginning(casework: Casework) -> None:
    other = add_case(casework, 1, f"See also {casework.reference} and {casework.reference[4:]}.")
    for typed in (casework.reference, casework.reference.lower(), casework.reference[4:], f" {casework.reference} "):
        assert finds(casework, typed)[0] == casework.reference, typed
        assert set(finds(casework, typed)) == {casework.reference, other}
        for who in ("off_case", "on_case"):
            assert finds(casework, typed, who) == [casework.reference]
        for who in ("in_conflict", "observer"):
            assert casework.reference not in finds(casework, typed, who)
    assert why(casework, casework.reference, "off_case") is None
    assert why(casework, casework.reference, "on_case") is None


def test_better_matches_come_first_and_newer_ones_among_equals(casework: Casework) -> None:
    def days_ago(days: int) -> dict[str, Any]:
        return {"received_at": clock.now() - timedelta(days=days)}

    begins = add_case(casework, 1, "Many zebras.")
    older = add_case(casework, 2, "A zebra.", **days_ago(90))
    newer = add_case(casework, 3, "A zebra.", **days_ago(2))
    add_words(casework)
    assert finds(casework, "zebra") == [newer, older, casework.reference, begins]


def test_only_whoever_may_read_a_case_in_full_finds_it_by_its_words(casework: Casework) -> None:
    add_words(casework)
    for who, expected in (("lead", 1), ("on_case", 1), ("off_case", 0), ("in_conflict", 0), ("observer", 0)):
        assert len(finds(casework, "zebra", who)) == expected, who
        assert len(finds(casework, "example", who)) == expected, who
    with casework.database.write() as session:
        give_place(session, lead=casework.lead, volunteer=casework.off_case, reference=casework.reference, role=SECOND)
    assert finds(casework, "zebra", "off_case") == [casework.reference]
    with casework.database.write() as session:
        recuse(
            session,
            actor_id=casework.lead,
            reference=casework.reference,
            volunteer_id=casework.off_case,
            reason="Knows them",
        )
    assert finds(casework, "zebra", "off_case") == finds(casework, casework.reference, "off_case") == []


TYPED = ("zebra", "zeb", "acute", "-zebra rota", '"a zebra"', "test doctor", "rota")


def test_nothing_a_barred_person_is_told_moves_with_the_barred_case(
    casework: Casework, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hits, order, counts, pages and snippets, also where a search is cut short among barred cases."""

    def told() -> dict[tuple[int, int, str], Any]:
        found: dict[tuple[int, int, str], Any] = {}
        for most, at_once in ((200, 250), (3, 4), (3, 100)):
            monkeypatch.setattr(search, "MOST_FOUND", most)
            monkeypatch.setattr(search, "AT_ONCE", at_once)
            found |= {(most, at_once, typed): plain(page(casework, typed, "in_conflict")) for typed in TYPED}
        return found

    for number in range(6):
        add_case(casework, number, f"A zebra in the rota, no. {number}.")
    before = told()
    assert before[3, 4, "zebra"]["is_more"] == "True"
    for number in range(7):
        add_case(casework, 90 + number, "A zebra, a zebra, a zebra rota.", body=casework.body)
    add_words(casework)
    assert told() == before


def test_what_is_redacted_or_withdrawn_is_not_found_and_what_corrects_is(casework: Casework) -> None:
    add_words(casework, "Met the zebra keeper")
    run(casework, redact_words, words="zebra keeper", reason="A patient")
    assert finds(casework, "zebra") == []
    paper: dict[str, Any] = {"link": "https://papers.example.org/x", "checked": True}
    run(casework, add_document, description="Letter of the quagga", **paper)
    assert why(casework, "quagga") == Found(FoundIn.DOCUMENT, "Letter of the quagga", ((14, 20),), by_person=False)
    run(casework, withdraw_document, document_id=last(casework.database, Document).id, reason="Named a gnu")
    found = why(casework, "quagga")
    assert found is not None
    # That it was withdrawn is on the timeline.
    assert found.place is FoundIn.ENTRY
    entry = rows(casework.database, Entry)[0].id
    run(casework, add_entry, kind=EntryKind.NOTE, text="It was the okapi", corrects_id=entry)
    assert finds(casework, "okapi") == [casework.reference]


@pytest.mark.parametrize(
    "typed",
    ["Test Doctor", "doctor, TEST", "Dr Test", "test", "test.doctor@example.org", "Test.Doctor@EXAMPLE.org"],
)
def test_a_doctors_name_or_contact_finds_the_case_and_is_not_shown(casework: Casework, typed: str) -> None:
    found = why(casework, typed, "on_case")
    assert found is not None
    assert found.by_person
    assert "Test" not in found.text
    if "doctor" not in typed.casefold().split(",")[0].split():
        assert found == Found(FoundIn.PERSON, "", (), by_person=True)
    assert page(casework, typed, "on_case").by_person
    for who in ("off_case", "in_conflict", "observer"):
        assert finds(casework, typed, who) == []
        assert not page(casework, typed, who).by_person


@pytest.mark.parametrize("typed", ["07700 900123", "+44 7700 900123", "O'Brien", "obrien", "Ann Marie", "Annmarie"])
def test_however_a_name_or_number_is_written(casework: Casework, typed: str) -> None:
    reference = add_case(casework, 1, name="Dr Ann-Marie O’Brien", contact="+44 (0)7700 900-123")
    assert finds(casework, typed) == [reference]
    found = why(casework, typed)
    assert found is not None
    assert found.by_person


def test_a_name_and_words_together(casework: Casework) -> None:
    found = why(casework, "test rota")
    assert found is not None
    assert (found.place, found.by_person) == (FoundIn.SUMMARY, True)
    assert marked(found) == ["rota"]
    assert finds(casework, "test surgeon") == []
    assert finds(casework, "rota -test") == [casework.reference], "a minus is of what is written"


def test_a_cut_search_says_so_and_shows_what_it_counts(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    references = [add_case(casework, number, "A zebra.") for number in range(5)]
    assert (page(casework, "zebra").total, page(casework, "zebra").is_more) == (5, False)
    for most in (3, 4, 5, 6):
        monkeypatch.setattr(search, "MOST_FOUND", most)
        found = page(casework, "zebra")
        assert (found.total, found.is_more, len(found.rows)) == (min(most, 5), most < 5, min(most, 5))
        assert {row.reference for row in found.rows} <= set(references)


def test_filters_narrow_what_is_found(casework: Casework) -> None:
    wales = add_case(casework, 1, "A zebra.", region="wales", body=None, body_text="Clinic", body_kind="private")
    add_case(casework, 2, "A zebra.")
    assert [row.reference for row in page(casework, "zebra", regions=("wales",)).rows] == [wales]
    assert page(casework, "zebra", status="closed").total == 0
    assert page(casework, wales, regions=("london",)).total == 0


def test_another_order_holds_among_those_found(casework: Casework) -> None:
    older = add_case(casework, 1, "A zebra.", received_at=clock.now() - timedelta(days=90))
    newer = add_case(casework, 2, "A zebra.", received_at=clock.now() - timedelta(days=2))
    assert [row.reference for row in page(casework, "zebra").rows] == [newer, older]
    assert [row.reference for row in page(casework, "zebra", order=QueueOrder.AGE).rows] == [older, newer]


def test_pages_of_a_search(casework: Casework) -> None:
    for number in range(25):
        add_case(casework, number, "A zebra.", processes=())
    first, second = page(casework, "zebra"), page(casework, "zebra", page=2)
    assert (first.total, first.pages, len(first.rows), len(second.rows)) == (25, 2, 20, 5)
    assert (second.first, second.last) == (21, 25)
    assert not {row.reference for row in first.rows} & {row.reference for row in second.rows}
    for beyond in (3, 10**30):
        assert page(casework, "zebra", page=beyond).page == 2
    assert page(casework, "zebra", page=-1).page == 1


@pytest.mark.parametrize(
    "typed", ["zebra", "zeb", '"a zebra" rang', "rang -zebra", "test zebra", "zebra rota", "rota*"]
)
def test_reading_few_cases_through_finds_what_the_index_finds(
    casework: Casework, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    add_words(casework)
    read = plain(page(casework, typed, "on_case"))
    monkeypatch.setattr(search, "MOST_READ", 0)
    assert plain(page(casework, typed, "on_case")) == read


SYNTAX = (
    '"',
    '""',
    '"zebra',
    "*",
    "zebra**",
    "^zebra",
    "NEAR(",
    "NEAR(zebra rota, 5)",
    "zebra OR",
    "AND",
    "NOT zebra",
    "head: zebra",
    "head : (",
    "{head body} : zebra",
    "-",
    "--zebra",
    "zebra:*",
    "'zebra' | 'x'",
    "zebra & !rota",
    "<->",
    "zebra <2> rota",
    "\\",
    "'; DROP TABLE cases; --",
    "%s %(x)s :x ?",
    "\x00zebra",
    "\ud800",
    "(" * 300,
    '"' * 10_000,
    "zebra " * 10_000,
    "a" * 10_000,
    "-zebra " * 2_000,
    "ﷺ" * 100,
    *HOSTILE.values(),
)


@pytest.mark.parametrize("who", ["lead", "on_case", "off_case"])
def test_whatever_is_typed_is_an_answer(casework: Casework, monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    add_words(casework)
    for few in (200, 0):
        monkeypatch.setattr(search, "MOST_READ", few)
        for typed in SYNTAX:
            found = page(casework, typed, who)
            assert found.total == len(found.rows)
            assert who != "off_case" or found.total == 0 or not typed.strip(), typed


def test_hostile_text_is_found_and_shown_as_it_stands(casework: Casework) -> None:
    add_words(casework, f"A zebra {HOSTILE['html']} {HOSTILE['markdown']} \u202e.")
    found = why(casework, "script zebra")
    assert found is not None
    assert "<script>alert(1)</script>" in found.text
    assert marked(found) == ["zebra", "script", "script"]
