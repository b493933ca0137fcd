"""A file in a real browser: asked for, saved once, and nothing to any other browser."""

from pathlib import Path

import docx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.server import COOKIE, Server

FORMS = {"Pack as Word": ".docx", "Pack as a web page": ".html"}


def signed_in(chromium: Browser, server: Server, who: str) -> BrowserContext:
    context = chromium.new_context()
    context.add_cookies([{"name": COOKIE, "value": server.cookie_of(who), "url": server.url}])
    return context


def asked(page: Page, server: Server, label: str) -> str:
    """The address of the file, once it is offered."""
    page.goto(f"{server.url}/leadership")
    page.get_by_role("button", name=label).click()
    link = page.get_by_role("link", name="Save")
    expect(link).to_be_visible(timeout=30_000)
    return f"{server.url}{link.get_attribute('href')}"


@pytest.mark.parametrize("who", ["lead", "observer"])
@pytest.mark.parametrize("label", FORMS)
def test_what_was_asked_for_is_saved_once(
    chromium: Browser, server: Server, tmp_path: Path, who: str, label: str
) -> None:
    with signed_in(chromium, server, who) as context:
        page = context.new_page()
        asked(page, server, label)
        with page.expect_download() as begun:
            page.get_by_role("link", name="Save").click()
        name = begun.value.suggested_filename
        assert name.startswith("leadership-")
        assert name.endswith(FORMS[label])
        saved = tmp_path / name
        begun.value.save_as(saved)
        if name.endswith(".docx"):
            assert docx.Document(str(saved)).tables
        else:
            assert "Made for" in saved.read_text(encoding="utf-8")
        with context.expect_page() as again:
            page.get_by_role("link", name="Save").click()
        expect(again.value.get_by_text("Not found.")).to_be_visible()


def test_a_copied_address_opens_nothing_in_another_browser(chromium: Browser, server: Server) -> None:
    with (
        signed_in(chromium, server, "lead") as context,
        signed_in(chromium, server, "lead") as same_person,
        signed_in(chromium, server, "observer") as somebody_else,
        chromium.new_context() as nobody,
    ):
        address = asked(context.new_page(), server, "Pack as Word")
        for other in (same_person, somebody_else, nobody, context):
            # Typed or pasted into the address bar, even in the browser that asked.
            page = other.new_page()
            page.goto(address)
            expect(page.get_by_text("Not found.")).to_be_visible()
