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


FILTERED = "/queue?queue_stage=Active&queue_stage=Review&condition=update_overdue"


@pytest.mark.parametrize("by", ["mouse", "keys"])
def test_back_from_a_case_is_the_queue_with_its_filters(open_tab: OpenTab, by: str) -> None:
    tab = open_tab(FILTERED, as_="lead")
    reference, rows = first_reference(tab), tab.rows().all_inner_texts()
    with tab.rerun():
        if by == "mouse":
            tab.page.mouse.click(*tab.spot(0, x=REFERENCE_X))
        else:
            tab.choose("Open a case", reference)
    opened(tab, reference)
    with tab.rerun():
        tab.page.go_back()
    expect(tab.heading()).to_have_text("Case queue")
    assert tab.path == FILTERED
    expect(tab.rows()).to_have_text(rows)
    with tab.rerun():
        tab.page.go_forward()
    opened(tab, reference)


def test_back_from_a_case_keeps_the_words_searched_for(open_tab: OpenTab, case: str) -> None:
    tab = open_tab("/queue", as_="lead")
    with tab.rerun():
        tab.search_box().fill(case)
        tab.search_box().press("Enter")
    expect(tab.rows()).to_have_text([case])
    with tab.rerun():
        tab.page.mouse.click(*tab.spot(0, x=REFERENCE_X))
    opened(tab, case)
    with tab.rerun():
        tab.page.go_back()
    expect(tab.heading()).to_have_text("Case queue")
    expect(tab.search_box()).to_have_value(case)
    expect(tab.rows()).to_have_text([case])
    assert tab.path == "/queue"
