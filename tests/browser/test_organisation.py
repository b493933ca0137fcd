"""Signing in with an organisation's own provider: matched to one account by verified e-mail, or refused in words."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pyotp
import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from db import clock
from db.commands.accounts import end_sessions
from db.commands.record import vault_of
from db.demo import PASSWORD
from db.models import SecondFactor, SignInSession, Volunteer
from tests.browser.conftest import CASES, Browsers
from tests.browser.provider import CLIENT_ID, CLIENT_SECRET, Provider, running_provider
from tests.browser.server import Server, running_server
from tests.browser.tab import Tab

BUTTON = "Sign in with your organisation"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("organisation")
    port = free_port()
    # Streamlit looks for it below the home folder too.
    secrets = folder / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir()
    secrets.write_text(
        f"""
        [auth]
        redirect_uri = "http://localhost:{port}/oauth2callback"
        cookie_secret = "a cookie secret for tests only"
        client_id = "{CLIENT_ID}"
        client_secret = "{CLIENT_SECRET}"
        server_metadata_url = "{provider.url}/.well-known/openid-configuration"
        """
    )
    with running_server(folder, cases=CASES, port=port, HOME=str(folder)) as running:
        yield running


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def come(server: Server, browsers: Browsers, provider: Provider) -> Iterator[Callable[..., Tab]]:
    """A new browser, sent to the provider, which says this of whoever comes."""

    def open_one(**claims: Any) -> Tab:
        provider.claims = claims
        tab = used.enter_context(browsers.tab(server.url))
        tab.open("/")
        # The address is the same before and after: it is the way there and back that is waited for.
        with tab.page.expect_navigation(url=f"{server.url}/"):
            tab.button(BUTTON).click()
        tab.settle()
        return tab

    provider.issued_ago = 0
    with ExitStack() as used:
        yield open_one
    assert "Traceback" not in server.log.read_text(), server.log.read_text()


def email_of(server: Server, username: str) -> str:
    with server.database.read() as session:
        return session.scalars(select(Volunteer.email).where(Volunteer.username == username)).one() or ""


def is_in(tab: Tab) -> None:
    expect(tab.page.get_by_role("button", name="Sign out")).to_be_visible()


def is_out(tab: Tab) -> None:
    expect(tab.button("Sign in")).to_be_visible()
    expect(tab.page.get_by_role("button", name="Sign out")).to_have_count(0)


def test_a_verified_address_opens_its_account_however_it_is_written(come: Callable[..., Tab], server: Server) -> None:
    tab = come(email=email_of(server, "volunteer").upper(), email_verified=True)
    is_in(tab)
    tab.says("What needs you")
    expect(tab.page.get_by_text("Vik Volunteer (demo)")).to_be_visible()


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"email": "nobody@example.org", "email_verified": True}, "no account here has your e-mail"),
        ({"email": "volunteer@example.org", "email_verified": False}, "has not verified"),
        ({"email": "volunteer@example.org"}, "has not verified"),
        ({"email_verified": True}, "no account here has your e-mail"),
    ],
)
def test_anybody_else_is_refused_in_words(come: Callable[..., Tab], claims: dict[str, Any], words: str) -> None:
    tab = come(**claims)
    tab.says(words)
    is_out(tab)
    tab.button("Leave your organisation’s account").click()
    expect(tab.main.get_by_text(words)).to_have_count(0)
    is_out(tab)


def test_an_address_of_two_accounts_or_of_one_that_ended_opens_none(come: Callable[..., Tab], server: Server) -> None:
    with server.database.write() as session:
        twice = (
            select(Volunteer.id).where(Volunteer.username.not_in(("lead", "lead2", "volunteer", "observer"))).limit(3)
        )
        one, two, gone = session.scalars(twice).all()
        session.execute(update(Volunteer).where(Volunteer.id.in_((one, two))).values(email="two@example.org"))
        session.execute(update(Volunteer).where(Volunteer.id == gone).values(email="gone@example.org", active=False))
    for address in ("two@example.org", "gone@example.org"):
        is_out(come(email=address, email_verified=True))


def test_the_row_decides_and_the_providers_cookie_brings_nobody_back(come: Callable[..., Tab], server: Server) -> None:
    tab = come(email=email_of(server, "observer"), email_verified=True)
    is_in(tab)
    with server.database.log() as session:
        end_sessions(session, volunteer_id=server.id_of("observer"))
    tab.open("/")
    is_out(tab)
    with server.database.read() as session:
        rows = select(SignInSession.id).where(SignInSession.volunteer_id == server.id_of("observer"))
        assert len(session.scalars(rows).all()) == 1
    tab.sign_in("observer", PASSWORD)
    is_in(tab)


def test_an_old_answer_of_the_provider_begins_nothing(
    come: Callable[..., Tab], server: Server, provider: Provider
) -> None:
    provider.issued_ago = 600
    is_out(come(email=email_of(server, "volunteer"), email_verified=True))


def test_signing_out_leaves_the_provider_too(come: Callable[..., Tab], server: Server) -> None:
    tab = come(email=email_of(server, "lead"), email_verified=True)
    is_in(tab)
    tab.page.get_by_role("button", name="Sign out").click()
    is_out(tab)
    # The browser is sent by way of an address that clears the provider's answer.
    for _ in range(200):
        if not any(one["name"].startswith("_streamlit_user") for one in tab.page.context.cookies()):
            break
        tab.page.wait_for_timeout(50)
    else:
        pytest.fail("the provider's answer is still in the browser")
    tab.open("/")
    is_out(tab)


def test_whoever_has_a_second_factor_is_asked_for_it_here_too(come: Callable[..., Tab], server: Server) -> None:
    secret, person = pyotp.random_base32(), server.id_of("volunteer")
    with server.database.write() as session:
        sealed = vault_of(session).seal_text(secret)
        session.add(SecondFactor(volunteer_id=person, secret=sealed, confirmed_at=clock.now()))
    tab = come(email=email_of(server, "volunteer"), email_verified=True)
    tab.says("One more step")
    tab.press("Back")
    is_out(tab)
    tab = come(email=email_of(server, "volunteer"), email_verified=True)
    tab.fill("Code", pyotp.TOTP(secret).now())
    tab.press("Sign in")
    is_in(tab)
    with server.database.write() as session:
        session.delete(session.get_one(SecondFactor, person))
