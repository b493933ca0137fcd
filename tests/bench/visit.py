"""A tab of Chromium that presses links and says for how long the page they lead to went on changing."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, sync_playwright

from tests.bench.client import COOKIE
from tests.bench.django_admin import PASSWORD, USERNAME
from tests.browser.chromium import find_or_get_chromium, launch_flags

WATCH = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
# Milliseconds.
QUIET, LOOK_AGAIN, PATIENCE = 500, 50, 60_000
IS_STILL = f"() => window.visit?.isStill({QUIET})"
SIZE: Any = {"width": 1440, "height": 900}
# 1.6 Mbit/s, in bytes a second, and milliseconds there and back: a phone where the signal is poor.
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750}
MENU = '[data-testid="stSidebarNav"] a'
CHART = '[data-testid="stVegaLiteChart"]'


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_or_get_chromium(), args=launch_flags())
        yield browser
        browser.close()


def new_visitor(browser: Browser, url: str, cookie: str = "") -> BrowserContext:
    """A browser that was never here; `cookie` as in a header."""
    context = browser.new_context(viewport=SIZE, locale="en-GB")
    context.set_default_timeout(PATIENCE)
    context.add_init_script(WATCH)
    if cookie:
        value = cookie.removeprefix(f"{COOKIE}=")
        context.add_cookies([{"name": COOKIE, "value": value, "url": url, "sameSite": "Strict"}])
    return context


class Visit:
    def __init__(self, browser: Browser, url: str, cookie: str = "") -> None:
        self._url = url
        self.page = new_visitor(browser, url, cookie).new_page()

    def go(self, path: str) -> None:
        self.page.goto(f"{self._url}/{path}")
        self.wait()

    def wait(self) -> None:
        self.page.wait_for_function(IS_STILL, polling=LOOK_AGAIN)

    def press(self, link: Locator) -> float:
        """Seconds from the press to the last change on the page."""
        began = float(link.evaluate("link => window.visit.press(link)"))
        self.wait()
        return (float(self.page.evaluate("window.visit.seen.at")) - began) / 1000

    @property
    def redraws(self) -> int:
        """Frames in which a canvas was drawn on, since the last press."""
        return int(self.page.evaluate("window.visit.seen.redraws"))

    @property
    def has_chart(self) -> bool:
        return self.page.locator(CHART).count() > 0

    def menu(self) -> dict[str, str]:
        """The href of each page in the menu, by the last part of its address; home has none."""
        hrefs = [link.get_attribute("href") or "" for link in self.page.locator(MENU).all()]
        return {href.rstrip("/").removeprefix(self._url).rpartition("/")[2] or "home": href for href in hrefs}

    def in_menu(self, href: str) -> Locator:
        return self.page.locator(f'{MENU}[href="{href}"]')

    def sign_in_to_django(self) -> None:
        self.go("admin/")
        self.page.get_by_label("Username").fill(USERNAME)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button").last.click()
        self.page.wait_for_url("**/admin/")
        self.wait()


@dataclass
class FirstVisit:
    """What came over the line, as it came, and the seconds to the last change."""

    seconds: float = float("nan")
    size: int = 0
    _awaited: set[str] = field(default_factory=set)

    def follow(self, context: BrowserContext, url: str, *, slow: bool) -> None:
        page = context.new_page()
        line = context.new_cdp_session(page)
        line.on("Network.requestWillBeSent", lambda event: self._awaited.add(event["requestId"]))
        line.on("Network.loadingFinished", self._arrived)
        line.on("Network.loadingFailed", lambda event: self._awaited.discard(event["requestId"]))
        line.on("Network.webSocketFrameReceived", self._message)
        line.send("Network.enable")
        if slow:
            line.send("Network.emulateNetworkConditions", SLOW)
        page.goto(url, wait_until="commit")
        page.wait_for_function(IS_STILL, polling=LOOK_AGAIN)
        # On a slow line a part may be silent on its way for longer than that.
        while self._awaited or not page.evaluate(IS_STILL):
            page.wait_for_timeout(LOOK_AGAIN)
        self.seconds = float(page.evaluate("window.visit.seen.at - performance.timeOrigin")) / 1000

    def _arrived(self, event: Any) -> None:
        self._awaited.discard(event["requestId"])
        self.size += int(event["encodedDataLength"])

    def _message(self, event: Any) -> None:
        payload = event["response"]["payloadData"]
        is_text = event["response"]["opcode"] == 1
        self.size += len(payload) if is_text else len(base64.b64decode(payload))


def first_visit(browser: Browser, address: str, url: str, cookie: str = "", *, slow: bool = False) -> FirstVisit:
    context = new_visitor(browser, url, cookie)
    try:
        visit = FirstVisit()
        visit.follow(context, address, slow=slow)
        return visit
    finally:
        context.close()
