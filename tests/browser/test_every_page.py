"""What holds on each page: it fits a phone, has one heading, names every control, and passes axe in both modes."""

from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from dashboard.ui.navigation import ASTRAY
from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab
from tests.test_theme import CONFIG, rgb

PAGES = [
    *(("lead", path) for path in ("/", "/queue", "/new-case", "/workload", "/heatmap", "/people", "/account")),
    *((who, "/meeting") for who in ("lead", "volunteer")),
    ("lead", "/leadership"),
    *(("lead", f"/organisation?code={code}") for code in ("EX001", "EX999")),
    *(("lead", path) for path in ("/access", "/learning", "/same-doctor")),
    ("lead", "/actions?actions_whose=Everybody%E2%80%99s"),
    *(("volunteer", path) for path in ("/", "/my-cases", "/actions", "/queue", "/case?ref=", "/workload", "/heatmap")),
    *(("observer", path) for path in ("/", "/heatmap", "/leadership", "/account")),
    ("", "/"),
    ("", "/set-up?token=used"),
]
CONTROLS = {
    "button",
    "checkbox",
    "combobox",
    "link",
    "menuitem",
    "option",
    "radio",
    "searchbox",
    "slider",
    "spinbutton",
    "switch",
    "tab",
    "textbox",
}
# The rules of WCAG at levels A and AA, contrast above all; and one that is not of WCAG, as a screen reader goes from
# heading to heading.
LEVEL_AA: dict[str, object] = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
    "rules": {"heading-order": {"enabled": True}},
    "resultTypes": ["violations"],
}
# What may differ between the light mode and the dark one.
OF_COLOUR: dict[str, object] = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
GROUNDS = {mode: rgb(CONFIG["theme"][mode]["backgroundColor"]) for mode in ("light", "dark")}
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

# Words that end in an ellipsis for want of room.
CUT = """() => [...document.querySelectorAll('[data-testid="stMain"] *')].filter(element => {
    const style = getComputedStyle(element);
    return style.textOverflow === 'ellipsis' && style.overflowX !== 'visible' && element.clientWidth > 0
        && element.scrollWidth > element.clientWidth + 1 && element.textContent.trim();
}).map(element => element.textContent.slice(0, 60))"""


@pytest.mark.parametrize(("person", "path"), PAGES)
def test_it_fits_a_phone_with_one_heading_and_names_for_all(
    open_tab: OpenTab, case: str, person: str, path: str
) -> None:
    tab = open_tab(path.replace("ref=", f"ref={case}"), as_=person, width=390, has_touch=True, is_mobile=True)
    expect(tab.heading()).to_have_count(1)
    # Tabs by number: a press may draw them anew.
    for number in range(max(1, tab.main.get_by_role("tab").count())):
        lay_open(tab, number)
        # A chart is wider for a moment while it is drawn.
        tab.page.wait_for_function(f"() => !({SCROLLS})()")
        assert tab.page.evaluate(TOO_WIDE) == []
        assert tab.page.evaluate(CUT) == []
        assert misnamed(tab) == []
        # The mode that is on comes first: to change it takes longest.
        first, second = sorted(GROUNDS, reverse=number % 2 == 0)
        assert barriers(tab, first, LEVEL_AA) == []
        assert barriers(tab, second, OF_COLOUR) == []


def test_a_wide_screen_shows_every_tab_of_a_case(open_tab: OpenTab, case: str) -> None:
    tabs = open_tab(f"/case?ref={case}", as_="volunteer").main.get_by_role("tab")
    expect(tabs).to_have_count(5)
    for number in range(5):
        expect(tabs.nth(number)).to_be_in_viewport(ratio=1)


def test_forced_colours_leave_the_stages_in_a_bar_apart(open_tab: OpenTab) -> None:
    swatches = open_tab("/workload", as_="lead", forced_colors="active").main.locator(".swatch:not(.mark)")
    colours = swatches.evaluate_all("all => all.map(one => getComputedStyle(one).backgroundColor)")
    assert len(set(colours)) == len(colours) > 1


@pytest.mark.parametrize("path", ["/people", "/nonsense"])
def test_an_address_without_a_page_of_theirs_leads_home_and_says_so(open_tab: OpenTab, path: str) -> None:
    tab = open_tab("/", as_="volunteer")
    tab.open(path)
    expect(tab.heading()).to_have_text("Home")
    tab.says(ASTRAY)
    tab.go_to("My cases")
    expect(tab.main.get_by_text(ASTRAY)).to_have_count(0)


def lay_open(tab: Tab, number: int) -> None:
    """Shows one of the page's tabs, if it has any, with everything that folds unfolded."""
    tabs = tab.main.get_by_role("tab")
    if tabs.count():
        tab.show(number)
    tab.expand_all()


def misnamed(tab: Tab) -> list[str]:
    """Controls whose name is empty, or shows a mark that was meant for the layout."""
    session = tab.page.context.new_cdp_session(tab.page)
    nodes: list[dict[str, Any]] = session.send("Accessibility.getFullAXTree")["nodes"]
    controls = [node for node in nodes if not node["ignored"] and node["role"]["value"] in CONTROLS]
    assert controls
    names = [(node["role"]["value"], node.get("name", {}).get("value", "").strip()) for node in controls]
    return [f"{role}: {name!r}" for role, name in names if not name or "\\" in name or ":material" in name]


def barriers(tab: Tab, mode: str, options: dict[str, object]) -> list[str]:
    """What axe finds on the page as it stands, in the light or the dark mode."""
    tab.page.emulate_media(color_scheme=mode)  # type: ignore[arg-type]
    expect(tab.page.get_by_test_id("stApp")).to_have_css("background-color", GROUNDS[mode])
    tab.settle()
    tab.finish_motion()
    if not tab.page.evaluate("'axe' in window"):
        tab.page.evaluate(AXE_SCRIPT)
    found = tab.page.evaluate("async options => (await axe.run(options)).violations", options)
    return [f"{mode}: {rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]
