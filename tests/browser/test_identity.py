"""The doctor's identity on the page: shown on purpose, and for a while only."""

from playwright.sync_api import expect

from dashboard.case.in_view import SECONDS
from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab
from tests.factories import INTAKE


def open_identity(tab: Tab, reason: str = "To call back") -> None:
    tab.expand("Who the doctor is")
    tab.fill("Reason for opening it", reason)
    tab.press("Open identity")


def test_it_goes_by_itself_after_a_while(open_tab: OpenTab, case: str) -> None:
    tab = open_tab(f"/case?ref={case}", as_="volunteer", kept=False)
    # The browser's own clock, so that nobody waits.
    tab.page.clock.install()
    open_identity(tab)
    tab.says(INTAKE.contact)
    tab.page.clock.fast_forward(SECONDS * 500)
    tab.says(INTAKE.contact)
    tab.page.clock.fast_forward(SECONDS * 500)
    tab.says("Hidden again. Open it again if you still need it.")
    expect(tab.main.get_by_text(INTAKE.contact)).to_have_count(0)
    expect(tab.main.get_by_text(INTAKE.name)).to_have_count(0)


def test_what_is_being_typed_meanwhile_is_not_lost_when_it_goes(open_tab: OpenTab, case: str) -> None:
    tab = open_tab(f"/case?ref={case}", as_="volunteer", kept=False)
    tab.page.clock.install()
    tab.show("Team")
    open_identity(tab)
    with tab.rerun():
        tab.fill("Reason, for leads (optional)", "Half a sent")
        # A pause in typing, in which the words are sent to be kept.
        tab.page.clock.fast_forward(2_000)
    tab.says(INTAKE.contact)
    tab.page.clock.fast_forward((SECONDS + 1) * 1000)
    tab.says("Hidden again.")
    expect(tab.main.get_by_text(INTAKE.contact)).to_have_count(0)
    expect(tab.field("Reason, for leads (optional)")).to_have_value("Half a sent")


def test_it_goes_with_the_next_action(open_tab: OpenTab, case: str) -> None:
    tab = open_tab(f"/case?ref={case}", as_="volunteer")
    open_identity(tab)
    tab.says(INTAKE.contact)
    tab.show("Team")
    expect(tab.main.get_by_text(INTAKE.contact)).to_have_count(0)
