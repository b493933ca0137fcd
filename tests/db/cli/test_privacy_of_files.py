"""Nobody else on the machine reads the record's files, and what was taken out of them is in none of them."""

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from db.backups.sealed import new_pair
from db.choices import EntryKind
from db.commands.entries import add_entry
from db.commands.redactions import redact_words
from db.engine import PRAGMAS, Database, make_engine, upgrade
from db.keys import kept_or_made_key
from tests.conftest import open_database
from tests.db.cli.command_line import done
from tests.db.helpers import run
from tests.factories import Casework, make_casework

SISTER = "the ward sister in bay 4"


@contextmanager
def mask(bits: int) -> Iterator[None]:
    """What a careless machine leaves to its users."""
    before = os.umask(bits)
    try:
        yield
    finally:
        os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir() if file.is_file()}


def test_a_new_record_is_for_its_owner_only(tmp_path: Path) -> None:
    with mask(0):
        upgrade(f"sqlite:///{tmp_path / 'casework.sqlite3'}")
        database = open_database(f"sqlite:///{tmp_path / 'casework.sqlite3'}")
        make_casework(database)
    assert {"casework.sqlite3", "casework.sqlite3-wal", "casework.sqlite3-shm"} <= set(modes(tmp_path))
    assert set(modes(tmp_path).values()) == {0o600}
    database.engine.dispose()


def test_what_stood_open_is_closed_when_it_is_next_used(tmp_path: Path) -> None:
    file = tmp_path / "casework.sqlite3"
    upgrade(f"sqlite:///{file}")
    keeper = sqlite3.connect(file)
    keeper.execute("SELECT count(*) FROM cases").fetchone()
    assert kept_or_made_key(tmp_path / "hash.key", lambda: "k" * 40)
    for each in tmp_path.iterdir():
        each.chmod(0o644)
    engine = make_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    assert kept_or_made_key(tmp_path / "hash.key", lambda: "") == "k" * 40
    assert set(modes(tmp_path).values()) == {0o600}
    keeper.close()
    engine.dispose()


def test_backups_and_what_is_brought_back_are_for_the_owner_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    with mask(0):
        monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'first' / 'casework.sqlite3'}")
        for name, key in zip(("BACKUP_KEY", "BACKUP_TO"), new_pair(), strict=True):
            monkeypatch.setenv(name, key)
        done("upgrade")
        done("backup", str(tmp_path / "copies"))
        [copy] = (tmp_path / "copies").iterdir()
        monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'second' / 'casework.sqlite3'}")
        for name in ("identity.keys", "hash.key"):
            shutil.copy(tmp_path / "first" / name, tmp_path / "second")
        done("restore", str(copy))
    for folder in ("first", "second", "copies"):
        assert set(modes(tmp_path / folder).values()) == {0o600}, folder


def test_every_connection_overwrites_what_it_deletes(tmp_path: Path) -> None:
    # Some builds of SQLite do so by themselves, and others do not.
    assert "PRAGMA secure_delete = ON" in PRAGMAS
    engine = make_engine(f"sqlite:///{tmp_path / 'casework.sqlite3'}")
    with engine.connect() as one, engine.connect() as other:
        assert [c.execute(text("PRAGMA secure_delete")).scalar() for c in (one, other)] == [1, 1]
    engine.dispose()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_words_taken_out_are_in_no_byte_of_the_files(casework: Casework) -> None:
    assert SISTER.encode() not in everything(casework.database)
    run(casework, add_entry, kind=EntryKind.NOTE, text=f"Met {SISTER}. " + "And then more of it. " * 400)
    assert SISTER.encode() in everything(casework.database)
    run(casework, redact_words, words=SISTER, reason="A patient")
    assert SISTER.encode() not in everything(casework.database)


def test_an_upgrade_leaves_nothing_of_what_was_deleted_before(tmp_path: Path) -> None:
    """A record from before deleting overwrote: free pages and old cells still hold the words."""
    file = tmp_path / "casework.sqlite3"
    upgrade(f"sqlite:///{file}")
    with sqlite3.connect(file) as old:
        old.execute("PRAGMA secure_delete = OFF")
        old.execute("CREATE TABLE old (words TEXT)")
        old.executemany("INSERT INTO old VALUES (?)", [(f"{SISTER} {n}",) for n in range(500)])
        old.execute("DELETE FROM old")
        old.execute("DROP TABLE old")
        old.execute("UPDATE alembic_version SET version_num = version_num")
    old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    old.close()
    assert SISTER.encode() in file.read_bytes()
    step_back(file)
    upgrade(f"sqlite:///{file}")
    assert SISTER.encode() not in file.read_bytes()


def step_back(file: Path) -> None:
    """As if a later version brought one more migration."""
    from alembic import command

    from db.engine import alembic_config

    command.downgrade(alembic_config(f"sqlite:///{file}"), "-1")


def everything(database: Database) -> bytes:
    path = Path(str(database.engine.url.database))
    return b"".join(file.read_bytes() for file in path.parent.iterdir() if file.name.startswith(path.name))
