"""The server as it is started in use: `python -m dashboard` on a database of its own."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient
from websockets.sync.client import connect

from dashboard.site import headers, served, server
from db.engine import Database
from db.errors import Unavailable
from db.models import Revision, Volunteer
from db.vault import Vault
from tests.conftest import HASH_KEY, KEY, upgrade_with_keys
from tests.factories import Casework

ROOT = Path(__file__).resolve().parents[3]
STARTS_WITHIN = 60
STOPS_WITHIN = 5
NEW = Fernet.generate_key().decode()
STRANGER = Vault(keys=[NEW], hash_key="of somebody else")


@dataclass
class Running:
    process: subprocess.Popen[str]
    port: int
    database: Path

    def get(self, path: str, host: str = "127.0.0.1") -> tuple[HTTPResponse, str]:
        connection = HTTPConnection(host, self.port, timeout=20)
        connection.request("GET", path)
        response = connection.getresponse()
        return response, response.read().decode()


@contextmanager
def dashboard(folder: Path, *arguments: str) -> Iterator[Running]:
    database = folder / "casework.sqlite3"
    process = subprocess.Popen(
        [sys.executable, "-m", "dashboard", "--port", "0", *arguments],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": f"sqlite:///{database}"},
        stdout=subprocess.PIPE,
        stderr=(folder / "log").open("w"),
        text=True,
    )
    try:
        assert process.stdout
        said = process.stdout.readline()
        at = re.search(r"http://localhost:(\d+)", said)
        assert at, said + (folder / "log").read_text()
        running = Running(process, int(at[1]), database)
        _wait_until_it_answers(running)
        yield running
    finally:
        process.kill()
        process.wait()


def _wait_until_it_answers(running: Running) -> None:
    # Connections queue on the socket from the first line on: the answer comes when there is one.
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline:
        try:
            running.get("/_stcore/health")
        except OSError:
            assert running.process.poll() is None, "the server stopped by itself"
        else:
            return
    pytest.fail("the server did not answer")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with dashboard(tmp_path_factory.mktemp("server")) as started:
        yield started


def test_healthz_says_ok(running: Running) -> None:
    response, body = running.get("/healthz")
    assert (response.status, body) == (200, '{"status":"ok"}')
    assert response.headers["content-type"] == "application/json"


def health(database: Database, token: str, **headers: str) -> Any:
    url = database.engine.url.render_as_string(hide_password=False)
    app = Starlette(routes=[Route("/healthz", server.health_check(url, database.vault, token))])
    return TestClient(app).get("/healthz", headers=headers).json()


def test_what_another_server_has_drawn_is_served_before_anything_is_drawn_here(running: Running) -> None:
    """Behind a proxy, a browser may ask here for the script of a page that came from elsewhere."""
    asked = [f"/_stcore/bidi-components/{served.registered_as(name)}/index.js" for name in ("choices", "keeper")]
    assert [running.get(path)[0].status for path in asked] == [200, 200]


def test_healthz_tells_what_needs_the_operator_to_whoever_has_the_token_and_to_nobody_else(
    app_casework: Casework,
) -> None:
    token = "t" * 40
    plain = {"status": "ok"}
    for told in ("", "Bearer", "Bearer ", f"Bearer {token}x", f"bearer {token}", token):
        assert health(app_casework.database, token, authorization=told) == plain
    # Where none is set, none opens it.
    for told in ("", "Bearer ", "Bearer None"):
        assert health(app_casework.database, "", authorization=told) == plain
    with app_casework.database.write() as session:
        session.get_one(Volunteer, app_casework.lead).active = False
    found = health(app_casework.database, token, authorization=f"Bearer {token}")
    assert found == plain | {"cases_no_lead_may_see": 1, "asks_nobody_can_answer": 0}


def test_healthz_says_when_the_schema_is_not_current(running: Running) -> None:
    with sqlite3.connect(running.database) as connection:
        (now,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        connection.execute("UPDATE alembic_version SET version_num = 'older'")
        connection.commit()
        response, body = running.get("/healthz")
        connection.execute("UPDATE alembic_version SET version_num = ?", (now,))
    connection.close()
    assert (response.status, body) == (503, '{"status":"unavailable"}')


def test_healthz_says_when_the_keys_are_not_those_of_the_database(app_casework: Casework) -> None:
    opened = app_casework.database
    url = opened.engine.url.render_as_string(hide_password=False)
    # Its connections may be to a file that was at this place before.
    server._engine(url).dispose()
    assert server.database_is_ready(url, opened.vault)
    for keys, hash_key in (([NEW], HASH_KEY), ([KEY], "another")):
        assert not server.database_is_ready(url, Vault(keys=keys, hash_key=hash_key))
    with opened.engine.begin() as connection:
        connection.execute(update(Revision).values(hash_check=None))
    assert not server.database_is_ready(url, opened.vault)


def test_healthz_tries_a_write_and_the_log_says_once_what_hinders_it(
    app_casework: Casework, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = app_casework.database
    url = opened.engine.url.render_as_string(hide_password=False)
    server._engine(url).dispose()
    monkeypatch.setattr("db.outage.NEXT_TRY", 0.0)
    monkeypatch.setattr("db.outage.monotonic", lambda: 1000.0)
    with server._engine(url).connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    for _ in range(5):
        assert not server.database_is_ready(url, opened.vault)
    server._engine(url).dispose()
    assert server.database_is_ready(url, opened.vault)
    assert [each.getMessage() for each in caplog.records if each.name in ("db.outage", server.LOG.name)] == [
        "The database cannot be used: read-only (sqlite3.OperationalError SQLITE_READONLY). Pages wait for it.",
        "The database can be used again, after 0 s. Errors: read-only 5",
    ]


def test_what_is_fetched_beside_a_page_is_told_to_come_again() -> None:
    async def gone(_request: object) -> None:
        raise Unavailable

    app = Starlette(routes=[Route("/", gone)], exception_handlers={Unavailable: server.not_now})
    answer = TestClient(app).get("/")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")


def test_without_the_keys_of_the_database_it_is_refused_in_one_line(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'casework.sqlite3'}"
    upgrade_with_keys(url)
    refused = subprocess.run(
        [sys.executable, "-m", "dashboard", "--port", "0"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=STARTS_WITHIN,
    )
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("The dashboard cannot start. Not set: IDENTITY_KEYS and HASH_KEY.")
    assert refused.stderr.count("\n") == 1
    assert not list(tmp_path.glob("[ih]*.key*")), "made in silence"


def test_health_fails_when_the_database_does_not_answer() -> None:
    assert not server.database_is_ready("postgresql+psycopg://nobody@127.0.0.1:1/nothing?connect_timeout=1", STRANGER)


@pytest.mark.parametrize("path", ["/", "/case?ref=LNB-000000", "/healthz", "/_stcore/health", "/nothing.js"])
def test_every_answer_has_the_security_headers(running: Running, path: str) -> None:
    response, _ = running.get(path)
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["x-frame-options"] == "DENY"
    assert response.headers["cross-origin-opener-policy"] == "same-origin"
    assert response.headers["cache-control"] == "no-store"
    assert "camera=()" in response.headers["permissions-policy"]
    assert "strict-transport-security" not in response.headers, "a promise of TLS where there is none"
    policy = response.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "frame-src 'none'" in policy
    assert "connect-src 'self';" in policy
    assert "http" not in policy


def test_the_policy_allows_the_scripts_inside_streamlits_page_and_no_others() -> None:
    allowed = headers.content_security_policy().split("script-src ")[1].split(";")[0]
    assert headers.inline_script_hashes()
    assert "'unsafe-inline'" not in allowed


def test_localhost_answers_on_both_addresses(running: Running) -> None:
    if not _has_ipv6():
        pytest.skip("this machine has no IPv6")
    assert running.get("/healthz", host="::1")[0].status == 200


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def test_nagles_algorithm_is_off_on_accepted_connections() -> None:
    opened = server.listen("localhost", 0)
    try:
        assert len({each.getsockname()[1] for each in opened}) == 1
        with socket.create_connection(opened[0].getsockname()):
            opened[0].setblocking(True)
            accepted, _ = opened[0].accept()
            with accepted:
                assert accepted.proto == socket.IPPROTO_TCP
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    finally:
        for each in opened:
            each.close()


def test_a_taken_port_is_refused_in_one_line(running: Running) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "dashboard", "--port", str(running.port)],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": f"sqlite:///{running.database}"},
        capture_output=True,
        text=True,
        timeout=STARTS_WITHIN,
    )
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert "Address already in use" in second.stderr


def test_an_unusable_database_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "casework.sqlite3").write_text("Not a database, and longer than a header would be.\n" * 40)
    refused = subprocess.run(
        [sys.executable, "-m", "dashboard", "--port", "0"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'casework.sqlite3'}"},
        capture_output=True,
        text=True,
        timeout=STARTS_WITHIN,
    )
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "file is not a database" in refused.stderr


def test_a_public_address_without_its_proxy_is_refused_in_one_line(tmp_path: Path) -> None:
    """Else every visitor would have the proxy's address, and one guesser would slow everybody down."""
    told = {"DATABASE_URL": f"sqlite:///{tmp_path / 'casework.sqlite3'}", "PUBLIC_URL": "https://casework.example.org"}
    refused = subprocess.run(
        [sys.executable, "-m", "dashboard", "--port", "0"],
        cwd=ROOT,
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        timeout=STARTS_WITHIN,
    )
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.count("\n") == 1
    assert "TRUSTED_PROXIES" in refused.stderr
    assert not (tmp_path / "casework.sqlite3").exists()


def test_sigterm_ends_it_cleanly_with_a_websocket_open(tmp_path: Path) -> None:
    with dashboard(tmp_path) as stopping:
        with connect(f"ws://127.0.0.1:{stopping.port}/_stcore/stream"):
            stopping.process.send_signal(signal.SIGTERM)
            assert stopping.process.wait(STOPS_WITHIN) == 0
        assert "Traceback" not in (tmp_path / "log").read_text()
