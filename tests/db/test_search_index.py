"""The search index holds what the record holds, after every statement and redaction."""

from typing import Any

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from db import clock, search_index
from db.choices import EntryKind, FoundIn
from db.commands.bodies import remember_name
from db.commands.entries import add_entry
from db.commands.redactions import redact_words
from db.engine import Database
from db.models import (
    Action,
    Case,
    CaseIdentity,
    CodingMark,
    DoctorSaid,
    Entry,
    Finding,
    Organisation,
    OrganisationAlias,
    Revision,
    SearchText,
)
from db.models.search import MOST_PLACES, PLACES, vector
from db.search_index import MOST_BYTES, NO_WORDS, SEARCHED, row_of
from db.set_up import fill_hashes, fill_search
from tests.db.calls import Valid
from tests.db.helpers import at_once, rows, run, snapshot, statements, the_case
from tests.factories import Casework, make_case

FROM_NOW = "Nobody has written zebra before"


def kept(database: Database) -> dict[int, tuple[object, ...]]:
    return {row.case_id: (row.rule, row.head, row.body, row.lines) for row in rows(database, SearchText)}


def made_anew(database: Database) -> dict[int, tuple[object, ...]]:
    """What the index would be if it were made from nothing now."""
    with database.read() as session:
        ids = list(session.scalars(select(Case.id)))
        fresh = [row_of(case_id, texts) for case_id, texts in search_index._texts(session, ids).items()]
    return {row["case_id"]: (row["rule"], row["head"], row["body"], row["lines"]) for row in fresh}


def finds(database: Database, word: str) -> list[int]:
    """Case ids by the databases' own index, whatever the rows say."""
    with database.engine.connect() as connection:
        if database.engine.dialect.name == "sqlite":
            query = "SELECT rowid FROM search_index WHERE search_index MATCH :word ORDER BY rowid"
        else:
            query = "SELECT case_id FROM search_texts WHERE body_vector @@ cast(:word AS tsquery) ORDER BY case_id"
        return list(
            connection.scalars(text(query), {"word": f'"{word}"' if "sqlite" in database.engine.name else word})
        )


def test_whatever_is_written_to_a_searched_table_is_followed(casework: Casework) -> None:
    """By object, by statement and by deletion, for each column."""
    Valid(casework)
    with casework.database.write() as session:
        case_id = the_case(casework).id
        session.add(Finding(case_id=case_id, **FINDING))
        by = {"case_id": case_id, "code": "S01"}
        session.add(
            DoctorSaid(**by, view="agrees", words="", said_on=clock.today(), by_id=casework.lead, at=clock.now())
        )
        coding = session.scalars(select(CodingMark.coding_id)).first()
        session.add(CodingMark(**by, coding_id=coding, by_first=True, by_second=True, note=""))
        remember_name(session, session.get_one(Organisation, casework.body), "The Example")
    for kind in SEARCHED:
        types = ("TEXT", "VARCHAR(200)", "JSON")
        texts = [name for name in SEARCHED[kind] if str(kind.__table__.c[name].type) in types]
        assert texts or kind.__name__ == "CaseProcess"
        for name in texts:
            if name != "reference":
                write_and_find(casework, kind, name, case_id)


def write_and_find(casework: Casework, kind: Any, name: str, case_id: int) -> None:
    for way in ("object", "statement"):
        word = f"zebra{kind.__name__}{name}{way}".replace("_", "").lower()
        with casework.database.write() as session:
            row = first_of(session, kind, case_id, casework.body)
            key = [getattr(row, column.key) for column in kind.__mapper__.primary_key]
            if name == "body_text":
                row.organisation_id = None
            # Only what is typed of that which a move records.
            value = {"scope": word, "shown": "yes"} if name == "details" else word
            if way == "object":
                setattr(row, name, value)
            else:
                session.execute(update(kind).where(kind.__mapper__.primary_key[0] == key[0]).values({name: value}))
        assert case_id in finds(casework.database, word), (kind, name, way)
        assert kept(casework.database) == made_anew(casework.database), (kind, name, way)
    with casework.database.write() as session:
        session.get_one(Case, case_id).organisation_id = casework.body


def first_of(session: Session, kind: Any, case_id: int, body: int) -> Any:
    told = {Case: "id", Organisation: "id", OrganisationAlias: "organisation_id"}.get(kind, "case_id")
    its = body if kind in (Organisation, OrganisationAlias) else case_id
    return session.scalars(
        select(kind).where(getattr(kind, told) == its).order_by(*kind.__mapper__.primary_key)
    ).first()


FINDING = {
    "code": "S01",
    "evidence": "reported",
    "quarter": "2026Q1",
    "note": "x",
    "coded_at": clock.now(),
    "doctor_view": "agrees",
}


def test_rows_written_by_statement_are_followed(casework: Casework) -> None:
    with casework.database.write() as session:
        row = dict(
            session.execute(select(*(c for c in Case.__table__.c if c.name not in ("id", "reference"))))
            .mappings()
            .one()
        )
        session.execute(insert(Case), [{**row, "reference": f"LNB-{n:06}", "summary": f"zebra{n}"} for n in range(3)])
        case = {"case_id": the_case(casework).id, "at": clock.now(), "recorded_at": clock.now()}
        session.execute(insert(Entry), [{**case, "kind": EntryKind.NOTE, "text": f"okapi{n}"} for n in range(3)])
    assert [len(finds(casework.database, word)) for word in ("zebra0", "zebra2", "okapi1")] == [1, 1, 1]
    assert kept(casework.database) == made_anew(casework.database)


