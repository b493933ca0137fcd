"""Streamlit as an ASGI app, with security headers and a health check, served on our own sockets."""

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
from dashboard.site import calendar_feed, cookies, downloads, served, unreadable_fields
from dashboard.site.allowed_hosts import AllowedHosts
from dashboard.site.headers import SecurityHeaders
from dashboard.site.host_config import HostConfig
from dashboard.site.packed import Packed
from db.errors import Unavailable

if TYPE_CHECKING:
    import streamlit as st
    import uvicorn
    from sqlalchemy import Engine
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from db.vault import Vault

APP = ROOT / "dashboard" / "app.py"
LOG = logging.getLogger("dashboard.site.server")

HEALTH_TIMEOUT = 5.0
NO_SUCH_ADDRESS = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
# Connections whose browser does not answer the closing handshake are dropped after this many seconds.
CLOSING_SECONDS = 1
# Far more than the longest form when every field is full.
LARGEST_MESSAGE = 2 * 1024 * 1024


@functools.cache
def _engine(database_url: str) -> "Engine":
    from db.engine import SHORT, make_engine

    return make_engine(database_url, patience=SHORT, serves=True)


def database_is_ready(database_url: str, vault: "Vault") -> bool:
    """Whether the database takes what is written, has the schema of this version, and was made with the server's
    keys."""
    from db.engine import schema_is_current, try_a_write
    from db.key_check import unfit
    from db.outage import OUTAGE

    try:
        engine = _engine(database_url)
        if not schema_is_current(engine):
            return False
        if words := unfit(engine, vault):
            LOG.warning("Health check: %s", words)
            return False
        if OUTAGE.is_on:
            return OUTAGE.is_over(engine)
        try_a_write(engine)
    except Exception as error:
        if not OUTAGE.meet(error):
            LOG.warning("Health check: the database does not answer", exc_info=True)
        return False
    return True


def needs_the_operator(database_url: str) -> dict[str, int]:
    """Counts of what only the operator can answer; empty if the database does not answer."""
    from db.attention import attention
    from db.outage import OUTAGE

    try:
        return asdict(attention(_engine(database_url)))
    except Exception as error:
        if not OUTAGE.meet(error):
            LOG.warning("Health check: what needs the operator cannot be counted", exc_info=True)
        return {}


def health_check(database_url: str, vault: "Vault", token: str = "") -> "Callable[[Request], Any]":
    """The endpoint /healthz, for proxies and monitors. It gives no detail, because anybody may ask. Only a request with
    HEALTH_TOKEN is told what needs the operator: that it comes from this machine proves nothing behind a proxy.
    """
    from anyio import move_on_after, to_thread
    from starlette.responses import JSONResponse

    async def healthz(request: "Request") -> "Response":
        ready, detail = False, dict[str, int]()
        given = request.headers.get("authorization", "").encode()
        told = bool(token) and hmac.compare_digest(given, f"Bearer {token}".encode())
        with move_on_after(HEALTH_TIMEOUT):
            # In a thread, which is abandoned if it hangs: a dead database must not block the event loop.
            ready = await to_thread.run_sync(database_is_ready, database_url, vault, abandon_on_cancel=True)
            if ready and told:
                detail = await to_thread.run_sync(needs_the_operator, database_url, abandon_on_cancel=True)
        return JSONResponse(
            {"status": "ok" if ready else "unavailable"} | detail,
            status_code=200 if ready else 503,
            headers={"cache-control": "no-store"},
        )

    return healthz


async def not_now(_request: "Request", _error: Exception) -> "Response":
    """What is fetched beside a page while the database cannot be used."""
    from starlette.responses import PlainTextResponse

    return PlainTextResponse("Not just now.", 503, headers={"cache-control": "no-store", "retry-after": "10"})


def show_script_error(error: Exception) -> bool:
    """Shows the person a number to quote, and logs the trace with that number."""
    import streamlit as st

    number = secrets.token_hex(3).upper()
    LOG.error("Page error %s", number, exc_info=error)
    st.error(
        f"Something went wrong on our side. What you saved before this is safe. If it happens again, "
        f"give whoever runs the dashboard this number: **{number}**"
    )
    return True


def warm_up() -> None:
    """Loads what the first page would load, then hides it from the garbage collector.

    Well over a hundred thousand objects live as long as the process, and walking through them at each full
    collection costs more than most pages. What the pages make afterwards is collected as usual.
    """
    import altair as alt
    import pandas as pd

    # Building one chart makes Altair read and index its schema.
    alt.Chart(pd.DataFrame({"x": [1]})).mark_rect().encode(x="x:Q").to_dict()
    gc.collect()
    gc.freeze()


def build_app(settings: Settings, script: Path = APP) -> "st.App":
    """The ASGI application. Streamlit reads its configuration here, so the environment is set first."""
    # Several servers behind one proxy must accept each other's upload tokens.
    os.environ.setdefault("STREAMLIT_SERVER_COOKIE_SECRET", _derived(settings.cookie_key, "streamlit"))

    import streamlit as st
    from starlette.middleware import Middleware
    from starlette.routing import Route

    @contextlib.asynccontextmanager
    async def lifespan(_app: st.App) -> AsyncIterator[None]:
        unreadable_fields.set_aside()
        served.register_all()
        warm_up()
        yield

    return st.App(
        script,
        lifespan=lifespan,
        routes=[
            Route(
                "/healthz", health_check(settings.database_url, settings.vault, settings.health_token), methods=["GET"]
            ),
            *cookies.routes(settings),
            *calendar_feed.routes(settings),
            *downloads.routes(settings),
        ],
        middleware=[
            Middleware(SecurityHeaders, behind_tls=settings.behind_tls),
            Middleware(AllowedHosts, settings=settings),
            Middleware(HostConfig, settings=settings),
            Middleware(Packed),
        ],
        exception_handlers={Unavailable: not_now},
        on_script_error=show_script_error,
    )


def _derived(key: str, purpose: str) -> str:
    return hashlib.blake2b(purpose.encode(), key=hashlib.sha256(key.encode()).digest()).hexdigest()


def listen(host: str, port: int) -> list[socket.socket]:
    """Listening sockets; for `localhost` both IPv4 and IPv6, because browsers may try either."""
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
    # The protocol is named because asyncio only then switches Nagle's algorithm off. With Nagle on, each small
    # message waits for the last to be acknowledged, up to 40 ms a run.
    opened = socket.socket(family, kind, protocol or socket.IPPROTO_TCP)
    try:
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if os.name != "nt":
            # A restart must not wait until the old connections have timed out.
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
    # Once it has shut down, Uvicorn repeats the signal for the previous handler. With its own handler in that place a
    # requested stop ends with exit code 0.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.handle_exit)
    server.run(sockets=sockets)
    return 0 if server.started else 1


def configuration(settings: Settings, app: "ASGIApp") -> "uvicorn.Config":
    import uvicorn

    return uvicorn.Config(
        app,
        # With "auto" the server would go on with no page to serve if the start fails.
        lifespan="on",
        log_level="warning",
        access_log=False,
        use_colors=False,
        server_header=False,
        # Anybody can send the header that names another address, so only our own proxy is believed.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        ws="websockets-sansio",
        ws_max_size=LARGEST_MESSAGE,
        ws_ping_interval=30,
        ws_ping_timeout=30,
        timeout_graceful_shutdown=CLOSING_SECONDS,
    )
