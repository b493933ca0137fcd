"""A look at the record: it changes nothing, and the next one of its kind is prepared already."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, InternalError

from db import answering
from db.answering import Answering
from db.engine import Database, make_engine
from db.models import Revision
from db.outage import Trouble, trouble_in


@pytest.fixture
def serving(database: Database, database_url: str) -> Iterator[Database]:
    """As the dashboard has it on PostgreSQL: it looks with connections of their own."""
    engine, looks = make_engine(database_url, serves=True), make_engine(database_url, looks=True)
    yield Database(engine, database.vault, looks=looks)
    engine.dispose()
    looks.dispose()


def number(database: Database) -> int:
    with database.read() as session:
        return session.scalars(select(Revision.number)).one()


def test_what_is_changed_during_a_look_is_refused_or_gone(database: Database) -> None:
    before = number(database)

    def change() -> None:
        with database.read() as session:
            session.execute(update(Revision).values(number=before + 1))

    if database.engine.dialect.name == "postgresql":
        with pytest.raises(InternalError, match="read-only"):
            change()
    else:
        change()
    assert number(database) == before


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_statement_asked_often_stays_prepared(database: Database) -> None:
    for _ in range(8):
        number(database)
    with database.read() as session:
        kept = session.scalars(text("SELECT statement FROM pg_prepared_statements")).all()
    assert any("revision.number" in statement for statement in kept)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_of_whoever_serves_people_all_that_pages_ask_stays_prepared_from_its_second_time_on(serving: Database) -> None:
    for _ in range(2):
        for pages_ask in range(300):
            with serving.read() as session:
                session.scalar(text(f"SELECT {pages_ask} + :more"), {"more": 1})
    with serving.read() as session:
        kept = session.scalar(text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT % + %'"))
    assert kept == 300


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_whoever_serves_people_changes_nothing_by_looking(serving: Database) -> None:
    before = number(serving)
    with pytest.raises(InternalError, match="read-only"), serving.read() as session:
        session.execute(update(Revision).values(number=before + 1))
    assert number(serving) == before


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_whoever_serves_people_asks_the_server_only_what_a_page_asks(serving: Database, tmp_path: Path) -> None:
    """And not each time whether it is there, to begin, and to end."""
    # It is prepared with the second.
    for _ in range(2):
        number(serving)
    with serving.read() as session:
        line = session.connection().connection.driver_connection
    assert isinstance(line, Answering)
    told = tmp_path / "sent"
    with told.open("wb") as sent:
        line.pgconn.trace(sent.fileno())
        for _ in range(3):
            number(serving)
        line.pgconn.untrace()
    asked = [row.split("\t")[3] for row in told.read_text().splitlines() if "\tF\t" in row]
    assert [row for row in asked if row in ("Query", "Sync")] == ["Sync"] * 3


def end_connection(serving: Database) -> None:
    with serving.read() as session:
        mine = session.scalar(text("SELECT pg_backend_pid()"))
    with serving.log() as session:
        session.execute(text("SELECT pg_terminate_backend(:mine, 1000)"), {"mine": mine})


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_that_has_rested_is_asked_first_and_replaced_if_it_is_gone(
    serving: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    end_connection(serving)
    monkeypatch.setattr(answering, "LATELY", 0.0)
    assert number(serving)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_one_that_is_lost_just_after_it_answered_is_told_as_gone_once(
    serving: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "LATELY", 3600.0)
    end_connection(serving)
    with pytest.raises(DBAPIError) as met:
        number(serving)
    assert trouble_in(met.value) is Trouble.GONE
    assert number(serving)


def test_what_was_acknowledged_is_on_the_disk(tmp_path: Path) -> None:
    """On every connection: the log is synced at each commit (2, FULL), and not only when it is moved into the file."""
    engine = make_engine(f"sqlite:///{tmp_path / 'casework.sqlite3'}")
    with engine.connect() as one, engine.connect() as other:
        assert [c.execute(text("PRAGMA synchronous")).scalar() for c in (one, other)] == [2, 2]
        assert one.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    engine.dispose()
