"""The address of a file: for the browser session that asked, once, and “Not found.” for everything else."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select, update
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from dashboard.reports import files
from dashboard.reports.files import File
from dashboard.settings import settings
from dashboard.site import cookies, downloads
from dashboard.site.headers import SecurityHeaders
from dashboard.site.packed import Packed
from dashboard.store import core
from db import clock
from db.choices import DownloadKind, Role
from db.commands.accounts import end_sessions, start_session
from db.commands.downloads import ask_download
from db.errors import NotFound
from db.models import SecondFactor, SignInSession, Volunteer
from db.queries.session import Person
from db.rules.quarters import quarter_of
from tests.factories import Casework

PACK = {"period": quarter_of(clock.today()), "form": "html"}
WORDS = "<p>For {name}</p>" + "x" * 5000
made: list[int] = []


def make(person: Person, _about: dict[str, str]) -> bytes:
    made.append(person.id)
    return WORDS.format(name=person.name).encode()


@pytest.fixture(autouse=True)
def _registry(monkeypatch: pytest.MonkeyPatch) -> None:
    made.clear()
    kinds = {DownloadKind.LEADERSHIP: File(lambda about: f"../pack {about['period']}\r\nX: y.html", make)}
    monkeypatch.setattr(files, "FILES", kinds)


def server() -> Starlette:
    middleware = [Middleware(SecurityHeaders), Middleware(Packed)]
    return Starlette(routes=downloads.routes(settings()), middleware=middleware)


def sign_in(work: Casework, who: int) -> tuple[str, int]:
    """Their session's token and id; with a second factor, as a lead needs."""
    with work.database.log() as session:
        session.merge(SecondFactor(volunteer_id=who, confirmed_at=clock.now()))
        token = start_session(session, volunteer_id=who, device="test", days=1)
        newest = select(SignInSession.id).order_by(SignInSession.id.desc()).limit(1)
        return token, session.scalars(newest).one()


def ask(work: Casework, who: int, at: int) -> str:
    """The address of a file that this session asked for."""
    with work.database.write() as session:
        asked = ask_download(session, actor_id=who, session_id=at, kind=DownloadKind.LEADERSHIP, about=PACK)
    return downloads.address(asked.token)


def browser(session_token: str = "") -> TestClient:
    client = TestClient(server(), headers={"sec-fetch-site": "same-origin"})
    if session_token:
        value = cookies.cookie_value(session_token, clock.now() + timedelta(hours=1), settings().cookie_key)
        client.cookies.set(cookies.COOKIE, value)
    return client


def assert_nothing_at(client: TestClient, address: str, **headers: str) -> None:
    answer = client.get(address, headers={name.replace("_", "-"): value for name, value in headers.items()})
    assert (answer.status_code, answer.text) == (404, "Not found.")
    assert answer.headers["cache-control"] == "no-store"


def test_the_session_that_asked_gets_the_file_once(app_casework: Casework) -> None:
    token, at = sign_in(app_casework, app_casework.lead)
    address, client = ask(app_casework, app_casework.lead, at), browser(token)
    answer = client.get(address)
    assert (answer.status_code, answer.text) == (200, WORDS.format(name="Lena"))
    assert answer.headers["content-disposition"] == f'attachment; filename="pack-{PACK["period"]}-X-y.html"'
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "content-encoding" not in answer.headers
    assert_nothing_at(client, address)
    assert made == [app_casework.lead]


def test_a_copied_address_is_nothing_to_anybody_else_and_is_not_used_up(app_casework: Casework) -> None:
    token, at = sign_in(app_casework, app_casework.lead)
    other_browser, _ = sign_in(app_casework, app_casework.lead)
    observer, _ = sign_in(app_casework, app_casework.observer)
    address = ask(app_casework, app_casework.lead, at)
    for client in (browser(), browser(other_browser), browser(observer), browser("made up")):
        assert_nothing_at(client, address)
    forged = browser()
    forged.cookies.set(cookies.COOKIE, cookies.cookie_value(token, clock.now() + timedelta(hours=1), "d" * 40))
    assert_nothing_at(forged, address)
    assert made == []
    assert browser(token).get(address).status_code == 200


