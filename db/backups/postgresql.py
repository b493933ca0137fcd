"""Copies of a PostgreSQL database, with its own pg_dump and pg_restore."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from threading import Thread
from typing import IO

import psycopg
from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import URL

from db.engine import make_engine
from db.errors import CommandRefused

KIND, SUFFIX = "postgresql", ".pgdump"
PIECE = 1 << 20
END_OF_ROWS = b"\\.\n"
PLAIN = ("--no-owner", "--no-privileges", "--no-comments")
# Whatever else is in the database is not ours.
SCHEMA = "SELECT current_schema()"
# All of ours, whatever version made it: a newer one has tables that hold on to those of the copy.
OURS = """
SELECT format('DROP TABLE %I.%I CASCADE', schemaname, tablename) FROM pg_tables WHERE schemaname = current_schema()
UNION ALL
SELECT format('DROP FUNCTION %s CASCADE', p.oid::regprocedure) FROM pg_proc p
WHERE p.pronamespace = quote_ident(current_schema())::regnamespace
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""


@contextmanager
def copied(url: URL) -> Iterator[tuple[Connection, Iterator[bytes]]]:
    """(a connection that sees what the copy sees; the copy's bytes). Refuses if pg_dump is not installed or cannot read
    the server. Nothing lies on a disk in between."""
    engine = make_engine(url.render_as_string(hide_password=False))
    try:
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
            # A pattern for this program: in quotes it is a name, as it is for the other one without.
            only = f'--schema="{connection.scalar(text(SCHEMA))}"'
            yield connection, _dumped(url, f"--snapshot={snapshot}", only)
    finally:
        engine.dispose()


def _dumped(url: URL, *more: str) -> Iterator[bytes]:
    with _started("pg_dump", url, "--format=custom", *PLAIN, *more) as (dump, refuse_failed):
        assert dump.stdout
        while piece := dump.stdout.read(PIECE):
            yield piece
        refuse_failed()


def check(file: Path) -> None:
    """Refuses anything but an archive of this record."""
    with _started("pg_restore", None, "--list", str(file)) as (listing, refuse_failed):
        assert listing.stdout
        said = listing.stdout.read()
        refuse_failed()
    if b"alembic_version" not in said:
        raise CommandRefused(f"{file}: not a backup of this record.")


def copy_in(connection: Connection, copy: Iterable[bytes]) -> None:
    """In the connection's transaction, which the caller commits or not: all of ours goes, and the copy comes."""
    only = f"--schema={connection.scalar(text(SCHEMA))}"
    for drop in connection.scalars(text(OURS)).all():
        connection.execute(text(drop))
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    with _started("pg_restore", None, "--file=-", only, *PLAIN) as (restore, refuse_failed):
        assert restore.stdin
        assert restore.stdout
        feeder = Thread(target=_feed, args=(restore.stdin, copy))
        feeder.start()
        try:
            with driver.cursor() as cursor:
                _run_script(cursor, restore.stdout)
        except psycopg.Error as error:
            raise CommandRefused(f"The copy cannot be brought back: {str(error).splitlines()[0]}") from None
        finally:
            # If it is still writing, it stops, and so does whoever feeds it.
            restore.stdout.close()
            feeder.join()
        refuse_failed()
    connection.execute(text("RESET ALL"))
    if not inspect(connection).has_table("alembic_version"):
        raise CommandRefused(
            "Nothing came: the copy is of a schema with another name. Restore it into one of that name."
        )


def _feed(to: IO[bytes], copy: Iterable[bytes]) -> None:
    with contextlib.suppress(BrokenPipeError), to:
        for piece in copy:
            to.write(piece)


def _run_script(cursor: psycopg.Cursor[tuple[object, ...]], script: Iterable[bytes]) -> None:
    """The SQL that pg_restore writes for psql: statements, and rows between COPY and a line with a dot."""
    lines, statements = iter(script), list[bytes]()
    for line in lines:
        if line.startswith(b"COPY ") and line.rstrip().endswith(b"FROM stdin;"):
            cursor.execute(b"".join(statements))
            statements.clear()
            with cursor.copy(line) as rows:
                for row in lines:
                    if row == END_OF_ROWS:
                        break
                    rows.write(row)
        elif not line.startswith(b"\\"):
            statements.append(line)
    cursor.execute(b"".join(statements))


@contextmanager
def _started(
    program: str, url: URL | None, *arguments: str
) -> Iterator[tuple["subprocess.Popen[bytes]", Callable[[], None]]]:
    """(the running program; what waits for its end and refuses in its own words if it failed)."""
    path = shutil.which(program)
    if path is None:
        raise CommandRefused(f"{program} is not installed here. Install PostgreSQL’s client programs.")
    environment = dict(os.environ)
    if url is not None:
        # The password goes in the environment, because anybody can read a command line.
        if url.password:
            environment["PGPASSWORD"] = str(url.password)
        address = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
        arguments = (f"--dbname={address.render_as_string()}", *arguments)
    with TemporaryFile() as said:
        running = subprocess.Popen(  # noqa: S603 - a PostgreSQL program, with our own arguments
            [path, *arguments], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said
        )

        def refuse_failed() -> None:
            if running.wait():
                said.seek(0)
                lines = said.read().decode(errors="replace").strip().splitlines()
                raise CommandRefused(lines[0] if lines else f"{program} failed.")

        try:
            yield running, refuse_failed
        finally:
            for pipe in (running.stdin, running.stdout):
                with contextlib.suppress(OSError):
                    pipe.close() if pipe else None
            if running.poll() is None:
                running.kill()
            running.wait()
