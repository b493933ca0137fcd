"""Papers of a case: links with a description, checked, withdrawn with a reason, read by the team alone."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from db import clock
from db.choices import EntryKind
from db.commands.documents import add_document, withdraw_document
from db.errors import NotFound
from db.models import Document, Entry
from db.queries.case_detail import case_detail
from db.queries.documents import Paper
from db.rules.limits import Limits
from tests.db.helpers import (
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_hostile_text_is_plain,
    assert_recorded,
    at_once,
    last,
    refused,
    run,
    the_case,
    viewer,
)
from tests.factories import Casework, make_case

TODAY = clock.today()
LETTER: dict[str, Any] = {
    "description": "Rule 7 letter",
    "link": "https://papers.example.org/a7?x=1",
    "checked": True,
    "dated_on": TODAY,
}


def papers(casework: Casework, who: str = "on_case") -> tuple[Paper, ...]:
    with casework.database.read() as session:
        return case_detail(session, viewer(casework, who), casework.reference, TODAY, Limits()).papers


def test_a_document_is_noted_with_where_it_is_kept(casework: Casework) -> None:
    before = the_case(casework)
    assert_recorded(casework, "add_document", add_document, **LETTER)
    [paper] = papers(casework)
    assert (paper.description, paper.link, paper.dated_on) == ("Rule 7 letter", LETTER["link"], TODAY)
    assert (paper.added_by, paper.withdrawn_at, paper.process) == ("Vik", None, None)
    assert last(casework.database, Entry, kind=EntryKind.DOCUMENT).text == "Document added: Rule 7 letter."
    after = the_case(casework)
    assert after.substantive_at is not None
    assert after.substantive_at >= paper.added_at
    assert after.version > before.version


def test_a_withdrawn_document_keeps_its_words_and_loses_its_link(casework: Casework) -> None:
    run(casework, add_document, **LETTER)
    [paper] = papers(casework)
    assert_recorded(casework, "withdraw_document", withdraw_document, document_id=paper.id, reason="Wrong letter")
    [gone] = papers(casework)
    assert (gone.description, gone.link, gone.withdrawn_why) == ("Rule 7 letter", "https://", "Wrong letter")
    assert (gone.withdrawn_by, gone.withdrawn_at is not None) == ("Vik", True)
    with refused(casework.database, "already been withdrawn", field="document_id"):
        run(casework, withdraw_document, document_id=paper.id, reason="Again")


def test_nobody_else_learns_of_any(casework: Casework) -> None:
    run(casework, add_document, **LETTER)
    assert papers(casework, "off_case") == ()
    for who in ("in_conflict", "observer"):
        with pytest.raises(NotFound):
            papers(casework, who)
    assert papers(casework, "lead") == papers(casework)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"description": " "}, "description"),
        ({"link": ""}, "link"),
        ({"link": "http://papers.example.org/a"}, "link"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"link": "https://"}, "link"),
        ({"link": "https://[broken"}, "link"),
        ({"link": "https://papers.example.org/a b"}, "link"),
        ({"link": "https://ann:secret@papers.example.org/a"}, "link"),
        ({"link": "https://papers.example.org/NHS-999-123-4519.pdf"}, "link"),
        ({"link": "https://papers.example.org/?to=test.doctor@example.org"}, "link"),
        ({"link": "https://papers.example.org/Test-Doctor.pdf"}, "link"),
        ({"link": "https://papers.example.org/Test%20Doctor.pdf"}, "link"),
        ({"checked": False}, "checked"),
        ({"dated_on": TODAY + timedelta(days=1)}, "dated_on"),
        ({"case_process_id": 999_999}, "case_process_id"),
    ],
)
def test_what_may_not_be_linked_is_refused_by_field(casework: Casework, changes: dict[str, Any], field: str) -> None:
    with refused(casework.database, ".+", field=field):
        run(casework, add_document, **(LETTER | changes))
    assert papers(casework) == ()


def test_the_database_holds_no_other_kind_of_link(casework: Casework) -> None:
    row = {
        "case_id": the_case(casework).id,
        "description": "x",
        "link": "javascript:alert(1)",
        "added_by_id": casework.lead,
        "added_at": clock.now(),
    }
    with pytest.raises(IntegrityError), casework.database.engine.begin() as connection:
        connection.execute(insert(Document), row)


def test_only_the_team_and_leads_and_only_on_this_case(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_for_the_team_only(casework, add_document, **LETTER)
    run(casework, add_document, **LETTER)
    document = last(casework.database, Document).id
    with casework.database.write() as session:
        other = make_case(session, actor_id=casework.lead, body=casework.other_body, contact="n@example.org")
    with refused(casework.database, "not on this case", field="document_id"):
        run(casework, withdraw_document, casework.lead, reference=other, document_id=document, reason="x")
    assert_all_or_nothing(casework, monkeypatch, add_document, **LETTER)
    assert_all_or_nothing(casework, monkeypatch, withdraw_document, document_id=document, reason="x")


def test_withdrawn_by_two_at_once_somebody_is_told(casework: Casework) -> None:
    run(casework, add_document, **LETTER)
    document = last(casework.database, Document).id

    def once(session: Any) -> None:
        withdraw_document(
            session, actor_id=casework.lead, reference=casework.reference, document_id=document, reason="x"
        )

    assert at_once(casework.database, once, once) is not None


def test_hostile_descriptions_are_plain_text(casework: Casework) -> None:
    assert_hostile_text_is_plain(
        casework,
        lambda text: run(casework, add_document, **(LETTER | {"description": text})),
        lambda: str(last(casework.database, Document).description),
    )
