"""Copies of a SQLite database, with SQLite's own backup API: complete, even while others write."""

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import create_engine
from sqlalchemy.engine import URL

from db.engine import HERE
from db.errors import CommandRefused
from db.files import keep_private
from db.key_check import look_through
from db.vault import Vault

SUFFIX = ".sqlite3"


def copy_out(url: URL, draft: Path) -> None:
    """Refuses if there is no database yet, or if the copy is damaged."""
    source = Path(str(url.database))
    if not source.is_file():
        raise CommandRefused(f"{source}: there is no database yet.")
    with closing(sqlite3.connect(source)) as ours, closing(sqlite3.connect(draft)) as copy:
        ours.backup(copy)
        # A single file, without others beside it that somebody could forget.
        copy.execute("PRAGMA journal_mode = DELETE")
    check(draft)


def check(file: Path) -> None:
    """Refuses anything but a complete record with a schema that this version knows."""
    try:
        with closing(_read_only(file)) as backup:
            sound = backup.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            sound = sound and backup.execute("PRAGMA foreign_key_check").fetchone() is None
            revision = backup.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise CommandRefused(f"{file}: not a backup of this record ({error}).") from None
    if not sound:
        raise CommandRefused(f"{file}: damaged. Use an older backup.")
    try:
        known = revision and ScriptDirectory(str(HERE / "migrations")).get_revision(revision[0])
    except CommandError:
        known = None
    if not known:
        raise CommandRefused(f"{file}: written by a newer version. Update the dashboard first.")


def check_keys(file: Path, vault: Vault) -> None:
    """Refuses keys that the copy was not made with."""
    engine = create_engine("sqlite://", creator=lambda: _read_only(file))
    try:
        with engine.connect() as connection:
            words = look_through(connection).wrong(vault)
    finally:
        engine.dispose()
    if words:
        raise CommandRefused(words.replace("this database", "this copy"))


def copy_in(file: Path, url: URL) -> None:
    target = Path(str(url.database))
    target.parent.mkdir(parents=True, exist_ok=True)
    keep_private(target)
    with closing(_read_only(file)) as backup, closing(sqlite3.connect(target, timeout=15)) as ours:
        backup.backup(ours)


def _read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
