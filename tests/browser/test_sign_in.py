"""Signing in: links survive it, nothing tells names from passwords, and a session that is over is over."""

from typing import Any

import pytest
from playwright.sync_api import expect

from db.demo import PASSWORD
from tests.browser.conftest import OpenTab
from tests.browser.server import Server
from tests.browser.tab import WELCOME, Tab
from tests.browser.test_one_minute import PHONE

WRONG = "The username or password is not right."
EVERY_PAGE = ("/", "/my-cases", "/queue", "/new-case", "/case", "/workload", "/heatmap", "/people", "/account")


def is_signed_out(tab: Tab) -> None:
    expect(tab.button("Sign in")).to_be_visible()
    expect(tab.page.get_by_role("button", name="Sign out")).to_have_count(0)


@pytest.mark.parametrize("path", ["/", "/queue", "/case?ref=LNB-000000", "/my-cases"])
def test_the_browser_keeps_the_cookie(open_tab: OpenTab, path: str) -> None:
    tab = open_tab(path)
    tab.sign_in("volunteer", PASSWORD)
    tab.open(path)
    expect(tab.page.get_by_role("button", name="Sign out")).to_be_visible()


def test_a_link_to_a_case_survives_sign_in_and_a_refresh(open_tab: OpenTab, case: str) -> None:
    tab = open_tab(f"/case?ref={case}")
    is_signed_out(tab)
    tab.sign_in("volunteer", PASSWORD)
    tab.says(case)
    tab.page.reload()
    tab.says(case)
    assert tab.path == f"/case?ref={case}"


def test_filters_of_the_queue_survive_sign_in_and_a_refresh(open_tab: OpenTab) -> None:
    tab = open_tab("/queue?queue_stage=Triage&condition=unallocated")
    tab.sign_in("lead", PASSWORD)
    filters_hold(tab)
    tab.page.reload()
    filters_hold(tab)


def filters_hold(tab: Tab) -> None:
    expect(tab.main.get_by_role("button", name="Stage: Triage")).to_be_visible()
    expect(tab.main.get_by_role("radio", name="Unallocated")).to_be_checked()
    assert "queue_stage=Triage" in tab.path
    assert "condition=unallocated" in tab.path


def test_a_wrong_password_and_an_unknown_name_read_the_same(open_tab: OpenTab) -> None:
    tab = open_tab()
    answers = []
    for username in ("observer", "nobody.of.that.name"):
        tab.try_to_sign_in(username, "not the password")
        tab.says(WRONG)
        answers.append(tab.main.get_by_role("alert").all_inner_texts())
        expect(tab.field("Username")).to_have_value(username)
    assert answers[0] == answers[1]


def test_after_five_failures_even_the_right_password_must_wait(open_tab: OpenTab) -> None:
    tab = open_tab()
    for _ in range(5):
        tab.try_to_sign_in("guessed.at", "not the password")
        tab.says(WRONG)
    tab.try_to_sign_in("guessed.at", "not the password")
    tab.says("Too many attempts. Wait")
    is_signed_out(tab)


def test_a_barred_lead_reads_what_anybody_reads_of_an_unknown_case(
    open_tab: OpenTab, barred_case: tuple[str, str]
) -> None:
    reference, username = barred_case
    tab = open_tab(f"/case?ref={reference}", as_=username)
    tab.says("Not found")
    barred = tab.main.inner_text()
    tab.open("/case?ref=LNB-222222")
    tab.says("Not found")
    assert tab.main.inner_text() == barred
    assert reference not in tab.page.content()


def test_signed_out_no_address_shows_anything_but_the_form(open_tab: OpenTab) -> None:
    tab = open_tab()
    for path in EVERY_PAGE:
        tab.open(path)
        is_signed_out(tab)
        expect(tab.heading()).to_have_text(WELCOME)
    expect(tab.page.get_by_test_id("stSidebarNav")).to_have_count(0)


def test_sign_out_ends_the_copied_cookie_and_the_other_tab(open_tab: OpenTab, server: Server) -> None:
    copied = server.cookie_of("lead")
    tab = open_tab("/queue", cookie=copied)
    other = open_tab("/new-case", beside=tab)
    tab.sign_out()
    is_signed_out(tab)
    with other.rerun():
        other.main.get_by_role("radio", name="Yes", exact=True).click()
    is_signed_out(other)
    is_signed_out(open_tab("/queue", cookie=copied))


@pytest.mark.parametrize("look", [PHONE, {}], ids=["phone", "desk"])
def test_signing_in_and_out_moves_nothing_on_the_page(open_tab: OpenTab, look: dict[str, Any]) -> None:
    """The picture that sets the cookie, and the one that clears it, take no room."""
    tab = open_tab("/account", **look)
    before = top(tab)
    tab.sign_in("observer", PASSWORD)
    expect(tab.heading()).to_have_text("Account")
    fresh = top(tab)
    tab.open("/account")
    assert top(tab) == fresh
    tab.sign_out()
    expect(tab.main.get_by_text(WELCOME)).to_be_visible()
    assert top(tab) == before


def top(tab: Tab) -> float:
    box = tab.heading().bounding_box()
    assert box is not None
    return box["y"]
