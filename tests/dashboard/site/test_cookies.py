"""The sign-in cookie: set once, for a minute, by the server, and only for a page of our own."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette

from dashboard.settings import settings
from dashboard.site import cookies
from db import clock
from db.commands.accounts import end_sessions, start_session
from db.engine import Database
from tests.dashboard.asgi import asked
from tests.factories import Casework

KEY = "c" * 40


@pytest.fixture
def token(app_casework: Casework) -> str:
    with app_casework.database.log() as session:
        begun: str = start_session(session, volunteer_id=app_casework.lead, device="test", days=1)
    return begun


@pytest.fixture
def server(app_database: Database) -> Starlette:
    del app_database
    return Starlette(routes=cookies.routes(settings()))


def cookie_of(server: Starlette, path: str, query: str, site: str) -> str:
    """The cookie header of the answer, which looks the same either way."""
    answer = asked(server, path=path, query=query, sec_fetch_site=site)
    assert (answer["status"], answer["body"]) == (200, cookies.PIXEL)
    return "".join(value.decode() for name, value in answer["headers"] if name == b"set-cookie")


def fetch(server: Starlette, sealed: str, site: str = "same-origin") -> str:
    return cookie_of(server, cookies.KEEP, urlencode({"pass": sealed}), site)


def test_a_pass_sets_the_cookie_once(server: Starlette, token: str) -> None:
    sealed = cookies.pass_to(token, KEY)
    header = fetch(server, sealed)
    value = header.split(";")[0].removeprefix(f"{cookies.COOKIE}=")
    assert cookies.token_in(value, KEY) == token
    assert {"httponly", "samesite=strict", "path=/"} <= set(header.lower().split("; "))
    assert token not in sealed
    assert fetch(server, sealed) == ""


def test_a_picture_on_another_site_sets_nothing_and_spends_nothing(server: Starlette, token: str) -> None:
    sealed = cookies.pass_to(token, KEY)
    for site in ("cross-site", "same-site", "none"):
        assert fetch(server, sealed, site) == ""
    assert fetch(server, sealed) != ""


def test_a_pass_ends_after_a_minute(server: Starlette, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed, later = cookies.pass_to(token, KEY), clock.now() + timedelta(seconds=cookies.PASS_SECONDS + 1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert fetch(server, sealed) == ""


@pytest.mark.parametrize("sealed", ["", "nonsense", "é", "x" * 5000])
@pytest.mark.usefixtures("app_casework")
def test_what_is_no_pass_sets_nothing(server: Starlette, sealed: str) -> None:
    assert fetch(server, sealed) == ""


def test_a_pass_sealed_with_another_key_sets_nothing(server: Starlette, token: str) -> None:
    assert fetch(server, cookies.pass_to(token, "d" * 40)) == ""


def test_a_cookie_is_cleared_once_its_session_is_over_and_by_our_own_pages_only(
    server: Starlette, token: str, app_casework: Casework
) -> None:
    value = cookies.cookie_value(token, clock.now() + timedelta(days=1), KEY)

    def cleared(site: str = "same-origin", held: str = value) -> bool:
        answer = asked(server, path=cookies.FORGET, sec_fetch_site=site, cookie=f"{cookies.COOKIE}={held}")
        return any(b"Max-Age=0" in text for name, text in answer["headers"] if name == b"set-cookie")

    assert not cleared(), "another tab has just signed in"
    with app_casework.database.log() as session:
        end_sessions(session, volunteer_id=app_casework.lead)
    assert [cleared("cross-site"), cleared(), cleared(held="nonsense")] == [False, True, True]


def test_a_cookie_of_another_server_or_out_of_date_is_nobodys() -> None:
    soon, past = clock.now() + timedelta(minutes=1), clock.now() - timedelta(seconds=1)
    assert cookies.token_in(cookies.cookie_value("t", soon, KEY), KEY) == "t"
    assert cookies.token_in(cookies.cookie_value("t", soon, "d" * 40), KEY) is None
    assert cookies.token_in(cookies.cookie_value("t", past, KEY), KEY) is None
    assert cookies.token_in("no.token.at-all", KEY) is None
