"""One browser tab on the dashboard, and what a person does there: open, fill in, choose, press, read."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from itertools import count
from typing import Any

from playwright.sync_api import Locator, Page, WebSocket, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.server import COOKIE

# Streamlit has drawn all that the last run sent, nothing from the run before is left, greyed out, our own lists are
# filled, and for a while nothing came, went or moved: parts that are loaded late push aside what is below them, under
# the very pointer. That while is longer than Streamlit holds back what a run sent last (10 ms).
SETTLED = """asked => {
    const app = document.querySelector('[data-testid="stApp"]');
    const page = document.querySelector('[data-testid="stMain"]');
    const isEmpty = box => !box.shadowRoot?.querySelector('[aria-label]');
    const waits = app?.dataset.testScriptState !== 'notRunning'
        || app.dataset.testConnectionState !== 'CONNECTED'
        || document.querySelector('[data-stale="true"], [data-testid="stSkeleton"], .lnb-numbers:empty')
        || [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')].some(isEmpty);
    const every = document.getElementsByTagName('*').length;
    const look = [asked, Boolean(waits), page?.scrollHeight, page?.scrollTop, every].join();
    if (window.lastLook !== look) {
        window.lastLook = look;
        window.hasRested = false;
        clearTimeout(window.resting);
        window.resting = setTimeout(() => { window.hasRested = true; }, 20);
    }
    return !waits && window.hasRested;
}"""
# Milliseconds. A slow machine may take seconds over a run, never this long.
PATIENCE = 20_000
# What has sent nothing by then has missed.
MISSED = 5_000
# Seconds.
NEXT = 0.3
WELCOME = "Learn Not Blame casework"
ASKED = count()
FINISH = """document.getAnimations()
    .filter(one => isFinite(one.effect.getComputedTiming().endTime)).forEach(one => one.finish())"""

expect.set_options(timeout=PATIENCE / 2)


class Runs:
    """Which runs of the script one socket has asked for, and whether they are over.

    A run that was seen to begin before another was asked for is not the answer to that one. Of several that were asked
    for before any began, Streamlit makes one run, or one after the other: the next begins as the one before it ends.
    """

    def __init__(self) -> None:
        self.asked = 0
        self.presses = 0
        self._answered = 0
        # How many had been asked for when the run that goes on now began.
        self._begun: int | None = None
        self._next_by = 0.0

    def sent(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes) and (message := BackMsg.FromString(frame)).WhichOneof("type") == "rerun_script":
            self.asked += 1
            self.presses += any(widget.trigger_value for widget in message.rerun_script.widget_states.widgets)

    def received(self, frame: str | bytes) -> None:
        if isinstance(frame, str):
            return
        message = ForwardMsg.FromString(frame)
        match message.WhichOneof("type"):
            case "new_session":
                self._begun = self.asked
            case "script_finished" if message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                begun, self._begun = self._begun or 0, None
                if begun - self._answered > 1:
                    self._next_by = time.monotonic() + NEXT
                self._answered = begun

    def __str__(self) -> str:
        return f"{self.asked} asked for, {self._answered} answered, {self._begun} asked for as the present one began"

    def are_over(self) -> bool:
        return self._begun is None and self._answered == self.asked and time.monotonic() >= self._next_by


class Tab:
    """Wraps a Playwright page. What it does not offer is reached through `page`."""

    def __init__(self, page: Page, server_url: str) -> None:
        self.page = page
        self._url = server_url
        self._runs = Runs()
        page.set_default_timeout(PATIENCE)
        page.on("websocket", self._connected)

    def leave(self) -> None:
        """The page is somebody else's from now on."""
        self.page.remove_listener("websocket", self._connected)

    def _connected(self, socket: WebSocket) -> None:
        self._runs = Runs()
        socket.on("framesent", self._runs.sent)
        socket.on("framereceived", self._runs.received)

    def open(self, path: str) -> None:
        self.page.goto(self._url + path)
        self.settle()

    def settle(self) -> None:
        """Until what was last asked for is drawn: right after a click the page still looks as if nothing was."""
        give_up = time.monotonic() + PATIENCE / 1000
        while time.monotonic() < give_up:
            if self._runs.are_over():
                self.page.wait_for_function(SETTLED, arg=next(ASKED))
                if self._runs.are_over():
                    return
            self.page.wait_for_timeout(10)
        raise AssertionError(f"A run that was asked for has not ended: {self._runs}")

    @contextmanager
    def rerun(self) -> Iterator[None]:
        """Around whatever makes the script run again: ends when that run is over and drawn, fails where none was asked
        for."""
        runs, before = self._runs, self._runs.asked
        yield
        self._wait_until(lambda: runs.asked > before, "No run was asked for.")
        self.settle()

    @contextmanager
    def pressed(self) -> Iterator[None]:
        """Around a press of a button that runs the script: another field that was left may have asked for a run too."""
        runs, before = self._runs, self._runs.presses
        yield
        self._wait_until(lambda: runs.presses > before, "A button was pressed, and nothing was sent.")
        self.settle()

    def _wait_until(self, happened: Callable[[], bool], otherwise: str) -> None:
        for _ in range(MISSED // 10):
            if happened():
                return
            self.page.wait_for_timeout(10)
        raise AssertionError(otherwise)

    @property
    def main(self) -> Locator:
        return self.page.get_by_test_id("stMain")

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self._url)

    # Filling in ------------------------------------------------------------------------------------------------

    def field(self, label: str, *, exact: bool = True) -> Locator:
        return self._by_label("textbox", label, exact=exact)

    def search_box(self, label: str = "Search") -> Locator:
        return self._by_label("searchbox", label)

    def _by_label(self, role: Any, label: str, *, exact: bool = True) -> Locator:
        """A star after its label marks a field that must be filled in."""
        name = re.compile(rf"^{re.escape(label)}" + (r"( \*)?$" if exact else ""))
        # A dialog stands outside the page's own tree, and hides that from readers while it is open.
        return self.page.get_by_role(role, name=name).filter(visible=True)

    def box(self, label: str) -> Locator:
        return self._by_label("combobox", label)

    def fill(self, label: str, text: str, *, exact: bool = True) -> None:
        self.field(label, exact=exact).fill(text)

    def choose(self, label: str, option: str) -> None:
        """An option of a drop-down list; its first words are enough, and without any it is the first."""
        box = self.box(label)
        # A list that opens while the page still scrolls to it closes again.
        box.scroll_into_view_if_needed()
        self.settle()
        box.click()
        wanted = self.page.get_by_role("option", name=re.compile(f"^{re.escape(option)}")).first
        if not option:
            wanted.click()
            return
        box.fill(option)
        wanted.wait_for()
        # By keys: a list near the edge of a phone's screen closes when the page scrolls under the pointer.
        for _ in range(self.page.get_by_role("option").count()):
            with suppress(AssertionError):
                expect(wanted).to_have_attribute("data-focused", "true", timeout=MISSED / 10)
                break
            box.press("ArrowDown")
        expect(wanted).to_have_attribute("data-focused", "true")
        box.press("Enter")

    def pick(self, group: str, option: str) -> None:
        """One of the buttons that are all in view: once more, as a person does, where the page moved away under it."""
        button = self._by_label("radiogroup", group).get_by_role("radio", name=option, exact=True)
        button.click()
        with suppress(AssertionError):
            expect(button).to_be_checked(timeout=MISSED / 2)
            return
        button.click()
        expect(button).to_be_checked()

    def tick(self, label: str) -> None:
        box = self.main.get_by_role("checkbox", name=label)
        # The box itself is drawn beside a hidden input: a person clicks the words.
        box.locator("xpath=ancestor::label").click()
        expect(box).to_be_checked()

    def day(self, label: str, value: date, *, exact: bool = True) -> None:
        """Typed as digits, day first, as the field says."""
        group = self._by_label("group", label, exact=exact)
        group.get_by_role("spinbutton").first.click()
        self.page.keyboard.type(f"{value:%d%m%Y}")
        expect(group).to_have_text(re.compile(rf"0?{value.day}.*0?{value.month}.*{value.year}"))

    # Pressing --------------------------------------------------------------------------------------------------

    def button(self, name: str) -> Locator:
        return self.main.get_by_role("button", name=name, exact=True).filter(visible=True)

    def press(self, name: str, *, within: Locator | None = None) -> None:
        button = within.get_by_role("button", name=name, exact=True) if within else self.button(name)
        with self.pressed():
            button.click()

    def show(self, tab: str | int) -> None:
        """A tab within the page, by its name or number. Some are drawn only once they are opened."""
        tabs = self.main.get_by_role("tab")
        chosen = tabs.nth(tab) if isinstance(tab, int) else self.main.get_by_role("tab", name=tab)
        chosen.click()
        expect(chosen).to_have_attribute("aria-selected", "true")
        # Words in a list of ours too, which its shadow hides from "not to be empty".
        panel = self.main.get_by_role("tabpanel").filter(visible=True)
        expect(panel.get_by_text(re.compile(r"\S")).filter(visible=True).first).to_be_visible()
        self.settle()

    def expand(self, summary: str) -> None:
        """Unless it is unfolded already. Some are drawn only then."""
        head = self.page.locator("summary").filter(has_text=summary)
        fold = self.main.locator("details").filter(has=head, visible=True).last
        if fold.get_attribute("open") is None:
            fold.locator("summary").first.click()
        expect(fold.get_by_test_id("stExpanderDetails").first).not_to_be_empty()
        self.finish_motion()
        self.settle()

    def expand_all(self) -> None:
        """What folds in view, all at once: each press by hand waits for the fold before it to come to rest."""
        folded = self.main.locator("details:not([open]) > summary").filter(visible=True)
        while folded.count():
            folded.evaluate_all("all => all.forEach(one => one.click())")
            self.finish_motion()
            self.settle()

    def finish_motion(self) -> None:
        """What unfolds slowly moves what is below it, for longer than it takes to point at that."""
        self.page.evaluate(FINISH)

    def go_to(self, page: str) -> None:
        """By the menu."""
        self.open_menu()
        with self.rerun():
            self.page.get_by_test_id("stSidebarNav").get_by_role("link", name=page).click()

    def sign_in(self, username: str, password: str) -> None:
        """By the form, until the browser has its cookie and the page has moved up into the form's place."""
        self.try_to_sign_in(username, password)
        # No script can read it: it is the browser that is asked.
        for _ in range(PATIENCE // 50):
            if any(cookie["name"] == COOKIE for cookie in self.page.context.cookies()):
                break
            self.page.wait_for_timeout(50)
        expect(self.main.get_by_text(WELCOME)).to_have_count(0)
        self.settle()

    def try_to_sign_in(self, username: str, password: str) -> None:
        self.fill("Username", username)
        self.fill("Password", password)
        self.press("Sign in")

    def sign_out(self) -> None:
        self.open_menu()
        with self.pressed():
            self.page.get_by_role("button", name="Sign out").click()

    def open_menu(self) -> None:
        """On a narrow screen the menu is folded away."""
        # Folded away it is still there, beside the screen.
        box = self.page.get_by_role("button", name="Sign out").bounding_box()
        if box is None or box["x"] < 0:
            self.page.get_by_test_id("stExpandSidebarButton").click()

    # Reading ---------------------------------------------------------------------------------------------------

    def says(self, words: str | re.Pattern[str]) -> None:
        expect(self.main.get_by_text(words).filter(visible=True).first).to_be_visible()

    def heading(self) -> Locator:
        return self.main.get_by_role("heading", level=1)

    def cases(self, within: Locator | None = None) -> Locator:
        """The rows of a case list."""
        return (within or self.main).locator("li[data-ref]")

    def references(self, within: Locator | None = None) -> list[str]:
        """Of the cases in a list, which has some, as soon as it is drawn."""
        self.cases(within).first.wait_for()
        found: list[str] = self.cases(within).evaluate_all("rows => rows.map(row => row.dataset.ref)")
        return found

    def focus_is_on(self, reference: str) -> None:
        """On the row of that case, once the page has put it there."""
        self.page.wait_for_function(
            "ref => document.activeElement?.shadowRoot?.activeElement?.closest('li')?.dataset.ref === ref",
            arg=reference,
        )
