"""What holds on each page: it fits a phone, has one heading, and names every control."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab

PAGES = [
    *(("lead", path) for path in ("/", "/queue", "/new-case", "/workload", "/heatmap", "/people", "/account")),
    *(("lead", path) for path in ("/access", "/actions?actions_whose=Everybody%E2%80%99s")),
    *(("volunteer", path) for path in ("/", "/my-cases", "/actions", "/queue", "/case?ref=", "/workload", "/heatmap")),
    *(("observer", path) for path in ("/", "/heatmap", "/account")),
    ("", "/"),
    ("", "/set-up?token=used"),
]
CONTROLS = {
    "button", "checkbox", "combobox", "link", "menuitem", "option", "radio", "searchbox", "slider", "spinbutton",
    "switch", "tab", "textbox",
}  # fmt: skip
# What reaches past the right edge, and is not inside something that scrolls by itself.
TOO_WIDE = """() => [...document.querySelectorAll('[data-testid="stMain"] *')].filter(element => {
    const box = element.getBoundingClientRect();
    if (box.width === 0 || box.height === 0 || box.right <= innerWidth + 1) return false;
    for (let around = element; around; around = around.parentElement)
        if (getComputedStyle(around).overflowX !== 'visible' && around.dataset.testid !== 'stMain') return false;
    return true;
}).map(element => `${element.tagName} ${element.dataset.testid ?? ''} ${element.textContent.slice(0, 60)}`)"""
SCROLLS = """() => ['[data-testid="stMain"]', 'html'].some(name => {
    const element = document.querySelector(name);
    return element.scrollWidth > element.clientWidth + 1;
})"""


@pytest.mark.parametrize(("person", "path"), PAGES)
def test_it_fits_a_phone_with_one_heading_and_names_for_all(
    open_tab: OpenTab, case: str, person: str, path: str
) -> None:
    tab = open_tab(path.replace("ref=", f"ref={case}"), as_=person, width=390, has_touch=True, is_mobile=True)
    assert tab.heading().count() == 1
    # Tabs by number: a press may draw them anew.
    for number in range(max(1, tab.main.get_by_role("tab").count())):
        lay_open(tab, number)
        assert tab.page.evaluate(TOO_WIDE) == []
        assert not tab.page.evaluate(SCROLLS)
        assert misnamed(tab) == []


def lay_open(tab: Tab, number: int) -> None:
    """Shows one of the page's tabs, if it has any, with everything that folds unfolded."""
    tabs = tab.main.get_by_role("tab")
    if tabs.count():
        tab.show(number)
    folded = tab.main.locator("details:not([open]) > summary").filter(visible=True)
    # All at once: each press by hand waits for the fold before it to come to rest.
    folded.evaluate_all("all => all.forEach(one => one.click())")
    expect(folded).to_have_count(0)
    tab.settle()


def misnamed(tab: Tab) -> list[str]:
    """Controls whose name is empty, or shows a mark that was meant for the layout."""
    session = tab.page.context.new_cdp_session(tab.page)
    nodes: list[dict[str, Any]] = session.send("Accessibility.getFullAXTree")["nodes"]
    controls = [node for node in nodes if not node["ignored"] and node["role"]["value"] in CONTROLS]
    assert controls
    names = [(node["role"]["value"], node.get("name", {}).get("value", "").strip()) for node in controls]
    return [f"{role}: {name!r}" for role, name in names if not name or "\\" in name or ":material" in name]
