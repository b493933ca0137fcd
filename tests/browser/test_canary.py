"""A doctor's identity is planted as words found nowhere else; then every place that could keep them is searched."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page, Response, WebSocket, expect
from sqlalchemy import text

from tests.browser.conftest import CASES, Browsers
from tests.browser.server import Server, running_server
from tests.browser.tab import Tab
from tests.browser.test_identity import open_identity
from tests.factories import give_place, make_body, make_case, make_room

# In no word of any language, and in no file of Streamlit's.
MARK = "zqxvj"
PLANTED = {
    "name": f"{MARK}name Invented",
    "contact": f"{MARK}contact@example.org",
    "safe_channel": f"{MARK}channel 07700 900555",
    "safe_times": f"{MARK}times at night",
    "never_use": f"{MARK}never the ward phone",
}
PAGES = {
    "lead": (
        "/",
        "/my-cases",
        "/queue",
        "/case?ref=",
        "/new-case",
        "/meeting",
        "/workload",
        "/heatmap",
        "/organisation?code=EX001",
        "/people",
        "/access",
        "/account",
        "/same-doctor",
    ),
    "volunteer": (
        "/",
        "/my-cases",
        "/queue",
        "/case?ref=",
        "/new-case",
        "/meeting",
        "/workload",
        "/heatmap",
        "/account",
    ),
    "observer": ("/", "/case?ref=", "/heatmap", "/account"),
    "": ("/", "/case?ref="),
}
# All that a browser keeps for a site, as one text.
KEPT = """async () => {
    const kept = [document.cookie, JSON.stringify(localStorage), JSON.stringify(sessionStorage), location.href,
        JSON.stringify(history.state), window.name];
    for (const {name} of await indexedDB.databases()) {
        const database = await new Promise((done, fail) => {
            const opening = indexedDB.open(name);
            opening.onsuccess = () => done(opening.result);
            opening.onerror = () => fail(opening.error);
        });
        for (const store of database.objectStoreNames) {
            kept.push(JSON.stringify(await new Promise(done => {
                const all = database.transaction(store).objectStore(store).getAll();
                all.onsuccess = () => done(all.result);
            })));
        }
        database.close();
    }
    for (const key of await caches.keys()) {
        const cache = await caches.open(key);
        for (const request of await cache.keys()) {
            kept.push(request.url, await (await cache.match(request)).text());
        }
    }
    return kept.join('\\n');
}"""


@dataclass
class Everything:
    """What a browser was sent and told: addresses, titles, answers, and messages with the mark in them."""

    told: list[str] = field(default_factory=list)
    marked: int = 0
    messages: int = 0

    @contextmanager
    def following(self, page: Page) -> Iterator[None]:
        noted: dict[str, Callable[..., None]] = {
            "response": self._response,
            "console": lambda message: self.told.append(message.text),
            "pageerror": lambda error: self.told.append(str(error)),
            "websocket": self._socket,
        }
        for event, note in noted.items():
            page.on(event, note)  # type: ignore[call-overload]
        yield
        for event, note in noted.items():
            page.remove_listener(event, note)

    def _response(self, response: Response) -> None:
        self.told += [response.url, str(response.headers)]

    def _socket(self, socket: WebSocket) -> None:
        self.told.append(socket.url)
        socket.on("framereceived", self._message)

    def _message(self, payload: Any) -> None:
        content = payload if isinstance(payload, bytes) else payload.encode()
        self.messages += 1
        self.marked += MARK.encode() in content

    def look(self, tab: Tab) -> None:
        self.told += [tab.page.url, tab.page.title(), tab.page.content(), tab.page.evaluate(KEPT)]

    def assert_without_mark(self) -> None:
        assert self.messages > 0
        assert self.marked == 0
        for told in self.told:
            assert MARK not in told.lower(), told[:300]


# A server of its own: its log and its database are searched whole, and it is made to fail.
@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("canary"), cases=CASES) as running:
        yield running


@pytest.fixture(scope="module")
def planted(server: Server) -> str:
    lead, volunteer = server.id_of("lead"), server.id_of("volunteer")
    with server.database.write() as session:
        body = make_body(session, "CANARY")
        reference = make_case(session, actor_id=lead, body=body, processes=("MHPS",), **PLANTED)
        make_room(session, lead=lead, volunteer=volunteer)
        give_place(session, lead=lead, volunteer=volunteer, reference=reference)
    return reference


@dataclass
class Visit:
    """One person's browser."""

    tab: Tab
    seen: Everything


