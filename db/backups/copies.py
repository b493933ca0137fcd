"""Backups: a whole copy of the record in one encrypted file, and back, with proof that it is whole."""

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import make_url

from db import clock
from db.backups import postgresql, proof, sealed, sqlite
from db.backups.proof import Proof
from db.commands.restored import settle_restored
from db.engine import Database, make_engine, upgrade, upgrade_through
from db.errors import CommandRefused
from db.key_check import note_keys
from db.vault import Vault

SUFFIX, STAMP = ".backup", "casework-%Y-%m-%dT%H%M%SZ"
# How many days, weeks and months have a backup: the newest of each.
DAYS, WEEKS, MONTHS = 7, 5, 12


@dataclass(frozen=True)
class Copy:
    """A file that was read to its end, so that it is known to be whole. `counts` are the rows of each table when it was
    made; none are known of a copy from before backups were encrypted."""

    file: Path
    kind: str
    counts: dict[str, int]
    private: str = ""

    def pieces(self) -> Iterator[bytes]:
        if self.private:
            return islice(sealed.read(self.file, self.private), 1, None)
        return _plain(self.file)


def make_backup(database: Database, folder: Path, to: str) -> Path:
    """Writes a dated copy, encrypted to the public key `to`, into the folder, for its owner only. Refuses if there is
    no room; whatever happens, no half of a backup is left."""
    sealed.public_key(to)
    kind = sqlite if database.engine.dialect.name == "sqlite" else postgresql
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    target = folder / f"{clock.now():{STAMP}}{SUFFIX}"
    if target.exists():
        raise CommandRefused(f"{target} already exists.")
    try:
        with kind.copied(database.engine.url) as (connection, copy), _draft(target) as file:
            about = {"counts": proof.counts(connection)}
            sealed.write(file, kind=kind.KIND, made_at=clock.now(), to=to, about=about, copy=copy)
    except (OSError, sqlite3.Error) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise CommandRefused(f"{folder}: no backup was made: {why}.") from None
    return target


@contextmanager
def _draft(target: Path) -> Iterator[IO[bytes]]:
    """A file that gets its name when it is whole and on the disk. Locked while it is written: what somebody was killed
    over is locked by nobody, and removed here."""
    for left in target.parent.glob(".casework-*.part"):
        with suppress(OSError), left.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()
    draft = target.with_name(f".{target.name}.part")
    try:
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.rename(target)
        _sync(target.parent)
    finally:
        draft.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def backups_in(folder: Path) -> dict[Path, datetime]:
    """The encrypted backups there by when they were made, newest first."""
    found: dict[Path, datetime] = {}
    for file in folder.glob(f"casework-*{SUFFIX}"):
        with suppress(ValueError):
            found[file] = datetime.strptime(file.name, f"{STAMP}{SUFFIX}").replace(tzinfo=UTC)
    return dict(sorted(found.items(), key=lambda each: each[1], reverse=True))


def kept(moments: list[datetime]) -> set[datetime]:
    """Which of these are kept: the newest of each of the newest DAYS days, WEEKS weeks and MONTHS months that have any,
    by days in London."""
    chosen: set[datetime] = set()
    periods = ((DAYS, "%Y-%m-%d"), (WEEKS, "%G-%V"), (MONTHS, "%Y-%m"))
    for most, period in periods:
        newest: dict[str, datetime] = {}
        for moment in sorted(moments, reverse=True):
            newest.setdefault(f"{clock.london_day(moment):{period}}", moment)
        chosen.update(islice(newest.values(), most))
    return chosen


def rotate_backups(folder: Path) -> int:
    """Deletes the backups that need not be kept; returns how many. Nothing else in the folder is touched."""
    found = backups_in(folder)
    stay = kept(list(found.values()))
    gone = [file for file, moment in found.items() if moment not in stay]
    for file in gone:
        file.unlink()
    return len(gone)


def whole_copy(file: Path, private: str) -> Copy:
    """Reads a backup to its end. Refuses what is damaged, another key's, or no backup of this record."""
    if not file.is_file():
        raise CommandRefused(f"{file}: there is no such file.")
    if not sealed.is_sealed(file):
        kind = postgresql if file.suffix == postgresql.SUFFIX else sqlite
        kind.check(file)
        return Copy(file, kind.KIND, {})
    pieces = sealed.read(file, private)
    about = json.loads(next(pieces))
    for _ in pieces:
        pass
    return Copy(file, sealed.heading_of(file).kind, about["counts"], private)


def bring_back(copy: Copy, url: str, vault: Vault) -> Proof:
    """Puts the copy in the place of what is in the database at this address, at the newest schema, once it is proved.
    Refuses otherwise, and then the database is as it was."""
    is_file = make_url(url).get_backend_name() == "sqlite"
    if copy.kind != (sqlite if is_file else postgresql).KIND:
        raise CommandRefused(f"{copy.file}: a copy of the other kind of database ({copy.kind}).")
    return _bring_back_file(copy, url, vault) if is_file else _bring_back_to_server(copy, url, vault)


def _bring_back_file(copy: Copy, url: str, vault: Vault) -> Proof:
    """By way of a file beside the database, where everything is tried first."""
    with sqlite.beside(make_url(url)) as folder:
        draft = folder / "copy.sqlite3"
        with draft.open("wb") as file:
            file.writelines(copy.pieces())
        sqlite.check(draft)
        engine = make_engine(f"sqlite:///{draft}")
        try:
            with engine.connect() as connection:
                proof.refuse_keys(connection, vault)
                proof.refuse_missing(connection, copy.counts)
            upgrade(f"sqlite:///{draft}")
            with engine.connect() as connection:
                shown = proof.proved(connection, vault)
            _settle(engine, vault)
        finally:
            engine.dispose()
        sqlite.copy_in(draft, make_url(url))
    return shown


def _bring_back_to_server(copy: Copy, url: str, vault: Vault) -> Proof:
    """In one transaction, with all that is tried."""
    engine = make_engine(url)
    try:
        with engine.begin() as connection:
            postgresql.copy_in(connection, copy.pieces())
            sqlite.refuse_newer(str(copy.file), _version(connection))
            proof.refuse_keys(connection, vault)
            proof.refuse_missing(connection, copy.counts)
            upgrade_through(connection)
            shown = proof.proved(connection, vault)
        _settle(engine, vault)
    finally:
        engine.dispose()
    return shown


def _version(connection: Connection) -> str:
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")) or "")


def _settle(engine: Engine, vault: Vault) -> None:
    note_keys(engine, vault)
    with Database(engine, vault).write() as session:
        settle_restored(session)


def _plain(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(sealed.FRAME):
            yield piece
