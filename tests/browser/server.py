"""The dashboard as it runs in use: its own process, its own database of fictional cases, any free port."""

import atexit
import functools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event
from urllib.error import URLError

import jwt
from sqlalchemy import select

from db import clock
from db.commands.accounts import start_session
from db.engine import Database
from db.models import Volunteer
from tests.conftest import HASH_KEY, KEY, open_database

ROOT = Path(__file__).resolve().parent.parent.parent
# `dashboard.auth` has the name too, but needs Streamlit awake to be imported without complaint.
COOKIE = "lnb_session"
COOKIE_KEY = "a cookie key for browser tests only"
START_SECONDS = 30
AT_THE_HOUR = (sys.executable, "-m", "tests.hour")


@dataclass(frozen=True)
class Server:
    """Where the dashboard is, the database behind it, and what it wrote to its log."""

    url: str
    database: Database
    log: Path
    process: "subprocess.Popen[str]"
    was_killed: Event = field(default_factory=Event)

    def hang(self) -> None:
        """As when a machine hangs: it answers nothing, and does nothing that it was asked."""
        self.process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        """As when the machine goes: nothing is put in order first."""
        self.was_killed.set()
        self.process.kill()
        self.process.wait()

    def id_of(self, username: str) -> int:
        with self.database.read() as session:
            return session.scalars(select(Volunteer.id).where(Volunteer.username == username)).one()

    def cookie_of(self, username: str) -> str:
        """The value of the cookie of a new session: signed in, without the sign-in form."""
        with self.database.log() as session:
            token = start_session(session, volunteer_id=self.id_of(username), device="Browser test", days=1)
        expires = (clock.now() + timedelta(days=1)).timestamp()
        return jwt.encode({"session": token, "exp_date": expires}, COOKIE_KEY, algorithm="HS256")


@contextmanager
def running_server(folder: Path, *, cases: int | None, port: int = 0, **told: str) -> Iterator[Server]:
    """A demonstration with so many cases, or (None) a real database without anybody in it."""
    shutil.copytree(_record(cases), folder, dirs_exist_ok=True)
    with serving(folder, port=port, **told) as server:
        yield server


@contextmanager
def serving(folder: Path, *, port: int = 0, **told: str) -> Iterator[Server]:
    """The record in this folder as it is: of a server that has ended, its next start."""
    environment = _environment(folder) | told
    database, log = open_database(environment["DATABASE_URL"]), folder / "server.log"
    with log.open("w") as errors:
        serve = (*AT_THE_HOUR, "dashboard", "--port", str(port))
        process = subprocess.Popen(serve, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        server = Server(_address(process, log), database, log, process)
        yield server
    finally:
        process.terminate()
        code = process.wait(timeout=20)
        database.engine.dispose()
    assert code == 0 or server.was_killed.is_set(), f"The server ended with {code}:\n{log.read_text()}"


def _environment(folder: Path) -> dict[str, str]:
    keys = {"COOKIE_KEY": COOKIE_KEY, "IDENTITY_KEYS": KEY, "HASH_KEY": HASH_KEY}
    return os.environ | keys | {"DATABASE_URL": f"sqlite:///{folder / 'casework.sqlite3'}"}


@functools.cache
def _record(cases: int | None) -> Path:
    """The folder of a record that every server with so many cases gets a copy of."""
    folder = Path(tempfile.mkdtemp(prefix="casework-record-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    make = ("upgrade",) if cases is None else ("demo", "--cases", str(cases), "--seed", "1")
    subprocess.run((*AT_THE_HOUR, "db", *make), cwd=ROOT, env=_environment(folder), check=True, capture_output=True)
    return folder


def _address(process: "subprocess.Popen[str]", log: Path) -> str:
    """Reads the port from the line the server prints, then asks until it answers."""
    assert process.stdout is not None
    line = process.stdout.readline()
    words = [word for word in line.split() if word.startswith("http://")]
    assert words, f"The server did not say where it is: {line!r}\n{log.read_text()}"
    give_up = time.monotonic() + START_SECONDS
    while not _is_healthy(words[0]):
        assert process.poll() is None, f"The server has ended:\n{log.read_text()}"
        assert time.monotonic() < give_up, f"The server does not answer:\n{log.read_text()}"
        time.sleep(0.05)
    return words[0]


def _is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:  # noqa: S310 - our own server
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
