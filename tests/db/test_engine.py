"""A look at the record: it changes nothing, and the next one of its kind is prepared already."""

from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import InternalError

from db.engine import Database, make_engine
from db.models import Revision


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
def test_of_whoever_serves_people_all_that_pages_ask_stays_prepared_from_its_second_time_on(
    database: Database, database_url: str
) -> None:
    serving = Database(make_engine(database_url, serves=True), database.vault)
    for _ in range(2):
        for pages_ask in range(300):
            with serving.read() as session:
                session.scalar(text(f"SELECT {pages_ask} + :more"), {"more": 1})
    with serving.read() as session:
        kept = session.scalar(text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT % + %'"))
    serving.engine.dispose()
    assert kept == 300


def test_what_was_acknowledged_is_on_the_disk(tmp_path: Path) -> None:
    """On every connection: the log is synced at each commit (2, FULL), and not only when it is moved into the file."""
    engine = make_engine(f"sqlite:///{tmp_path / 'casework.sqlite3'}")
    with engine.connect() as one, engine.connect() as other:
        assert [c.execute(text("PRAGMA synchronous")).scalar() for c in (one, other)] == [2, 2]
        assert one.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    engine.dispose()