@pytest.fixture
def visit(server: Server, browsers: Browsers) -> Iterator[Any]:
    with ExitStack() as used:

        def begin(person: str, path: str = "/") -> Visit:
            cookie = server.cookie_of(person) if person else ""
            tab = used.enter_context(browsers.tab(server.url, cookie=cookie))
            seen = Everything()
            used.enter_context(seen.following(tab.page))
            tab.open(path)
            return Visit(tab, seen)

        yield begin


def walk(visited: Visit, person: str, reference: str) -> None:
    """Every page of the role. For its tabs and folds tests/pages/test_public_ids.py looks."""
    for path in PAGES[person]:
        visited.tab.open(path.replace("ref=", f"ref={reference}"))
        visited.seen.look(visited.tab)
        expect(visited.tab.main.get_by_text("Something went wrong")).to_have_count(0)


def test_only_the_panel_shows_it_and_nothing_keeps_it(visit: Any, planted: str) -> None:
    opened: Visit = visit("volunteer", f"/case?ref={planted}")
    opened.seen.look(opened.tab)
    opened.seen.assert_without_mark()
    open_identity(opened.tab)
    for words in PLANTED.values():
        expect(opened.tab.main.get_by_text(words.split()[0]).first).to_be_visible()
    assert opened.seen.marked > 0
    assert MARK not in opened.tab.page.title() + opened.tab.page.url + opened.tab.page.evaluate(KEPT)
    opened.tab.show("Team")
    opened.seen.marked = 0
    walk(opened, "volunteer", planted)
    opened.tab.page.reload()
    opened.tab.settle()
    opened.seen.look(opened.tab)
    opened.seen.assert_without_mark()


# A volunteer's are walked above, once the identity was opened.
@pytest.mark.parametrize("person", sorted(PAGES.keys() - {"volunteer"}))
def test_no_page_of_anybody_shows_it(visit: Any, planted: str, person: str) -> None:
    visited: Visit = visit(person)
    walk(visited, person, planted)
    visited.seen.assert_without_mark()


def test_searching_for_it_finds_nothing_and_leaves_no_trace(visit: Any, planted: str, server: Server) -> None:
    visited: Visit = visit("lead", "/queue")
    with visited.tab.rerun():
        visited.tab.search_box().fill(MARK)
        visited.tab.page.keyboard.press("Enter")
    visited.tab.says("No cases match")
    assert MARK not in visited.tab.page.title() + visited.tab.page.url + visited.tab.page.evaluate(KEPT)
    assert planted not in visited.tab.main.inner_text()
    assert MARK not in server.log.read_text().lower()


def test_a_refusal_does_not_repeat_it(visit: Any, planted: str) -> None:
    visited: Visit = visit("volunteer", f"/case?ref={planted}")
    open_identity(visited.tab, reason="  ")
    visited.tab.says("please fill this in")
    visited.seen.look(visited.tab)
    visited.tab.open("/case?ref=LNB-222222")
    visited.tab.says("Not found")
    visited.seen.look(visited.tab)
    visited.seen.assert_without_mark()


def test_a_crash_with_it_in_hand_says_nothing_of_it(visit: Any, planted: str, server: Server) -> None:
    visited: Visit = visit("volunteer", f"/case?ref={planted}")
    visited.tab.expand("Who the doctor is")
    rename(server, "access_log", "gone")
    try:
        open_identity(visited.tab, reason=f"{MARK}reason")
        visited.tab.says("Something went wrong on our side.")
        visited.seen.told.append(visited.tab.main.inner_text())
    finally:
        rename(server, "gone", "access_log")
    visited.seen.assert_without_mark()
    said = server.log.read_text()
    assert "OperationalError" in said
    assert MARK not in said.lower()


def rename(server: Server, old: str, new: str) -> None:
    with server.database.engine.begin() as connection:
        connection.execute(text(f'ALTER TABLE "{old}" RENAME TO "{new}"'))


def test_neither_the_log_nor_the_files_of_the_database_hold_it(visit: Any, planted: str, server: Server) -> None:
    """Last: after all that was opened, searched, refused and broken above."""
    visited: Visit = visit("lead", f"/case?ref={planted}")
    open_identity(visited.tab)
    visited.tab.says(PLANTED["contact"])
    files = [path for path in server.log.parent.rglob("*") if path.is_file()]
    assert {"casework.sqlite3", "server.log"} <= {path.name for path in files}
    for path in files:
        content = path.read_bytes().lower()
        assert MARK.encode() not in content, path.name
        assert MARK.encode("utf-16-le") not in content, path.name
    assert planted.encode() in b"".join(path.read_bytes() for path in files)
