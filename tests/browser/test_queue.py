"""The queue: a case opens from its row by mouse, by keys and by touch."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.tab import REFERENCE_X, Tab

ON_THE_TABLE = "() => document.activeElement.dataset.testid === 'data-grid-canvas'"


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


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_case_opens_by_keys_alone(open_tab: OpenTab, key: str) -> None:
    tab = open_tab("/queue", as_="lead")
    second = tab.rows().nth(1).inner_text()
    tab.search_box().focus()
    for _ in range(60):
        tab.page.keyboard.press("Tab")
        if tab.page.evaluate(ON_THE_TABLE):
            break
    tab.page.keyboard.press("ArrowDown")
    expect(tab.rows().nth(1)).to_be_focused()
    with tab.rerun():
        tab.page.keyboard.press(key)
    opened(tab, second)


def test_a_case_opens_by_touch_on_a_phone(open_tab: OpenTab) -> None:
    tab = open_tab("/queue", as_="volunteer", width=390, has_touch=True, is_mobile=True)
    reference = first_reference(tab)
    with tab.rerun():
        tab.page.touchscreen.tap(*tab.spot(0, x=REFERENCE_X))
    opened(tab, reference)


def test_going_back_from_a_case_finds_the_queue_as_it_was(open_tab: OpenTab) -> None:
    tab = open_tab("/queue?queue_stage=Active", as_="lead")
    reference = first_reference(tab)
    with tab.rerun():
        tab.page.mouse.click(*tab.spot(0, x=REFERENCE_X))
    opened(tab, reference)
    with tab.rerun():
        tab.page.go_back()
    expect(tab.main.get_by_role("button", name="Remove Active")).to_be_visible()
    assert tab.path == "/queue?queue_stage=Active"
    assert first_reference(tab) == reference


def test_search_words_stay_out_of_the_address(open_tab: OpenTab, case: str) -> None:
    tab = open_tab("/queue", as_="lead")
    with tab.rerun():
        tab.search_box().fill(case)
        tab.search_box().press("Enter")
    expect(tab.rows()).to_have_text([case])
    assert case not in tab.page.url
