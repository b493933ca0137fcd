"""Copies of a SQLite database, with SQLite's own backup API: complete, even while others write."""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine
from sqlalchemy.engine import URL

from db.engine import HERE
from db.errors import CommandRefused
from db.files import keep_private

KIND, SUFFIX = "sqlite", ".sqlite3"
PIECE = 1 << 20


@contextmanager
def beside(url: URL) -> Iterator[Path]:
    """A folder for its owner only, beside the database, where a copy may lie open for a moment. It is locked as long as
    it is used: one that a killed command left is locked by nobody, and removed."""
    folder = Path(str(url.database)).parent
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(".copy-*"):
        with suppress(BlockingIOError), _locked(left):
            shutil.rmtree(left, ignore_errors=True)
    with TemporaryDirectory(prefix=".copy-", dir=folder) as made, _locked(Path(made)):
        yield Path(made)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(opened)


@contextmanager
def copied(url: URL) -> Iterator[tuple[Connection, Iterator[bytes]]]:
    """(the copy, open for reading; its bytes). Refuses if there is no database yet, or if the copy is damaged."""
    source = Path(str(url.database))
    if not source.is_file():
        raise CommandRefused(f"{source}: there is no database yet.")
    with beside(url) as folder:
        draft = folder / "copy.sqlite3"
        keep_private(draft)
        with closing(sqlite3.connect(source)) as ours, closing(sqlite3.connect(draft)) as copy:
            ours.backup(copy)
            # A single file, without others beside it.
            copy.execute("PRAGMA journal_mode = DELETE")
        check(draft)
        engine = create_engine("sqlite://", creator=lambda: read_only(draft))
        try:
            with engine.connect() as connection:
                yield connection, _pieces(draft)
        finally:
            engine.dispose()


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(PIECE):
            yield piece


def check(file: Path) -> None:
    """Refuses anything but a complete record with a schema that this version knows."""
    try:
        with closing(read_only(file)) as backup:
            sound = backup.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            sound = sound and backup.execute("PRAGMA foreign_key_check").fetchone() is None
            revision = backup.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise CommandRefused(f"{file}: not a backup of this record ({error}).") from None
    if not sound:
        raise CommandRefused(f"{file}: damaged. Use an older backup.")
    refuse_newer(str(file), revision[0] if revision else "")


def refuse_newer(what: str, version: str) -> None:
    """Refuses a schema that this version does not know."""
    try:
        known = version and ScriptDirectory(str(HERE / "migrations")).get_revision(version)
    except CommandError:
        known = None
    if not known:
        raise CommandRefused(f"{what}: written by a newer version. Update the dashboard first.")


def copy_in(file: Path, url: URL) -> None:
    """In one transaction of SQLite's: if anything goes wrong, the old data stays."""
    target = Path(str(url.database))
    keep_private(target)
    with closing(read_only(file)) as backup, closing(sqlite3.connect(target, timeout=15)) as ours:
        backup.backup(ours)


def read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
