"""A whole visit by keyboard: the focus goes where the work is, never to the body, and it takes few presses."""

from playwright.sync_api import expect

from db.demo import PASSWORD
from tests.browser.conftest import OpenTab
from tests.browser.server import Server
from tests.browser.tab import Tab
from tests.browser.test_one_minute import said

MOST_PRESSES = 60
WHO = """() => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    const field = at.labels?.[0]?.innerText ?? '';
    return at === document.body ? '' : [at.tagName, at.getAttribute('aria-label') ?? field, at.innerText].join(' ');
}"""


class Keys:
    """Counts presses of keys; letters and figures that are typed into fields are not presses."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab
        self.presses = 0

    def press(self, key: str) -> None:
        self._tab.page.keyboard.press(key)
        self.presses += 1

    def at(self) -> str:
        return str(self._tab.page.evaluate(WHO))

    def to(self, words: str, key: str = "Tab") -> None:
        for _ in range(MOST_PRESSES):
            if words in self.at():
                return
            self.press(key)
        raise AssertionError(f"{words!r} is not reached by {key}; now at {self.at()!r}")

    def lands_on(self, words: str) -> None:
        """Where the focus is once the page has come to rest."""
        for _ in range(200):
            if words in self.at():
                self._tab.settle()
                return
            self._tab.page.wait_for_timeout(50)
        raise AssertionError(f"The focus is not on {words!r} but on {self.at()!r}")


def test_from_sign_in_to_sign_out(open_tab: OpenTab, server: Server, case: str) -> None:
    tab = open_tab("/")
    keys, page = Keys(tab), tab.page
    keys.lands_on("Username")
    page.keyboard.type("volunteer")
    keys.press("Tab")
    page.keyboard.type(PASSWORD)
    keys.press("Enter")
    keys.lands_on("H1  Home")
    keys.to("Case queue", "Shift+Tab")
    keys.press("Enter")
    keys.lands_on("H1  Case queue")
    keys.press("/")
    keys.lands_on("Search")
    page.keyboard.type(case)
    keys.press("Enter")
    expect(tab.main.get_by_text("1 case", exact=False).first).to_be_visible()
    tab.settle()
    keys.to(f"Select {case}")
    keys.press("Tab")
    keys.press("Enter")
    keys.lands_on("H1")
    keys.to("Record an update")
    with tab.rerun():
        keys.press("Enter")
    keys.to("TEXTAREA What changed")
    page.keyboard.type("Rang her")
    keys.to("INPUT Next action")
    page.keyboard.press("Control+a")
    page.keyboard.type("Ring again")
    keys.to("Save update")
    with tab.pressed():
        keys.press("Enter")
    keys.lands_on("Record an update")
    keys.to("Sign out", "Shift+Tab")
    keys.press("Enter")
    keys.lands_on("Username")
    assert keys.presses < MOST_PRESSES
    assert said(server, case) == ["Rang her"]
