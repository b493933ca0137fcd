"""A line that is cut or dead: no letter is lost, and each press of a button is told what became of it."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy import select

from db.choices import EntryKind
from db.models import Case, Entry
from tests.browser.conftest import CASES, Browsers, new_case
from tests.browser.cut_line import CutLine, line_to
from tests.browser.server import Server, running_server, serving
from tests.browser.tab import Tab
from tests.browser.test_one_minute import draft_arrives, open_form, update_form

NO_SIGNAL = "No signal. Your words are safe; reconnecting"
AGAIN = "Not saved: tap again"
BEFORE, DURING, AFTER = "Rang her before the cut, ", "wrote on while there was no line, ", "and went on after it."
# For a page that is to miss what its server answers: known before the page opens a socket, whose listeners are told in
# the order in which they came.
SOCKETS = """
    window.sockets = new Set();
    window.deaf = new Set();
    const add = WebSocket.prototype.addEventListener;
    WebSocket.prototype.addEventListener = function(kind, listener, ...how) {
        window.sockets.add(this);
        const heard = said => { if (!window.deaf.has(this)) listener.call(this, said); };
        return add.call(this, kind, kind === "message" ? heard : listener, ...how);
    };
"""
HEAR_NOTHING = "window.deaf = new Set(window.sockets)"
# Milliseconds between two letters of somebody who types fast.
PACE = 40
# Within so long what was typed is on its way.
PAUSE = 1_500
# Streamlit tries its server at growing intervals.
RECONNECTS = 20_000


@pytest.fixture
def line(server: Server) -> Iterator[CutLine]:
    with line_to(server.url) as line:
        yield line


@pytest.fixture
def tab(server: Server, line: CutLine, browsers: Browsers) -> Iterator[Tab]:
    """On My cases as the volunteer, by a line that a test may cut."""
    with browsers.tab(line.url, cookie=server.cookie_of("volunteer")) as tab:
        yield tab


def type_through_a_cut(tab: Tab, line: CutLine, field: Locator, *, seconds: float) -> None:
    dialogs = tab.page.get_by_role("dialog")
    before = dialogs.count()
    field.focus()
    tab.page.keyboard.press("End")
    tab.page.keyboard.type(BEFORE, delay=PACE)
    line.cut()
    tab.page.keyboard.type(DURING, delay=PACE)
    expect(tab.page.get_by_text(NO_SIGNAL)).to_be_visible()
    tab.page.wait_for_timeout(seconds * 1000)
    expect(field).to_be_focused()
    # None of Streamlit's about the connection.
    expect(dialogs).to_have_count(before)
    line.restore()
    tab.page.keyboard.type(AFTER, delay=PACE)
    expect(tab.page.get_by_text(NO_SIGNAL)).to_have_count(0, timeout=RECONNECTS)
    tab.settle()


def quick(tab: Tab, case: str) -> Locator:
    tab.open("/my-cases")
    open_form(tab, case)
    return update_form(tab)


def said(server: Server, case: str) -> list[str]:
    with server.database.read() as session:
        query = select(Entry.text).join(Case, Case.id == Entry.case_id)
        query = query.where(Case.reference == case, Entry.kind == EntryKind.UPDATE).order_by(Entry.id)
        return list(session.scalars(query))


def save_arrives(tab: Tab, server: Server, case: str) -> None:
    for _ in range(200):
        if said(server, case):
            return
        tab.page.wait_for_timeout(50)
    raise AssertionError("Nothing was saved.")


def test_no_letter_is_lost_in_a_form(tab: Tab, line: CutLine) -> None:
    tab.open("/new-case")
    field = tab.field("Summary, without names", exact=False)
    type_through_a_cut(tab, line, field, seconds=3)
    expect(field).to_have_value(BEFORE + DURING + AFTER)


def test_no_letter_is_lost_where_words_are_sent_as_they_are_typed(
    tab: Tab, line: CutLine, server: Server, case: str
) -> None:
    card = quick(tab, case)
    field = card.get_by_role("textbox", name="What changed")
    type_through_a_cut(tab, line, field, seconds=3)
    expect(field).to_have_value(BEFORE + DURING + AFTER)
    card.get_by_role("textbox", name="Next action").fill("Ring again")
    card.get_by_role("button", name="Save update").click()
    # The field that was left asked for a run of its own: that one is over before the save is.
    expect(tab.page.get_by_text(f"Saved for {case}.")).to_be_visible()
    assert said(server, case) == [BEFORE + DURING + AFTER]


def test_what_is_chosen_and_typed_on_a_line_that_is_dead_reaches_the_server(tab: Tab, line: CutLine, case: str) -> None:
    tab.open(f"/case?ref={case}&do=update")
    tab.fill("What changed", BEFORE)
    tab.settle()
    line.die()
    tab.pick("Contact with the doctor", "Tried, not reached")
    tab.field("What changed").press_sequentially(DURING)
    line.cut()
    expect(tab.page.get_by_text(NO_SIGNAL)).to_be_visible()
    tab.page.wait_for_timeout(PAUSE)
    line.restore()
    expect(tab.page.get_by_text(NO_SIGNAL)).to_have_count(0, timeout=RECONNECTS)
    # All is sent once more, a while after the line is back.
    tab.page.wait_for_timeout(3 * PAUSE)
    tab.settle()
    tab.page.reload()
    tab.settle()
    expect(tab.field("What changed")).to_have_value(BEFORE + DURING)
    expect(tab.main.get_by_role("radio", name="Tried, not reached")).to_be_checked()


def test_a_save_on_a_dead_line_says_so_and_the_next_tap_saves_once(
    tab: Tab, line: CutLine, server: Server, case: str
) -> None:
    card = quick(tab, case)
    card.get_by_role("textbox", name="What changed").fill(BEFORE.strip())
    card.get_by_role("textbox", name="Next action").fill("Ring again")
    card.get_by_role("textbox", name="Next action").blur()
    tab.settle()
    save = card.get_by_role("button", name="Save update")
    line.die()
    save.click()
    expect(tab.page.get_by_text("Saving…")).to_be_visible()
    expect(tab.page.get_by_text(NO_SIGNAL)).to_be_visible()
    expect(tab.page.get_by_text(AGAIN)).to_be_visible()
    line.cut()
    line.restore()
    expect(tab.page.get_by_text(NO_SIGNAL)).to_have_count(0, timeout=RECONNECTS)
    tab.settle()
    expect(tab.page.get_by_text(AGAIN)).to_be_visible()
    save.click()
    expect(tab.page.get_by_text("Saved", exact=True)).to_be_visible()
    expect(tab.page.get_by_text(AGAIN)).to_have_count(0)
    assert said(server, case) == [BEFORE.strip()]


@pytest.mark.parametrize("saves", [True, False], ids=["saved", "not saved"])
def test_of_a_press_that_a_server_took_with_it_the_next_server_says_what_became(
    browsers: Browsers, tmp_path: Path, saves: bool
) -> None:
    with (
        running_server(tmp_path, cases=CASES) as server,
        new_case(server) as case,
        browsers.tab(server.url, cookie=server.cookie_of("volunteer"), kept=False) as tab,
    ):
        tab.page.add_init_script(SOCKETS)
        tab.open(f"/case?ref={case}&do=update")
        tab.fill("What changed", BEFORE.strip())
        tab.field("What changed").blur()
        draft_arrives(server, case)
        tab.settle()
        tab.page.evaluate(HEAR_NOTHING)
        if not saves:
            server.hang()
        tab.button("Save update").click()
        if saves:
            save_arrives(tab, server, case)
        server.kill()
        expect(tab.page.get_by_text(AGAIN)).to_be_visible()
        with serving(tmp_path, port=urlsplit(server.url).port or 0):
            expect(tab.page.get_by_text(NO_SIGNAL)).to_have_count(0, timeout=RECONNECTS)
            tab.settle()
            expect(tab.page.get_by_text("Saved" if saves else AGAIN, exact=True)).to_be_visible()
            expect(tab.field("What changed")).to_have_value("" if saves else BEFORE.strip())
            assert said(server, case) == ([BEFORE.strip()] if saves else [])
