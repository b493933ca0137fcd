"""A disk that takes nothing for a while: the page stays, with what is being typed in it, and goes on by itself."""

from collections.abc import Iterator
from contextlib import contextmanager

import psutil
from playwright.sync_api import expect

from tests.browser.conftest import Browsers
from tests.browser.server import Server
from tests.browser.tab import Tab
from tests.browser.test_cut_line import AGAIN, BEFORE, DURING, PACE, PAUSE, said
from tests.browser.test_one_minute import open_form, sentence, update_form

OUT = "Nothing can be saved just now. Your words are kept; this page goes on by itself"
NOT_NOW = "Not saved: nothing can be saved just now"


@contextmanager
def full_disk(server: Server) -> Iterator[None]:
    """The server may write nothing to any file."""
    process = psutil.Process(server.process.pid)
    was = process.rlimit(psutil.RLIMIT_FSIZE)
    process.rlimit(psutil.RLIMIT_FSIZE, (1, was[1]))
    yield
    process.rlimit(psutil.RLIMIT_FSIZE, was)


def test_an_update_over_the_page_stays_and_is_saved_afterwards(server: Server, case: str, browsers: Browsers) -> None:
    with browsers.tab(server.url, cookie=server.cookie_of("volunteer")) as tab:
        tab.open("/my-cases")
        open_form(tab, case)
        sentence(tab).press_sequentially(BEFORE, delay=PACE)
        tab.page.wait_for_timeout(PAUSE)
        with full_disk(server):
            sentence(tab).press_sequentially(DURING, delay=PACE)
            expect(tab.page.get_by_text(OUT)).to_be_visible()
            update_form(tab).get_by_role("button", name="Save update").click()
            expect(tab.page.get_by_text(NOT_NOW)).to_be_visible()
            # A press that comes just as the disk takes words again is a save.
            tab.page.wait_for_timeout(PAUSE)
            expect(sentence(tab)).to_have_value(BEFORE + DURING)
        expect(tab.page.get_by_text(OUT)).to_have_count(0)
        expect(tab.page.get_by_text(AGAIN)).to_be_visible()
        expect(sentence(tab)).to_have_value(BEFORE + DURING)
        save(tab)
    assert said(server, case) == [(BEFORE + DURING).strip()]


def save(tab: Tab) -> None:
    tab.settle()
    update_form(tab).get_by_role("button", name="Save update").click()
    expect(update_form(tab)).to_have_count(0)
