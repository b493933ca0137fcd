"""The queue: a case opens from its row by mouse, by keys and by touch."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab

REFERENCE_X = 50


def first_reference(tab: Tab) -> str:
    """Read from the rows that the table keeps for screen readers."""
    cell = tab.main.get_by_test_id("stDataFrame").locator("[role=gridcell]").filter(has_text="LNB-").first
    reference = cell.text_content()
    assert reference
    return reference


def opened(tab: Tab, reference: str) -> None:
    expect(tab.heading()).to_contain_text(reference)
    assert tab.path == f"/case?ref={reference}"


@pytest.mark.parametrize("person", ["lead", "volunteer"])
def test_a_case_opens_by_mouse(open_tab: OpenTab, person: str) -> None:
    tab = open_tab("/queue", as_=person)
    reference = first_reference(tab)
    with tab.rerun():
        tab.page.mouse.click(**tab.cell(0, x=REFERENCE_X))
    opened(tab, reference)


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_case_opens_by_keys_alone(open_tab: OpenTab, key: str) -> None:
    tab = open_tab("/queue", as_="lead")
    reference = first_reference(tab)
    tab.field_of_search().focus()
    for _ in range(60):
        tab.page.keyboard.press("Tab")
        if tab.page.evaluate("document.activeElement.closest('[data-testid=stDataFrame]') && document.activeElement.tagName === 'CANVAS'"):
            break
    tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("ArrowLeft")
    with tab.rerun():
        tab.page.keyboard.press(key)
    opened(tab, reference)


def test_a_case_opens_by_touch_on_a_phone(open_tab: OpenTab) -> None:
    tab = open_tab("/queue", as_="volunteer", width=390, has_touch=True, is_mobile=True)
    reference = first_reference(tab)
    tab.main.get_by_test_id("stDataFrame").scroll_into_view_if_needed()
    with tab.rerun():
        tab.page.touchscreen.tap(**tab.cell(0, x=REFERENCE_X))
    opened(tab, reference)


def test_the_browser_goes_back_to_the_same_queue(open_tab: OpenTab) -> None:
    tab = open_tab("/queue?queue_stage=Active", as_="lead")
    reference = first_reference(tab)
    with tab.rerun():
        tab.page.mouse.click(**tab.cell(0, x=REFERENCE_X))
    opened(tab, reference)
    with tab.rerun():
        tab.page.go_back()
    expect(tab.main.get_by_role("button", name="Remove Active")).to_be_visible()
    assert first_reference(tab) == reference


def test_search_words_stay_out_of_the_address(open_tab: OpenTab, case: str) -> None:
    tab = open_tab("/queue", as_="lead")
    with tab.rerun():
        tab.field_of_search().fill(case)
        tab.field_of_search().press("Enter")
    tab.says(re.compile(r"^1 case "))
    assert first_reference(tab) == case
    assert case not in tab.page.url
