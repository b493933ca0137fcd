"""What keeps a database from being used is told from a bug, and said once."""

import logging
import os
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError

from db import outage
from db.answering import Answering
from db.engine import Database, make_engine, try_a_write
from db.outage import Outage, Trouble, trouble_in


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """One that waits for nobody."""
    made = make_engine(database_url, patience=0.05, serves=True)
    yield made
    made.dispose()


def trouble(engine: Engine) -> Trouble | None:
    with pytest.raises((DBAPIError, sqlite3.Error, psycopg.Error)) as met:
        try_a_write(engine)
    return trouble_in(met.value)


def on_connect(engine: Engine, *, sqlite: str, postgresql: str) -> None:
    statement = sqlite if engine.dialect.name == "sqlite" else postgresql

    @event.listens_for(engine, "connect")
    def _say(connection: sqlite3.Connection, _record: object) -> None:
        connection.cursor().execute(statement)
        connection.commit()


def test_a_write_that_is_tried_changes_nothing(engine: Engine) -> None:
    with engine.connect() as connection:
        before = connection.execute(text("SELECT * FROM revision")).all()
    try_a_write(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT * FROM revision")).all() == before


def test_locked(engine: Engine, database: Database) -> None:
    with database.write() as session:
        session.execute(text("UPDATE revision SET number = number"))
        assert trouble(engine) is Trouble.LOCKED


def test_read_only(engine: Engine) -> None:
    on_connect(engine, sqlite="PRAGMA query_only = ON", postgresql="SET default_transaction_read_only = on")
    assert trouble(engine) is Trouble.READ_ONLY


def test_full(engine: Engine) -> None:
    if engine.dialect.name == "postgresql":
        assert trouble_in(psycopg.errors.DiskFull()) is Trouble.FULL
        return
    on_connect(engine, sqlite="PRAGMA max_page_count = 1", postgresql="")
    with engine.connect() as connection, pytest.raises(DBAPIError) as met:
        connection.execute(text("CREATE TABLE filler AS SELECT zeroblob(100000)"))
    assert trouble_in(met.value) is Trouble.FULL


def test_gone_and_not_made_anew(engine: Engine) -> None:
    nowhere = engine.url.set(database=f"{engine.url.database}_nowhere").render_as_string(hide_password=False)
    other = make_engine(nowhere, serves=True)
    assert trouble(other) is Trouble.GONE
    if engine.dialect.name == "sqlite":
        assert not Path(str(other.url.database)).exists()


def test_gone_in_the_middle(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        # The driver's own error, as of a file on a disk that was taken away.
        error: Exception = sqlite3.OperationalError("disk I/O error")
        vars(error)["sqlite_errorcode"] = sqlite3.SQLITE_IOERR | 6 << 8
        assert trouble_in(error) is Trouble.DISK
        return
    with engine.connect() as connection, pytest.raises(DBAPIError) as met:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert trouble_in(met.value) is Trouble.GONE


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_server_that_hangs_is_given_up_and_the_next_answer_is_anothers(engine: Engine) -> None:
    with engine.connect() as connection:
        hung = connection.scalar(text("SELECT pg_backend_pid()"))
        driver = connection.connection.driver_connection
        assert isinstance(driver, Answering)
        driver.within = 0.05
        os.kill(hung, signal.SIGSTOP)
        try:
            with pytest.raises(DBAPIError) as met:
                connection.execute(text("SELECT 1"))
        finally:
            os.kill(hung, signal.SIGCONT)
    assert trouble_in(met.value) is Trouble.GONE
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) != hung


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_serves_people_waits_for_nothing_for_long(database_url: str) -> None:
    engine = make_engine(database_url, serves=True)
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, Answering)
        asked = driver.info.get_parameters()
        names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
        told = [connection.scalar(text(f"SHOW {name}")) for name in names]
    engine.dispose()
    assert (driver.within, told) == (20, ["15s", "20s", "1min"])
    assert (asked["connect_timeout"], asked["tcp_user_timeout"]) == ("5", "10000")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_command_may_take_its_time(database_url: str) -> None:
    engine = make_engine(database_url)
    with engine.connect() as connection:
        told = {connection.scalar(text(f"SHOW {name}_timeout")) for name in ("lock", "statement")}
    engine.dispose()
    assert told == {"0"}


@pytest.mark.parametrize(
    "statement",
    ["SELECT * FROM nowhere", "SELEC", "INSERT INTO revision (id, number, patterns, database) VALUES (1, 1, 1, '')"],
)
def test_a_bug_is_none(engine: Engine, statement: str) -> None:
    with engine.connect() as connection, pytest.raises(DBAPIError) as met:
        connection.execute(text(statement))
    assert trouble_in(met.value) is None
    assert not Outage().meet(met.value)


def test_the_log_names_each_kind_once_and_then_counts(
    engine: Engine, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outage, "NEXT_TRY", 0.0)
    monkeypatch.setattr(outage, "monotonic", lambda: 1000.0)
    caplog.set_level(logging.INFO, "db.outage")
    met, ended = Outage(), []
    met.at_the_end = lambda: ended.append(met.is_on)
    for _ in range(3000):
        assert met.meet(psycopg.errors.AdminShutdown("FATAL: terminating connection of Dr Example"))
    met.meet(psycopg.errors.DiskFull("could not extend file"))
    assert met.is_over(engine)
    assert ended == [True]
    assert not met.is_on
    assert [record.getMessage() for record in caplog.records] == [
        "The database cannot be used: gone (psycopg.errors.AdminShutdown 57P01). Pages wait for it.",
        "The database cannot be used: full (psycopg.errors.DiskFull 53100). Pages wait for it.",
        "The database can be used again, after 0 s. Errors: gone 3000, full 1",
    ]
