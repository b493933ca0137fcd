"""The second factor of a real database, the password asked for again, and what was typed when a session ended."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pyotp
import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from db import clock
from db.commands.accounts import first_lead_link
from db.demo import PASSWORD
from db.models import SecondFactor, SignInSession, Volunteer
from tests.browser.conftest import Browsers, OpenTab, Watch
from tests.browser.server import COOKIE, Server, running_server
from tests.browser.tab import Tab
from tests.browser.test_one_minute import PHONE

OWN = "copper lantern drifts home"
NUMBERS = count(1)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("real"), cases=None) as running:
        yield running


@pytest.fixture
def real_tab(real: Server, browsers: Browsers) -> Iterator[Tab]:
    watch = Watch(real)
    with browsers.tab(real.url) as tab:
        watch.follow(tab.page.context)
        yield tab
        watch.leave(tab.page.context)
    assert not watch.problems, "\n".join(watch.problems)
    assert "Traceback" not in real.log.read_text()


def test_the_first_lead_sets_up_a_second_factor_before_anything_else(real: Server, real_tab: Tab) -> None:
    tab = real_tab
    with real.database.write() as session:
        token = first_lead_link(session)
    tab.open(f"/set-up?token={token}")
    for label, text in {"Username": "lena", "Your name": "Lena", "Password": OWN, "Confirm password": OWN}.items():
        tab.fill(label, text)
    tab.press("Set password")
    for path in ("/people", "/"):
        tab.open(path)
        if path == "/people":
            tab.sign_in("lena", OWN)
        expect(tab.heading()).to_have_text("Set up two-step sign-in")
        expect(tab.page.get_by_test_id("stSidebarNav")).to_have_count(0)
    tab.press("Set it up")
    expect(tab.main.get_by_role("img", name="QR code")).to_be_visible()
    secret = tab.main.get_by_test_id("stCode").inner_text().replace(" ", "").strip()
    tab.fill("Code", "000000")
    tab.press("Confirm")
    tab.says("That code is wrong")
    tab.fill("Code", pyotp.TOTP(secret).now())
    tab.press("Confirm")
    expect(tab.button("I have kept them")).to_be_visible()
    codes = tab.main.get_by_test_id("stCode").inner_text().split()
    assert len(codes) == 10
    tab.press("I have kept them")
    tab.says("What needs you")
    tab.sign_out()

    tab.try_to_sign_in("lena", OWN)
    tab.says("One more step")
    with real.database.log() as session:
        # The step that set it up is used; the test does not wait half a minute for the next.
        session.execute(update(SecondFactor).values(last_step=0))
    tab.fill("Code", pyotp.TOTP(secret).now())
    tab.press("Sign in")
    tab.says("What needs you")
    tab.sign_out()
    tab.try_to_sign_in("lena", OWN)
    tab.fill("Code", codes[3])
    tab.press("Sign in")
    tab.says("What needs you")


def test_no_script_can_read_the_cookie(open_tab: OpenTab) -> None:
    tab = open_tab()
    tab.sign_in("volunteer", PASSWORD)
    (cookie,) = (one for one in tab.page.context.cookies() if one["name"] == COOKIE)
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/")
    assert COOKIE not in tab.page.evaluate("document.cookie")
    tab.sign_out()
    for _ in range(200):
        if not any(one["name"] == COOKIE for one in tab.page.context.cookies()):
            break
        tab.page.wait_for_timeout(50)
    else:
        pytest.fail("the cookie is still there")


def of_sessions(server: Server, username: str, **values: Any) -> None:
    with server.database.log() as session:
        who = select(Volunteer.id).where(Volunteer.username == username).scalar_subquery()
        session.execute(update(SignInSession).where(SignInSession.volunteer_id == who).values(values))


def test_people_are_changed_only_with_a_fresh_password(open_tab: OpenTab, server: Server) -> None:
    tab = open_tab("/people", as_="lead", **PHONE)
    of_sessions(server, "lead", proved_at=clock.now() - timedelta(minutes=11))
    username = f"nia{next(NUMBERS)}"
    tab.expand("Add somebody")
    tab.fill("Username", username)
    tab.fill("Name", "Nia New")
    tab.press("Add")
    dialog = tab.page.get_by_role("dialog")
    dialog.get_by_label("Your password").fill("not the password")
    tab.press("Continue", within=dialog)
    expect(dialog.get_by_text("Your current password is not right.")).to_be_visible()
    with server.database.read() as session:
        assert session.scalar(select(Volunteer.id).where(Volunteer.username == username)) is None
    dialog.get_by_label("Your password").fill(PASSWORD)
    tab.press("Continue", within=dialog)
    tab.says(f"A new account for Nia New ({username}, volunteer)")
    expect(dialog).to_have_count(0)
    with server.database.read() as session:
        assert session.scalar(select(Volunteer.id).where(Volunteer.username == username)) is None
    other = open_tab("/inbox", as_="lead2")
    # Asked last, so it is the last of those that wait.
    with other.pressed():
        other.main.get_by_role("button", name="Agree", exact=True).last.click()
    other.says("One-time link for Nia New")
    with server.database.read() as session:
        assert session.scalar(select(Volunteer.id).where(Volunteer.username == username)) is not None


def test_identity_is_opened_only_with_a_fresh_password(open_tab: OpenTab, server: Server, case: str) -> None:
    tab = open_tab(f"/case?ref={case}", as_="volunteer")
    of_sessions(server, "volunteer", proved_at=None)
    tab.expand("Who the doctor is")
    tab.fill("Reason for opening it", "To ring them back")
    tab.press("Open identity")
    expect(tab.main.get_by_text("test.doctor@example.org")).to_have_count(0)
    dialog = tab.page.get_by_role("dialog")
    dialog.get_by_label("Your password").fill(PASSWORD)
    tab.press("Continue", within=dialog)
    tab.says("test.doctor@example.org")


def test_what_was_typed_survives_a_session_that_ends(open_tab: OpenTab, server: Server, case: str) -> None:
    tab = open_tab(f"/case?ref={case}&do=update", as_="volunteer", **PHONE)
    tab.fill("What changed", "A long account of the meeting")
    of_sessions(server, "volunteer", idle_until=clock.now() - timedelta(seconds=1))
    tab.press("Save update")
    tab.says("What you typed is safe")
    expect(tab.main).not_to_contain_text(case)
    tab.sign_in("volunteer", PASSWORD)
    expect(tab.field("What changed")).to_have_value("A long account of the meeting")


def test_what_was_typed_is_not_given_to_somebody_else(open_tab: OpenTab, server: Server, case: str) -> None:
    tab = open_tab(f"/case?ref={case}&do=update", as_="volunteer")
    tab.fill("What changed", "For my eyes only")
    of_sessions(server, "volunteer", ended_at=clock.now())
    tab.press("Save update")
    tab.sign_in("lead", PASSWORD)
    expect(tab.field("What changed")).to_have_value("")
