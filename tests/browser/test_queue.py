"""The queue: a case opens from its row by mouse, by keys and by touch."""

from typing import Any

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy import delete, func, select

from db.choices import ConsentPurpose
from db.models import Consent, MeetingMark
from tests.browser.conftest import OpenTab
from tests.browser.server import Server
from tests.browser.tab import REFERENCE_X, Tab

# Within the column of boxes, which comes first while several are selected.
TICK_X = 15


def first_reference(tab: Tab) -> str:
    expect(tab.rows().first).to_contain_text("LNB-")
    return tab.rows().first.inner_text()


def opened(tab: Tab, reference: str) -> None:
    tab.says(reference)
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
    # To come into view moves the page, and a list that is open closes when the page moves.
    tab.main.get_by_role("combobox", name="Open a case").focus()
    tab.settle()
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


CASES, OUTCOMES = "Cases you may see", "What became of each case"


def table(tab: Tab, name: str) -> Locator:
    return tab.main.get_by_role("region", name=name)


def references(tab: Tab, name: str) -> Locator:
    return table(tab, name).locator("[role=gridcell]").filter(has_text="LNB-")


def drawn_spot(tab: Tab, row: int, *, x: int) -> tuple[float, float]:
    """The table is drawn anew when the selection is: at that moment it has no place."""
    for _ in range(100):
        try:
            return tab.spot(row, x=x, within=table(tab, CASES))
        except AssertionError:
            tab.page.wait_for_timeout(50)
    return tab.spot(row, x=x, within=table(tab, CASES))


@pytest.mark.parametrize("phone", [False, True])
def test_several_are_ticked_and_marked_once_and_a_case_still_opens_at_once(
    open_tab: OpenTab, server: Server, phone: bool
) -> None:
    with server.database.write() as session:
        session.execute(delete(MeetingMark))
        # A doctor of the demonstration who said no would keep a case off the list.
        session.execute(delete(Consent).where(Consent.purpose == ConsentPurpose.MEETING))
    touch: dict[str, Any] = {"width": 390, "has_touch": True, "is_mobile": True} if phone else {}
    tab = open_tab("/queue", as_="lead", **touch)
    tab.main.get_by_text("Select several").click()
    tab.settle()
    point = tab.page.touchscreen.tap if phone else tab.page.mouse.click
    with tab.rerun():
        tab.main.get_by_role("radio", name="Mark for the next meeting").click()
    for row, button in enumerate(("Mark 1 case", "Mark 2 cases")):
        point(*drawn_spot(tab, row, x=TICK_X))
        expect(tab.button(button)).to_be_visible()
        tab.settle()
    tab.fill("Why", "A pattern in the letters")
    tab.button("Mark 2 cases").dblclick(delay=20)
    expect(references(tab, OUTCOMES)).to_have_count(2)
    tab.says("2 of 2 done")
    tab.settle()
    with server.database.read() as session:
        assert session.scalar(select(func.count()).select_from(MeetingMark)) == 2
    reference = references(tab, CASES).nth(3).inner_text()
    where = drawn_spot(tab, 3, x=TICK_X + REFERENCE_X)
    with tab.rerun():
        point(*where)
    opened(tab, reference)
