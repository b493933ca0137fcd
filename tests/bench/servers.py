"""Starts the dashboard and what it is measured beside as processes of their own, and always stops them."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
DASHBOARD = ("dashboard", "--port", "0")
FLOOR = ("tests.bench.serve_floor",)
CONSTANTS = ("tests.bench.serve_floor", "constants")
DJANGO = ("tests.bench.django_admin",)
STREAMLIT_IS_UP, DJANGO_IS_UP = "/_stcore/health", "/admin/login/"
STARTS_WITHIN = 90
STOPS_WITHIN = 10


@dataclass
class Server:
    process: "subprocess.Popen[str]"
    port: int

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def memory(self) -> float:
        """Resident MiB of the server process."""
        return float(psutil.Process(self.process.pid).memory_info().rss) / 2**20


@contextmanager
def serving(
    module: tuple[str, ...], environment: dict[str, str], log: Path, *, is_up: str = STREAMLIT_IS_UP
) -> Iterator[Server]:
    """`python -m module` on a free port, from its first answer to the end of the block."""
    with log.open("w") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", *module],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=written,
            text=True,
        )
        try:
            assert process.stdout
            said = re.search(r"http://localhost:(\d+)", process.stdout.readline())
            if said is None:
                raise RuntimeError(f"{module[0]} did not start: {log.read_text()[-2000:]}")
            server = Server(process, int(said[1]))
            _wait(server, is_up)
            yield server
        finally:
            _stop(process)


def _wait(server: Server, is_up: str) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        try:
            connection = HTTPConnection("127.0.0.1", server.port, timeout=STARTS_WITHIN)
            connection.request("GET", is_up)
            if connection.getresponse().status == 200:
                return
        except (OSError, HTTPException):
            if server.process.poll() is not None:
                raise RuntimeError("the server stopped by itself") from None
        time.sleep(0.1)
    raise RuntimeError("the server did not answer")


def _stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
