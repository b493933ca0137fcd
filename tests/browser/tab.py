"""One browser tab on the dashboard, and what a person does there: open, fill in, choose, press, read."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from playwright.sync_api import Locator, Page, WebSocket, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

# Streamlit has drawn all that the last run sent, and nothing from the run before is left, greyed out.
SETTLED = """() => {
    const app = document.querySelector('[data-testid="stApp"]');
    return app?.dataset.testScriptState === 'notRunning'
        && app.dataset.testConnectionState === 'CONNECTED'
        && !document.querySelector('[data-stale="true"], [data-testid="stSkeleton"]');
}"""
# The server tells most refusals and results in a run: slow machines may take seconds, never this long.
PATIENCE = 20_000
# Heights in a table, as Streamlit draws it.
ROW, HEADER = 35, 35
# Below the app's own bar, which stays on top.
SCROLL_INTO_VIEW = """picture => {
    const page = document.querySelector('[data-testid="stMain"]');
    page.scrollBy(0, picture.getBoundingClientRect().top - 200);
}"""


class Tab:
    """Wraps a Playwright page. What it does not offer is reached through `page`."""

    def __init__(self, page: Page, server_url: str) -> None:
        self.page = page
        self._url = server_url
        self._socket: WebSocket | None = None
        page.set_default_timeout(PATIENCE)
        page.on("websocket", self._connected)

    def _connected(self, socket: WebSocket) -> None:
        self._socket = socket

    def open(self, path: str) -> None:
        self.page.goto(self._url + path)
        self.settle()

    def settle(self) -> None:
        self.page.wait_for_function(SETTLED)

    @contextmanager
    def rerun(self) -> Iterator[None]:
        """Around whatever makes the script run again: ends when that run is over and drawn."""
        assert self._socket is not None, "The page has not connected yet."
        with self._socket.expect_event("framereceived", _run_is_over, timeout=PATIENCE):
            yield
        self.settle()

    @property
    def main(self) -> Locator:
        return self.page.get_by_test_id("stMain")

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self._url)

    # Filling in ------------------------------------------------------------------------------------------------

    def field(self, label: str, within: Locator | None = None) -> Locator:
        return (within or self.main).get_by_role("textbox", name=_labelled(label)).filter(visible=True)

    def search_box(self) -> Locator:
        return self.main.get_by_role("searchbox", name="Search")

    def fill(self, label: str, text: str, within: Locator | None = None) -> None:
        self.field(label, within).fill(text)

    def choose(self, label: str, option: str, within: Locator | None = None) -> None:
        """An option of a drop-down list; its first words are enough."""
        box = (within or self.main).get_by_role("combobox", name=_labelled(label)).filter(visible=True)
        box.click()
        box.fill(option)
        self.page.get_by_role("option", name=re.compile(f"^{re.escape(option)}")).first.click()
        expect(self.page.get_by_role("listbox")).to_have_count(0)

    def pick(self, group: str, option: str) -> None:
        """One of the buttons that are all in view."""
        buttons = self.main.get_by_role("radiogroup", name=_labelled(group)).filter(visible=True)
        buttons.get_by_role("radio", name=option).click()

    def tick(self, label: str) -> None:
        box = self.main.get_by_role("checkbox", name=_labelled(label, exact=False)).filter(visible=True)
        # The box itself is drawn beside a hidden input: a person clicks the words.
        box.locator("xpath=ancestor::label").click()
        expect(box).to_be_checked()

    def day(self, label: str, value: date) -> None:
        """Typed as digits, day first, as the field says."""
        group = self.main.get_by_role("group", name=_labelled(label)).filter(visible=True)
        group.get_by_role("spinbutton").first.click()
        self.page.keyboard.type(f"{value:%d%m%Y}")
        expect(group).to_have_text(re.compile(rf"0?{value.day}.*0?{value.month}.*{value.year}"))

    # Pressing --------------------------------------------------------------------------------------------------

    def button(self, name: str) -> Locator:
        return self.main.get_by_role("button", name=name, exact=True).filter(visible=True)

    def press(self, name: str) -> None:
        with self.rerun():
            self.button(name).click()

    def show(self, tab: str) -> None:
        self.main.get_by_role("tab", name=tab).click()
        expect(self.main.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")

    def expand(self, summary: str) -> None:
        self.main.locator("summary").filter(has_text=summary, visible=True).click()

    def sign_in(self, username: str, password: str) -> None:
        self.fill("Username", username)
        self.fill("Password", password)
        self.press("Sign in")

    def sign_out(self) -> None:
        self.open_menu()
        with self.rerun():
            self.page.get_by_role("button", name="Sign out").click()

    def open_menu(self) -> None:
        """On a narrow screen the menu is folded away."""
        if not self.page.get_by_role("button", name="Sign out").is_visible():
            self.page.get_by_test_id("stExpandSidebarButton").click()

    # Reading ---------------------------------------------------------------------------------------------------

    def says(self, words: str | re.Pattern[str]) -> None:
        expect(self.main.get_by_text(words).filter(visible=True).first).to_be_visible()

    def says_not(self, words: str) -> None:
        expect(self.main.get_by_text(words)).to_have_count(0)

    def heading(self) -> Locator:
        return self.main.get_by_role("heading", level=1)

    def rows(self) -> Locator:
        """The first cell of each row of the page's table, which it keeps beside its picture for screen readers."""
        return self.main.get_by_test_id("stDataFrame").locator("[role=gridcell][aria-colindex='1']")

    def spot(self, row: int, *, x: int) -> dict[str, float]:
        """Where a row of the page's table is drawn, once in view: the picture has no elements to click."""
        picture = self.main.get_by_test_id("data-grid-canvas")
        picture.evaluate(SCROLL_INTO_VIEW)
        box = picture.bounding_box()
        assert box is not None
        return {"x": box["x"] + x, "y": box["y"] + HEADER + (row + 0.5) * ROW}


def _labelled(label: str, *, exact: bool = True) -> re.Pattern[str]:
    """A field's label; a star after it marks a field that must be filled in."""
    return re.compile(rf"^{re.escape(label)}" + (r"( \\?\*)?$" if exact else ""))


def _run_is_over(frame: str | bytes) -> bool:
    if isinstance(frame, str):
        return False
    message = ForwardMsg.FromString(frame)
    return (
        message.WhichOneof("type") == "script_finished"
        and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
    )
