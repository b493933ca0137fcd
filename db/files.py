"""The record's files on this machine: for their owner only, and without what was taken out of them."""

import contextlib
import os
import sqlite3
import stat
from pathlib import Path

from sqlalchemy import URL, Engine


def is_file(url: URL) -> bool:
    """Whether the database is a file of ours."""
    return url.get_backend_name() == "sqlite" and url.database not in {None, "", ":memory:"}


def close_to_others(*files: Path) -> None:
    """Takes away what others on this machine may do with these files, where they are there and ours."""
    for file in files:
        with contextlib.suppress(FileNotFoundError, PermissionError):
            mode = stat.S_IMODE(file.stat().st_mode)
            if mode & 0o077:
                file.chmod(mode & 0o700)


def keep_private(database: Path) -> None:
    """Makes the file of a SQLite database for its owner only, and closes one that is there, with what lies beside it.
    SQLite gives the files beside it the same mode."""
    # Where it cannot be made, SQLite says so in its own words.
    with contextlib.suppress(OSError):
        os.close(os.open(database, os.O_CREAT | os.O_RDONLY, 0o600))
    close_to_others(database, *(database.with_name(database.name + end) for end in ("-wal", "-shm", "-journal")))


def leave_nothing(engine: Engine, *, of_old: bool = False) -> None:
    """Empties SQLite's write-ahead log, which still holds what was written over a moment ago; `of_old`, what was
    deleted by versions that did not overwrite it goes too. While somebody else reads or writes, the next time does."""
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        with contextlib.suppress(sqlite3.OperationalError):
            if of_old:
                connection.cursor().execute("VACUUM")
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
