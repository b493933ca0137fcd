"""The heatmap's table: its names stay in sight, and its cells are chosen by keys, by mouse and by touch."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab

REGIONS = "/heatmap?heatmap_against=Region"
PLACE = "cell => { const box = cell.getBoundingClientRect(); return [Math.round(box.left), Math.round(box.top)]; }"
# Cells with a number, where there are cases behind.
BEHIND = re.compile("^P04 Delay, .*: [1-9]")


def table(tab: Tab) -> Locator:
    if tab.main.get_by_text("The same as a table").count():
        tab.main.get_by_text("The same as a table").click()
    drawn = tab.main.locator(".lnb-numbers table")
    expect(drawn.first).to_be_visible()
    return drawn.first


def lists_cases(tab: Tab) -> None:
    expect(tab.page.get_by_role("dialog")).to_contain_text("P04 Delay")
    expect(tab.page.get_by_role("dialog")).to_contain_text("LNB-")


def test_a_cell_is_chosen_by_keys_alone(open_tab: OpenTab) -> None:
    tab = open_tab(REGIONS, as_="lead")
    cell = table(tab).get_by_role("button", name=BEHIND).first
    # One stop for the Tab key, whatever the number of cells.
    assert table_stops(tab) == 1
    cell.focus()
    tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("ArrowUp")
    expect(cell).to_be_focused()
    assert table_stops(tab) == 1
    with tab.rerun():
        tab.page.keyboard.press("Enter")
    lists_cases(tab)
    tab.page.keyboard.press("Escape")
    expect(tab.page.get_by_role("dialog")).to_have_count(0)
    expect(cell).to_have_attribute("aria-current", "true")
    # The same cell again, and not only once.
    cell.focus()
    with tab.rerun():
        tab.page.keyboard.press("Enter")
    lists_cases(tab)


def table_stops(tab: Tab) -> int:
    return tab.main.locator('.lnb-numbers td button[tabindex="0"]').count()


def test_each_kind_of_finding_is_a_tab_that_keys_open_and_an_address_names(open_tab: OpenTab) -> None:
    tab = open_tab(REGIONS, as_="lead")
    expect(table(tab).get_by_role("rowheader", name="S01 ", exact=False)).to_be_visible()
    chosen = tab.page.get_by_role("tab", selected=True)
    for _ in range(2):
        # On a busy machine the focus is now and then lost as the tabs are drawn anew.
        chosen.focus()
        with tab.rerun():
            tab.page.keyboard.press("ArrowRight")
    expect(tab.page).to_have_url(re.compile("heatmap_kind=Procedural"))
    kinds = table(tab).get_by_role("rowheader")
    expect(kinds.filter(has_text="P04 Delay")).to_be_visible()
    expect(kinds.filter(has_text=re.compile("^S0"))).to_have_count(0)
    tab.page.reload()
    tab.settle()
    expect(tab.page.get_by_role("tab", selected=True)).to_have_text("Procedural")


def test_on_a_phone_the_table_stands_in_place_of_the_chart_and_keeps_its_names(open_tab: OpenTab) -> None:
    tab = open_tab(REGIONS, as_="lead", width=390, has_touch=True, is_mobile=True)
    drawn = table(tab)
    expect(tab.main.get_by_test_id("stVegaLiteChart")).not_to_be_visible()
    row, column = drawn.locator("tbody th").nth(20), drawn.locator("thead th").last
    left, top = row.evaluate(PLACE)[0], column.evaluate(PLACE)[1]
    scrolled = tab.main.locator(".lnb-numbers .scrolled")
    scrolled.evaluate("box => box.scrollTo(200, 400)")
    assert scrolled.evaluate("box => [box.scrollLeft > 0, box.scrollTop]") == [True, 400]
    assert (row.evaluate(PLACE)[0], column.evaluate(PLACE)[1]) == (left, top)
    # Nor does the page itself move sideways.
    assert tab.main.evaluate("page => page.scrollWidth <= page.clientWidth")
    cell = drawn.get_by_role("button", name=BEHIND).first
    assert cell.evaluate("cell => Math.min(cell.offsetHeight, cell.offsetWidth)") >= 44
    with tab.rerun():
        cell.tap()
    lists_cases(tab)


def test_forced_colours_show_which_cell_is_chosen(open_tab: OpenTab) -> None:
    tab = open_tab(REGIONS, as_="lead", forced_colors="active")
    cell = table(tab).get_by_role("button", name=BEHIND).first
    before = cell.evaluate("cell => getComputedStyle(cell).backgroundColor")
    with tab.rerun():
        cell.click()
    tab.page.keyboard.press("Escape")
    expect(cell).to_have_attribute("aria-current", "true")
    assert cell.evaluate("cell => getComputedStyle(cell).backgroundColor") != before


@pytest.mark.parametrize(("person", "chosen"), [("volunteer", True), ("observer", False)])
def test_a_release_has_a_table_too_and_an_observer_chooses_nothing(
    open_tab: OpenTab, person: str, chosen: bool
) -> None:
    drawn = table(open_tab("/heatmap", as_=person))
    expect(drawn.locator("tbody tr").first).to_contain_text("All findings")
    assert (drawn.get_by_role("button").count() > 0) is chosen