def test_only_a_click_on_a_page_of_ours_uses_it_up(app_casework: Casework) -> None:
    token, at = sign_in(app_casework, app_casework.lead)
    address, client = ask(app_casework, app_casework.lead, at), browser(token)
    for site in ("cross-site", "same-site", "none"):
        assert_nothing_at(client, address, sec_fetch_site=site)
    assert_nothing_at(client, address, sec_purpose="prefetch;prerender")
    assert client.head(address).status_code == 404
    assert client.post(address).status_code == 405
    assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    "token", ["x", "x" * 5000, "%00", "é", "..%2f..%2fetc%2fpasswd", "'; DROP TABLE downloads; --"]
)
def test_what_is_no_address_of_ours_is_not_found(app_casework: Casework, token: str) -> None:
    signed_in, _ = sign_in(app_casework, app_casework.lead)
    answer = browser(signed_in).get(downloads.address(token))
    assert answer.status_code == 404


def test_it_ends_with_the_session(app_casework: Casework) -> None:
    token, at = sign_in(app_casework, app_casework.lead)
    address = ask(app_casework, app_casework.lead, at)
    with app_casework.database.log() as session:
        end_sessions(session, volunteer_id=app_casework.lead)
    assert_nothing_at(browser(token), address)


def test_permission_lost_after_asking_is_no_file(app_casework: Casework) -> None:
    token, at = sign_in(app_casework, app_casework.lead)
    address = ask(app_casework, app_casework.lead, at)
    with app_casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == app_casework.lead).values(role=Role.VOLUNTEER))
    assert_nothing_at(browser(token), address)
    assert made == []


def test_permission_lost_while_it_is_made_is_no_file(app_casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_person: Person, _about: dict[str, str]) -> bytes:
        raise NotFound

    monkeypatch.setattr(files, "FILES", {DownloadKind.LEADERSHIP: File(lambda _: "pack.html", refuse)})
    token, at = sign_in(app_casework, app_casework.lead)
    assert_nothing_at(browser(token), ask(app_casework, app_casework.lead, at))


def test_a_lead_without_a_second_factor_gets_none(app_casework: Casework) -> None:
    token, at = sign_in(app_casework, app_casework.lead)
    address = ask(app_casework, app_casework.lead, at)
    with app_casework.database.log() as session:
        session.execute(update(SecondFactor).values(confirmed_at=None))
    assert_nothing_at(browser(token), address)


def test_a_restarted_server_still_gives_it(app_casework: Casework) -> None:
    token, at = sign_in(app_casework, app_casework.lead)
    address = ask(app_casework, app_casework.lead, at)
    core._database.clear()
    assert browser(token).get(address).status_code == 200


def test_two_clicks_at_once_are_one_file(app_casework: Casework) -> None:
    token, at = sign_in(app_casework, app_casework.lead)
    address, together = ask(app_casework, app_casework.lead, at), Barrier(2)

    def click(_: int) -> int:
        client = browser(token)
        together.wait(timeout=20)
        return int(client.get(address).status_code)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(click, range(2))) == [200, 404]
    assert made == [app_casework.lead]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("minutes-2026-11-24.docx", "minutes-2026-11-24.docx"),
        ("../../etc/passwd", "passwd.html"),
        ("a/b\\c\0d.docx", "b-c-d.docx"),
        ("pack.html\r\nset-cookie: x=y", "pack.html"),
        ("pack.exe", "pack.html"),
        ('";x="y.docx', "x-y.docx"),
        ("....", "file.html"),
        ("é" * 300 + ".docx", "file.docx"),
        ("n" * 300 + ".docx", "n" * 80 + ".docx"),
    ],
)
def test_a_file_name_leads_nowhere(monkeypatch: pytest.MonkeyPatch, given: str, name: str) -> None:
    monkeypatch.setattr(files, "FILES", {DownloadKind.LEADERSHIP: File(lambda _: given, make)})
    told = files.name_of(DownloadKind.LEADERSHIP, {})
    assert told.rpartition(".")[2] in ("docx", "html")
    assert set(told) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.")
    if "set-cookie" not in given:
        assert told == name
