"""Streamlit as an ASGI app, with security headers and a health check, served on sockets of our own."""

import contextlib
import errno
import functools
import gc
import hashlib
import hmac
import logging
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard.settings import ROOT, Settings
from dashboard.site import calendar_feed, cookies, unreadable_fields
from dashboard.site.allowed_hosts import Doors
from dashboard.site.headers import SecurityHeaders

if TYPE_CHECKING:
    import streamlit as st
    import uvicorn
    from sqlalchemy import Engine
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

APP = ROOT / "dashboard" / "app.py"
LOG = logging.getLogger("dashboard.site.server")

HEALTH_TIMEOUT = 5.0
NO_SUCH_ADDRESS = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
# Browsers that do not answer the closing handshake are dropped after this many seconds.
CLOSING_SECONDS = 1
# Far more than the longest form that is full to the brim.
LARGEST_MESSAGE = 2 * 1024 * 1024


@functools.cache
def _engine(database_url: str) -> "Engine":
    from db.engine import make_engine

    return make_engine(database_url)


def database_is_ready(database_url: str) -> bool:
    """Whether the database answers and stands at the schema of this version."""
    from db.engine import schema_is_current

    try:
        return schema_is_current(_engine(database_url))
    except Exception:
        LOG.warning("Health check: the database does not answer", exc_info=True)
        return False


def needs_the_operator(database_url: str) -> dict[str, int]:
    """What nobody within may see or answer, as numbers; empty where the database does not say."""
    from db.attention import attention

    try:
        return asdict(attention(_engine(database_url)))
    except Exception:
        LOG.warning("Health check: what needs the operator cannot be counted", exc_info=True)
        return {}


def health_check(database_url: str, token: str = "") -> "Callable[[Request], Any]":
    """The endpoint of /healthz, for proxies and monitors: no detail, as anyone may ask. Only whoever sends the token
    of HEALTH_TOKEN is told what needs the operator: a proxy's own requests come from this machine too.
    """
    from anyio import move_on_after, to_thread
    from starlette.responses import JSONResponse

    async def healthz(request: "Request") -> "Response":
        ready, detail = False, dict[str, int]()
        given = request.headers.get("authorization", "").encode()
        told = bool(token) and hmac.compare_digest(given, f"Bearer {token}".encode())
        with move_on_after(HEALTH_TIMEOUT):
            # In a thread, and left behind when it hangs: a dead database must not stop the event loop.
            ready = await to_thread.run_sync(database_is_ready, database_url, abandon_on_cancel=True)
            if ready and told:
                detail = await to_thread.run_sync(needs_the_operator, database_url, abandon_on_cancel=True)
        return JSONResponse(
            {"status": "ok" if ready else "unavailable"} | detail,
            status_code=200 if ready else 503,
            headers={"cache-control": "no-store"},
        )

    return healthz


def show_script_error(error: Exception) -> bool:
    """Tells the person a number to quote, and the log the trace under that number."""
    import streamlit as st

    number = secrets.token_hex(3).upper()
    LOG.error("Page error %s", number, exc_info=error)
    st.error(
        f"Something went wrong on our side. What you saved before this is safe. If it happens again, "
        f"tell whoever runs the dashboard this number: **{number}**"
    )
    return True


def warm_up() -> None:
    """Loads what the first page would load, then takes it out of the garbage collector's sight.

    Well over a hundred thousand objects live as long as the process, and walking them at each full
    collection costs more than most pages. What the pages make afterwards is collected as usual.
    """
    import altair as alt
    import pandas as pd

    # Building one chart makes Altair read and index its schema.
    alt.Chart(pd.DataFrame({"x": [1]})).mark_rect().encode(x="x:Q").to_dict()
    gc.collect()
    gc.freeze()


def build_app(settings: Settings, script: Path = APP) -> "st.App":
    """The ASGI application. Streamlit reads its configuration here, so the environment comes first."""
    # Several servers behind one proxy must accept each other's upload tokens.
    os.environ.setdefault("STREAMLIT_SERVER_COOKIE_SECRET", _derived(settings.cookie_key, "streamlit"))

    import streamlit as st
    from starlette.middleware import Middleware
    from starlette.routing import Route

    @contextlib.asynccontextmanager
    async def lifespan(_app: st.App) -> AsyncIterator[None]:
        unreadable_fields.set_aside()
        warm_up()
        yield

    return st.App(
        script,
        lifespan=lifespan,
        routes=[
            Route("/healthz", health_check(settings.database_url, settings.health_token), methods=["GET"]),
            *cookies.routes(settings),
            *calendar_feed.routes(settings),
        ],
        middleware=[
            Middleware(SecurityHeaders, behind_tls=settings.behind_tls),
            Middleware(Doors, settings=settings),
        ],
        on_script_error=show_script_error,
    )


def _derived(key: str, purpose: str) -> str:
    return hashlib.blake2b(purpose.encode(), key=hashlib.sha256(key.encode()).digest()).hexdigest()


def listen(host: str, port: int) -> list[socket.socket]:
    """Listening sockets, both of IPv4 and IPv6 for `localhost`, as browsers may try either."""
    sockets: list[socket.socket] = []
    for address in ("127.0.0.1", "::1") if host == "localhost" else (host,):
        try:
            sockets.append(_listening_socket(address, port))
        except OSError as error:
            if sockets and error.errno in NO_SUCH_ADDRESS:
                continue  # A machine without IPv6.
            for opened in sockets:
                opened.close()
            raise
        # Port 0 asks for any free port: the second socket takes the one the first was given.
        port = sockets[0].getsockname()[1]
    return sockets


def _listening_socket(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    # The protocol is named because asyncio switches Nagle's algorithm off only where it is. With Nagle on,
    # each small message waits for the acknowledgement of the last, up to 40 ms a run.
    opened = socket.socket(family, kind, protocol or socket.IPPROTO_TCP)
    try:
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if os.name != "nt":
            # A restart must not wait for the last one's connections to be forgotten.
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if host == "::" else 1)
        opened.bind(address)
        opened.listen(512)
        opened.setblocking(False)
    except BaseException:
        opened.close()
        raise
    return opened


def serve(settings: Settings, sockets: list[socket.socket], script: Path = APP) -> int:
    """Serves until SIGTERM or Ctrl+C and returns the exit code."""
    import uvicorn

    server = uvicorn.Server(configuration(settings, build_app(settings, script)))
    # Uvicorn repeats the signal to whoever handled it before, once it has shut down. Its own handler in
    # that place makes a wished-for stop end with exit code 0.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.handle_exit)
    server.run(sockets=sockets)
    return 0 if server.started else 1


def configuration(settings: Settings, app: "ASGIApp") -> "uvicorn.Config":
    import uvicorn

    return uvicorn.Config(
        app,
        # "auto" would go on without a page to serve when the start fails.
        lifespan="on",
        log_level="warning",
        access_log=False,
        use_colors=False,
        server_header=False,
        # Anybody can write the header that names another address: only our own proxy is believed.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        ws="websockets-sansio",
        ws_max_size=LARGEST_MESSAGE,
        ws_ping_interval=30,
        ws_ping_timeout=30,
        timeout_graceful_shutdown=CLOSING_SECONDS,
    )
