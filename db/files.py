"""The record's files on this machine: readable by their owner only, and free of redacted words."""

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
    """Removes everybody else's permissions from these files, if they exist and are ours."""
    for file in files:
        with contextlib.suppress(FileNotFoundError, PermissionError):
            mode = stat.S_IMODE(file.stat().st_mode)
            if mode & 0o077:
                file.chmod(mode & 0o700)


def keep_private(database: Path) -> None:
    """Makes a SQLite database's file for its owner only, or takes others' permissions from one that exists and from the
    files beside it. SQLite gives new files beside it the same mode."""
    # If it cannot be made, SQLite reports that itself.
    with contextlib.suppress(OSError):
        os.close(os.open(database, os.O_CREAT | os.O_RDONLY, 0o600))
    close_to_others(database, *(database.with_name(database.name + end) for end in ("-wal", "-shm", "-journal")))


def leave_nothing(engine: Engine, *, of_old: bool = False) -> None:
    """Empties SQLite's write-ahead log, which still holds what has just been overwritten. `of_old` also removes what
    earlier versions deleted without overwriting. If somebody else is reading or writing, the next call does it."""
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
