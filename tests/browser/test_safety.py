"""A doctor in danger: from a volunteer's phone to a lead's Home."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab
from tests.browser.test_one_minute import PHONE, find_row

WORSE = "Has not slept since the letter came"


def test_a_crisis_stands_first_on_a_leads_home_as_soon_as_it_is_saved(open_tab: OpenTab, case: str) -> None:
    phone = open_tab("/my-cases", as_="volunteer", **PHONE)
    lead = open_tab("/actions", as_="lead")
    says_that_the_doctor_is_in_danger(phone, case)
    lead.go_to("Home")
    first = lead.main.get_by_role("list", name="Doctors at risk today").get_by_role("listitem").first
    expect(first).to_contain_text(case)
    expect(first).to_contain_text(WORSE)


def says_that_the_doctor_is_in_danger(phone: Tab, case: str) -> None:
    find_row(phone, case)
    phone.main.get_by_role("button", name=f"One-minute update on {case}").tap()
    over = phone.page.get_by_role("dialog")
    over.get_by_role("textbox", name="What changed").fill(WORSE)
    with phone.rerun():
        over.get_by_role("radio", name="Worse").tap()
    with phone.rerun():
        over.get_by_role("radio", name="Yes").tap()
    expect(over).to_contain_text("every lead is told at once")
    over.get_by_role("button", name="Save update").tap()
    expect(phone.page.get_by_text(f"Saved for {case}.")).to_be_visible()
