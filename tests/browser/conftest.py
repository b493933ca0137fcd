"""A real server and a real Chromium. A page that complains, or calls out, fails the test that opened it."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import chain, count
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Request,
    Response,
    ViewportSize,
    WebError,
    sync_playwright,
)
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from db import clock
from db.card import refresh_card
from db.choices import AssignmentStatus, Role, Stage
from db.commands.affiliations import add_affiliation
from db.models import Action, Assignment, Case, Draft, Flag
from tests.browser.chromium import FOR_SHORT_LIVES, find_or_get_chromium, launch_flags
from tests.browser.server import COOKIE, Server, running_server
from tests.browser.tab import Tab
from tests.factories import give_place, make_body, make_case, make_room, make_volunteer

CASES = 60
HEIGHT = 844
# Milliseconds.
COLD = 120_000
NUMBERS = count(1)
NOISE = (
    # Streamlit asks Vega to fit every chart both ways; a chart whose height follows its rows fits only in width.
    r"Dropping \"fit-y\" because spec has discrete height",
    # Streamlit lets its frames use more features than this Chromium has heard of.
    r"Unrecognized feature: '",
    # The sign-in cookie is written from a frame of our own origin, which is trusted as the page itself is.
    r"An iframe which has both allow-scripts and allow-same-origin",
    # Charts are drawn once before their rows arrive.
    r"WARN Infinite extent for field",
    # A test cuts the connection from the browser's side; one that the server ends says another code.
    r"WebSocket onclose: code=1005 .*wasClean=true",
    # An address without a page leads Home, where the page itself says so.
    r"The page that you have requested does not seem to exist",
    r"Cannot send rerun backMessage when disconnected from server",
)
# On a deep link Streamlit looks for its server below each part of the address before it asks at the root.
SEEKING = re.compile(r"/[\w-]+/_stcore/(health|host-config)$")


@dataclass
class Watch:
    """Notes whatever a healthy page never does."""

    server: Server
    problems: list[str] = field(default_factory=list)

    def follow(self, context: BrowserContext) -> None:
        for event, note in self._noted():
            context.on(event, note)  # type: ignore[call-overload]

    def leave(self, context: BrowserContext) -> None:
        for event, note in self._noted():
            context.remove_listener(event, note)

    def _noted(self) -> Iterator[tuple[str, Callable[..., None]]]:
        yield "console", self._console
        yield "weberror", self._error
        yield "request", self._request
        yield "requestfailed", self._failed
        yield "response", self._response

    def _error(self, error: WebError) -> None:
        self.problems.append(f"Page error: {error.error}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"} or any(re.search(known, message.text) for known in NOISE):
            return
        # An answer that failed is noted with its address below.
        if not message.text.startswith("Failed to load resource"):
            self.problems.append(f"Console {message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.server.url + "/", "data:", "blob:")):
            self.problems.append(f"Request to another host: {request.url}")

    def _failed(self, request: Request) -> None:
        # A page that is left, or closed, drops what it was still loading.
        if request.failure != "net::ERR_ABORTED":
            self.problems.append(f"Request failed: {request.url}: {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and not SEEKING.search(response.url):
            self.problems.append(f"Answer {response.status}: {response.url}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("server"), cases=CASES) as running:
        yield running


# Not for the whole session: while Playwright runs, no other test of this process can run an event loop.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        flags = [*launch_flags(), FOR_SHORT_LIVES]
        browser = playwright.chromium.launch(executable_path=find_or_get_chromium(), args=flags)
        yield browser
        browser.close()


class Browsers:
    """Browsers that tests use one after the other, each empty again. Streamlit's scripts are loaded once for all, and
    read once for all by the one process of its page: a new page for each test takes three times as long."""

    def __init__(self, chromium: Browser) -> None:
        self._chromium = chromium
        self._spare: dict[str, list[Page]] = defaultdict(list)
        self._warm: set[str] = set()

    @contextmanager
    def tab(self, url: str, *, cookie: str = "", width: int = 1440, kept: bool = True, **options: Any) -> Iterator[Tab]:
        """A tab on that server, of a browser with these options. Nothing is opened in it yet.

        What can't be undone, as with a clock or a script of the test's own, is done in one that is not `kept`.
        """
        screen: ViewportSize = {"width": width, "height": HEIGHT}
        spare = self._spare[repr((width, sorted(options.items())))]
        if spare and kept:
            page = spare.pop()
        else:
            page = self._chromium.new_context(locale="en-GB", viewport=screen, **options).new_page()
        if url not in self._warm:
            # For the first page of all, server and browser read everything for the first time.
            page.goto(url, timeout=COLD)
            page.get_by_role("heading", level=1).wait_for(timeout=COLD)
            self._warm.add(url)
        if cookie:
            page.context.add_cookies([{"name": COOKIE, "value": cookie, "url": url, "sameSite": "Strict"}])
        tab = Tab(page, url)
        yield tab
        tab.leave()
        if kept and _is_emptied(page, screen):
            spare.append(page)
        else:
            page.context.close()

    def close(self) -> None:
        for page in chain.from_iterable(self._spare.values()):
            page.context.close()


def _is_emptied(page: Page, screen: ViewportSize) -> bool:
    for other in page.context.pages:
        if other is not page:
            other.close()
    try:
        # An address of the same site keeps the process.
        page.goto(urljoin(page.url, "/healthz"))
        page.evaluate("localStorage.clear(); sessionStorage.clear()")
    except Error:
        return False
    page.context.clear_cookies()
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(screen)
    return True


@pytest.fixture(scope="package")
def browsers(chromium: Browser) -> Iterator[Browsers]:
    made = Browsers(chromium)
    yield made
    made.close()


OpenTab = Callable[..., Tab]


@pytest.fixture
def open_tab(server: Server, browsers: Browsers) -> Iterator[OpenTab]:
    """`open_tab("/queue", as_="lead", width=390, has_touch=True)`: a tab in a browser of its own.

    `beside=tab` opens it in that tab's browser instead.
    """
    watch = Watch(server)
    logged = server.log.stat().st_size
    with ExitStack() as used:

        def open_one(
            path: str = "/", *, as_: str = "", cookie: str = "", beside: Tab | None = None, **options: Any
        ) -> Tab:
            if beside is not None:
                tab = Tab(beside.page.context.new_page(), server.url)
            else:
                cookie = cookie or (server.cookie_of(as_) if as_ else "")
                tab = used.enter_context(browsers.tab(server.url, cookie=cookie, **options))
                watch.follow(tab.page.context)
                used.callback(watch.leave, tab.page.context)
            tab.open(path)
            return tab

        yield open_one
    said = server.log.read_text()[logged:]
    assert not watch.problems, "\n".join(watch.problems)
    assert "Traceback" not in said, said


@pytest.fixture
def case(server: Server) -> Iterator[str]:
    with new_case(server) as reference:
        yield reference


@contextmanager
def new_case(server: Server) -> Iterator[str]:
    """A case that the demo volunteer leads, at a body of its own. It ends afterwards, or the lists of everybody would
    grow from test to test."""
    lead, volunteer = server.id_of("lead"), server.id_of("volunteer")
    with server.database.write() as session:
        # What another test typed and left would be opened again.
        session.execute(delete(Draft))
        body = make_body(session, f"BROWSER{next(NUMBERS)}")
        reference = make_case(session, actor_id=lead, body=body, processes=("MHPS",))
        make_room(session, lead=lead, volunteer=volunteer)
        give_place(session, lead=lead, volunteer=volunteer, reference=reference)
    yield reference
    with server.database.write() as session:
        end(session, reference)


def end(session: Session, reference: str) -> None:
    case = session.scalars(select(Case).where(Case.reference == reference)).one()
    its = {"synchronize_session": False}
    session.execute(update(Action).where(Action.case_id == case.id).values(done_at=clock.now()), execution_options=its)
    places = update(Assignment).where(Assignment.case_id == case.id, Assignment.ended_at.is_(None))
    session.execute(places.values(status=AssignmentStatus.ENDED, ended_at=clock.now()), execution_options=its)
    flags = update(Flag).where(Flag.case_id == case.id, Flag.cleared_at.is_(None))
    session.execute(flags.values(cleared_at=clock.now()), execution_options=its)
    case.stage, case.is_open, case.lead_id, case.closed_on = Stage.DECLINED, False, None, clock.today()
    refresh_card(session, case.id)


@pytest.fixture
def late(server: Server, case: str) -> str:
    """A case of the volunteer whose weekly update is overdue, with another next action than any in the demo."""
    with server.database.write() as session:
        long_ago = clock.today() - timedelta(days=20)
        session.execute(update(Case).where(Case.reference == case).values(opened_on=long_ago, update_at=None))
        refresh_card(session, session.scalars(select(Case.id).where(Case.reference == case)).one())
    return case


@pytest.fixture
def barred_case(server: Server) -> tuple[str, str]:
    """(reference, username): a case, and a lead who works for its body."""
    lead, number = server.id_of("lead"), next(NUMBERS)
    with server.database.write() as session:
        body = make_body(session, f"BARRED{number}")
        person = make_volunteer(session, f"barred{number}", Role.LEAD)
        add_affiliation(session, actor_id=lead, volunteer_id=person, organisation_id=body, started_on=date(2020, 1, 1))
        reference = make_case(session, actor_id=lead, body=body)
    return reference, f"barred{number}"
