"""One tap, one thing: a second tap in the same place, however soon, does nothing to any other case."""

from typing import Any

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy import func, select

from db import clock
from db.choices import NO_CHANGE_CODE
from db.commands.actions import add_action
from db.models import Action, Entry
from tests.browser.conftest import NUMBERS, OpenTab
from tests.browser.server import Server
from tests.browser.tab import Tab
from tests.browser.test_one_minute import PHONE

# Milliseconds between the taps: a double tap, an impatient second one, and one just as the page was drawn anew.
PAUSES = (150, 350, 900)


def unchanged(server: Server) -> int:
    with server.database.read() as session:
        query = select(func.count()).select_from(Entry).where(Entry.code == NO_CHANGE_CODE)
        return session.scalar(query) or 0


def done(server: Server) -> set[str]:
    with server.database.read() as session:
        return set(session.scalars(select(Action.text).where(Action.done_at.is_not(None))))


def tap_twice(tab: Tab, button: Locator, pause: int) -> None:
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.page.touchscreen.tap(x, y)
    tab.page.wait_for_timeout(pause)
    tab.page.touchscreen.tap(x, y)
    # What it touched, if anything, has heard of it by then.
    tab.page.wait_for_timeout(100)
    tab.settle()


def named(tab: Tab, name: str) -> Locator:
    return tab.main.get_by_role("button", name=name, exact=True)


@pytest.mark.parametrize("path", ["/", "/my-cases"])
def test_no_change_twice_is_one(open_tab: OpenTab, server: Server, late: str, path: str) -> None:
    before = unchanged(server)
    tab = open_tab(path, as_="volunteer", **PHONE)
    button, undo = named(tab, f"No change on {late}"), named(tab, f"Undo No change on {late}")
    for number, pause in enumerate(PAUSES, 1):
        tap_twice(tab, button, pause)
        expect(undo).to_be_visible()
        expect(button).to_be_disabled()
        assert unchanged(server) == before + number
        with tab.rerun():
            undo.click()
        expect(button).to_be_enabled()


@pytest.mark.parametrize(("path", "undo"), [("/", "Undo on"), ("/actions", "Undo, on")])
@pytest.mark.parametrize("look", [PHONE, {}], ids=["phone", "desk"])
def test_done_twice_is_one(
    open_tab: OpenTab, server: Server, case: str, look: dict[str, Any], path: str, undo: str
) -> None:
    texts = [f"{text} {next(NUMBERS)}" for text in ("Ring HR", "Ask the union", "Write it down")]
    with server.database.write() as session:
        for text in texts:
            add_action(
                session,
                actor_id=server.id_of("lead"),
                reference=case,
                next_action=text,
                action_owner_id=server.id_of("volunteer"),
                action_due_on=clock.today(),
            )
    before = done(server)
    tab = open_tab(path, as_="volunteer", **({"has_touch": True} | look))
    for text, pause in zip(texts, PAUSES, strict=True):
        button, taken_back = named(tab, f"Done on {case}: {text}"), named(tab, f"{undo} {case}: {text}")
        tap_twice(tab, button, pause)
        expect(taken_back).to_be_visible()
        expect(button).to_be_disabled()
        assert done(server) - before == {text}
        with tab.rerun():
            taken_back.click()
        expect(button).to_be_enabled()
        assert done(server) == before


def test_the_line_goes_with_the_page(open_tab: OpenTab, late: str) -> None:
    tab = open_tab("/", as_="volunteer", **PHONE)
    with tab.rerun():
        named(tab, f"No change on {late}").click()
    tab.go_to("Actions")
    tab.go_to("Home")
    expect(tab.main.get_by_role("button", name=f"No change on {late}")).to_have_count(0)