def test_a_statement_that_cannot_be_followed_is_refused(casework: Casework) -> None:
    with pytest.raises(AssertionError, match="give the rows"), casework.database.write() as session:
        session.execute(insert(Entry).values(case_id=1, kind=EntryKind.NOTE, text="x"))


def test_what_is_undone_is_not_found(casework: Casework) -> None:
    before = snapshot(casework.database)

    def fails(session: Session) -> None:
        note: dict[str, Any] = {"reference": casework.reference, "kind": EntryKind.NOTE, "text": FROM_NOW}
        add_entry(session, actor_id=casework.on_case, **note)
        search_index.refresh(session)
        raise RuntimeError

    with pytest.raises(RuntimeError), casework.database.write() as session:
        fails(session)
    assert snapshot(casework.database) == before
    assert finds(casework.database, "zebra") == []


def test_what_two_people_add_at_once_is_both_found(casework: Casework) -> None:
    def adding(word: str) -> Any:
        def add(session: Session) -> None:
            note: dict[str, Any] = {"reference": casework.reference, "kind": EntryKind.NOTE, "text": word}
            add_entry(session, actor_id=casework.on_case, **note)

        return add

    assert at_once(casework.database, adding("zebra"), adding("okapi")) is None
    assert finds(casework.database, "zebra") == finds(casework.database, "okapi") == [the_case(casework).id]
    assert kept(casework.database) == made_anew(casework.database)


def test_redacted_words_are_gone_from_it_and_from_its_files(casework: Casework) -> None:
    run(casework, add_entry, kind=EntryKind.NOTE, text="Met zanzibarina in bay 4")
    assert finds(casework.database, "zanzibarina")
    run(casework, redact_words, words="zanzibarina", reason="A patient")
    assert finds(casework.database, "zanzibarina") == []
    assert kept(casework.database) == made_anew(casework.database)
    if casework.database.engine.dialect.name == "sqlite":
        from pathlib import Path

        place = Path(str(casework.database.engine.url.database))
        for file in place.parent.glob(f"{place.name}*"):
            assert b"zanzibarin" not in file.read_bytes(), file


def test_another_name_of_a_body_finds_every_case_of_it_at_once(casework: Casework) -> None:
    with casework.database.write() as session:
        other = make_case(session, actor_id=casework.lead, body=casework.other_body, processes=("GMC",))
        remember_name(session, session.get_one(Organisation, casework.other_body), "The Zebra Wing")
    assert finds(casework.database, "zebra") == [the_case(casework, other).id]


def test_after_an_upgrade_the_next_start_fills_it(casework: Casework) -> None:
    before = kept(casework.database)
    with casework.database.write() as session:
        session.execute(update(CaseIdentity).values(search_words=None), execution_options={NO_WORDS: True})
        session.query(SearchText).delete()
    fill_hashes(casework.database)
    fill_search(casework.database)
    assert kept(casework.database) == before
    with casework.database.write() as session:
        session.execute(update(SearchText).values(rule=0, body="x", head="x"))
    fill_search(casework.database)
    assert kept(casework.database) == before
    assert finds(casework.database, "rota")
    with casework.database.read() as session:
        number = session.scalar(select(Revision.number))
    fill_search(casework.database)
    with casework.database.read() as session:
        assert session.scalar(select(Revision.number)) == number


def test_a_change_that_moves_no_word_writes_nothing_of_it(casework: Casework) -> None:
    with casework.database.write() as session, statements(casework.database) as sent:
        session.scalars(select(Case)).one().updated_at = clock.now()
        search_index.refresh(session)
    assert not any("search_texts" in statement for statement in sent)


def test_a_case_as_long_as_can_be_is_kept_and_its_newest_words_found(casework: Casework) -> None:
    texts = [(FoundIn.ENTRY, " ".join(f"w{n}x{m}" for m in range(1_500))) for n in range(60)]
    row = row_of(the_case(casework).id, [(FoundIn.SUMMARY, "zebra"), *texts])
    assert MOST_BYTES - 20_000 < len(row["body"].encode()) <= MOST_BYTES
    assert row["body"].count("\n") == row["lines"].count("\n")
    with casework.database.write() as session:
        session.query(SearchText).delete()
        session.execute(insert(SearchText), [row])
    assert finds(casework.database, "zebra") == finds(casework.database, "w3x9") == [the_case(casework).id]


def test_a_vector_keeps_within_what_postgresql_holds() -> None:
    words = vector(" ".join(["one"] * 400 + [f"w{n}" for n in range(PLACES)]))
    ones = next(part for part in words.split() if part.startswith("'one'"))
    assert ones.count(",") == MOST_PLACES - 1
    assert max(int(n) for part in words.split() for n in part.rpartition(":")[2].split(",")) == PLACES


def test_actions_that_many_cases_share_are_followed_in_one_statement(casework: Casework) -> None:
    with casework.database.write() as session:
        make_case(session, actor_id=casework.lead, body=casework.other_body, contact="two@example.org")
        session.execute(update(Action).values(text="Ring the zebra"))
    with casework.database.read() as session:
        cases = session.scalar(select(func.count(Action.case_id.distinct())))
    assert len(finds(casework.database, "zebra")) == cases == 2
