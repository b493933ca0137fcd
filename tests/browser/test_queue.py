"""The queue: a case opens from its row by mouse, by keys and by touch."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.tab import REFERENCE_X, Tab


def first_reference(tab: Tab) -> str:
    expect(tab.rows().first).to_contain_text("LNB-")
    return tab.rows().first.inner_text()


def opened(tab: Tab, reference: str) -> None:
    expect(tab.heading()).to_contain_text(reference)
    assert tab.path == f"/case?ref={reference}"


@pytest.mark.parametrize("person", ["lead", "volunteer"])
def test_a_case_opens_by_mouse(open_tab: OpenTab, person: str) -> None:
    tab = open_tab("/queue", as_=person)
    reference = first_reference(tab)
    with tab.rerun():
        tab.page.mouse.click(*tab.spot(0, x=REFERENCE_X))
    opened(tab, reference)


def test_a_case_opens_by_keys_alone(open_tab: OpenTab) -> None:
    tab = open_tab("/queue", as_="lead")
    reference = first_reference(tab)
    tab.main.get_by_role("combobox", name="Open a case").focus()
    tab.page.keyboard.type(reference)
    # The list narrows down a moment after the last key.
    expect(tab.page.get_by_role("option")).to_have_count(1)
    expect(tab.page.get_by_role("option")).to_have_attribute("data-focused", "true")
    with tab.rerun():
        tab.page.keyboard.press("Enter")
    opened(tab, reference)


def test_a_case_opens_by_touch_on_a_phone(open_tab: OpenTab) -> None:
    tab = open_tab("/queue", as_="volunteer", width=390, has_touch=True, is_mobile=True)
    reference = first_reference(tab)
    with tab.rerun():
        tab.page.touchscreen.tap(*tab.spot(0, x=REFERENCE_X))
    opened(tab, reference)


def test_search_words_stay_out_of_the_address(open_tab: OpenTab, case: str) -> None:
    tab = open_tab("/queue", as_="lead")
    with tab.rerun():
        tab.search_box().fill(case)
        tab.search_box().press("Enter")
    expect(tab.rows()).to_have_text([case])
    assert case not in tab.page.url
