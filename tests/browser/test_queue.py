"""The queue: a case opens from its row by mouse, by keys and by touch, and several are worked on at once."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete, func, select

from db.choices import ConsentPurpose
from db.models import Case, Consent, MeetingMark
from tests.browser.conftest import NUMBERS, OpenTab
from tests.browser.server import Server
from tests.browser.tab import Tab
from tests.factories import agree


def first_reference(tab: Tab) -> str:
    expect(tab.cases().first).to_contain_text("LNB-")
    return tab.references()[0]


def opened(tab: Tab, reference: str) -> None:
    tab.says(reference)
    assert tab.path == f"/case?ref={reference}"


@pytest.mark.parametrize("person", ["lead", "volunteer"])
def test_a_case_opens_by_mouse(open_tab: OpenTab, person: str) -> None:
    tab = open_tab("/queue", as_=person)
    reference = first_reference(tab)
    with tab.rerun():
        # Anywhere on the row.
        tab.cases().first.click(position={"x": 500, "y": 20})
    opened(tab, reference)


def test_a_case_opens_in_a_tab_of_its_own_by_a_middle_click(open_tab: OpenTab) -> None:
    tab = open_tab("/queue", as_="lead")
    reference = first_reference(tab)
    with tab.page.context.expect_page() as made:
        tab.cases().first.get_by_role("link").first.click(button="middle")
    assert made.value.url.endswith(f"/case?ref={reference}")
    made.value.close()
    assert tab.path == "/queue"


def test_a_case_opens_by_keys_alone_and_coming_back_the_focus_is_on_its_row(open_tab: OpenTab) -> None:
    tab = open_tab("/queue", as_="lead")
    first_reference(tab)
    references = tab.references()
    for key in ("j", "j", "ArrowDown", "k"):
        tab.page.keyboard.press(key)
    tab.focus_is_on(references[1])
    tab.page.keyboard.press("x")
    expect(tab.page.get_by_text("1 case selected")).to_be_visible()
    tab.settle()
    tab.focus_is_on(references[1])
    with tab.rerun():
        tab.page.keyboard.press("Enter")
    opened(tab, references[1])
    with tab.rerun():
        tab.page.go_back()
    expect(tab.heading()).to_have_text("Case queue")
    expect(tab.cases()).to_have_count(len(references))
    tab.focus_is_on(references[1])
    tab.page.keyboard.press("/")
    expect(tab.search_box()).to_be_focused()
    # Where one types, the keys are letters.
    tab.page.keyboard.type("jkx")
    expect(tab.search_box()).to_have_value("jkx")


def test_the_link_to_a_case_read_alone_says_what_is_urgent_and_which_case(open_tab: OpenTab) -> None:
    tab = open_tab("/queue", as_="lead")
    reference = first_reference(tab)
    row = tab.cases().first
    badges, about = row.locator(".badge").all_inner_texts(), row.locator(".who .part").all_inner_texts()
    doctor = row.get_by_role("link").first
    assert badges
    expect(doctor).to_have_accessible_name(", ".join([*badges, doctor.inner_text(), *about, reference]))


def test_a_case_opens_by_touch_on_a_phone(open_tab: OpenTab) -> None:
    tab = open_tab("/queue", as_="volunteer", width=390, has_touch=True, is_mobile=True)
    reference = first_reference(tab)
    with tab.rerun():
        tab.cases().first.tap()
    opened(tab, reference)


def test_a_first_screen_has_twelve_cases_and_two_on_a_phone(open_tab: OpenTab) -> None:
    tab = open_tab("/queue", as_="lead")
    for width, height, least in ((1440, 900, 12), (390, 844, 2)):
        tab.page.set_viewport_size({"width": width, "height": height})
        tab.settle()
        first_reference(tab)
        bottoms = tab.cases().evaluate_all("rows => rows.map(row => row.getBoundingClientRect().bottom)")
        assert sum(bottom <= height for bottom in bottoms) >= least


def test_search_words_stay_out_of_the_address(open_tab: OpenTab, case: str) -> None:
    tab = open_tab("/queue", as_="lead")
    with tab.rerun():
        tab.search_box().fill(case)
        tab.search_box().press("Enter")
    expect(tab.cases()).to_have_count(1)
    assert tab.references() == [case]
    assert case not in tab.page.url


FILTERED = "/queue?queue_stage=Active&queue_stage=New&condition=update_overdue"


@pytest.mark.parametrize("by", ["mouse", "keys"])
@pytest.mark.usefixtures("late")
def test_back_from_a_case_is_the_queue_with_its_filters(open_tab: OpenTab, by: str) -> None:
    tab = open_tab(FILTERED, as_="lead")
    reference, rows = first_reference(tab), tab.references()
    with tab.rerun():
        if by == "mouse":
            tab.cases().first.click()
        else:
            tab.cases().first.get_by_role("link").first.press("Enter")
    opened(tab, reference)
    with tab.rerun():
        tab.page.go_back()
    expect(tab.heading()).to_have_text("Case queue")
    assert tab.path == FILTERED
    expect(tab.cases()).to_have_count(len(rows))
    assert tab.references() == rows
    with tab.rerun():
        tab.page.go_forward()
    opened(tab, reference)


FILTERS = ("Stage", "Region", "Show")


def filtered_by(tab: Tab) -> list[str]:
    chips = tab.main.get_by_role("button", name=re.compile(f"^({'|'.join(FILTERS)}): ")).filter(visible=True)
    return [chip.removeprefix("close").strip() for chip in chips.all_inner_texts()]


@pytest.fixture
def filtered(open_tab: OpenTab) -> Tab:
    """A queue with three filters, each chosen by hand in the box, which is closed again."""
    tab = open_tab("/queue", as_="lead")
    box = tab.main.get_by_role("button", name="Filters")
    with tab.rerun():
        box.click()
    for label, option in zip(FILTERS, ("Triage", "London", "All"), strict=True):
        with tab.rerun():
            tab.choose(label, option)
    close_filters(tab)
    assert filtered_by(tab) == ["Stage: Triage", "Region: London", "Show: All"]
    return tab


def close_filters(tab: Tab) -> None:
    with tab.rerun():
        # The list of a field first, where one is open.
        tab.page.keyboard.press("Escape")
        tab.page.keyboard.press("Escape")
    expect(tab.box("Stage")).to_have_count(0)


def search_and_back(tab: Tab) -> None:
    for words in ("letter", ""):
        with tab.rerun():
            tab.search_box().fill(words)
            tab.search_box().press("Enter")


def test_a_filter_that_is_taken_away_stays_away(filtered: Tab) -> None:
    filtered.press("Stage: Triage")
    assert filtered_by(filtered) == ["Region: London", "Show: All"]
    search_and_back(filtered)
    assert filtered_by(filtered) == ["Region: London", "Show: All"]
    filtered.press("Remove all")
    search_and_back(filtered)
    assert filtered_by(filtered) == []
    assert filtered.path == "/queue"
    with filtered.rerun():
        filtered.main.get_by_role("button", name="Filters").click()
    expect(filtered.box("Stage")).to_have_value("")
    with filtered.rerun():
        filtered.choose("Stage", "Triage")
    close_filters(filtered)
    assert filtered_by(filtered) == ["Stage: Triage"]


def test_a_saved_view_takes_the_place_of_filters_chosen_by_hand(filtered: Tab) -> None:
    with filtered.rerun():
        filtered.page.get_by_role("button", name=re.compile("Unallocated for over 30 days")).click()
    view = filtered.path
    assert "queue_stage" not in view
    search_and_back(filtered)
    assert filtered.path == view
    assert filtered_by(filtered) == []


def test_an_organisation_opens_without_loading_the_app_anew_and_back_keeps_the_filters(open_tab: OpenTab) -> None:
    tab = open_tab("/queue?queue_stage=Active", as_="lead")
    rows = tab.references()
    tab.page.evaluate("window.stillHere = true")
    with tab.rerun():
        tab.cases().locator('a[href*="organisation?code="]').first.click()
    expect(tab.main.get_by_text("Findings, by kind")).to_be_visible()
    assert "/organisation?code=" in tab.page.url
    with tab.rerun():
        tab.page.go_back()
    expect(tab.heading()).to_have_text("Case queue")
    assert tab.references() == rows
    assert tab.path == "/queue?queue_stage=Active"
    assert tab.page.evaluate("window.stillHere")


def test_back_from_a_case_keeps_the_words_searched_for(open_tab: OpenTab, case: str) -> None:
    tab = open_tab("/queue", as_="lead")
    with tab.rerun():
        tab.search_box().fill(case)
        tab.search_box().press("Enter")
    expect(tab.cases()).to_have_count(1)
    with tab.rerun():
        tab.cases().first.click()
    opened(tab, case)
    with tab.rerun():
        tab.page.go_back()
    expect(tab.heading()).to_have_text("Case queue")
    expect(tab.search_box()).to_have_value(case)
    expect(tab.cases()).to_have_count(1)
    assert tab.path == "/queue"


@pytest.mark.parametrize("phone", [False, True])
def test_several_are_ticked_and_marked_once_and_a_case_still_opens_at_once(
    open_tab: OpenTab, server: Server, phone: bool
) -> None:
    with server.database.write() as session:
        session.execute(delete(MeetingMark))
        # A doctor of the demonstration who was not asked, or said no, would keep a case off the list.
        session.execute(delete(Consent).where(Consent.purpose == ConsentPurpose.MEETING))
        for reference in session.scalars(select(Case.reference)).all():
            agree(session, reference, ConsentPurpose.MEETING)
    touch: dict[str, Any] = {"width": 390, "has_touch": True, "is_mobile": True} if phone else {}
    tab = open_tab("/queue", as_="lead", **touch)
    first_reference(tab)
    references = tab.references()
    for row, said in enumerate(("1 case selected", "2 cases selected")):
        box = tab.cases().nth(row).get_by_role("checkbox")
        box.tap() if phone else box.click()
        expect(tab.page.get_by_text(said)).to_be_visible()
        tab.settle()
    with tab.rerun():
        tab.page.get_by_role("button", name="Mark for the next meeting").click()
    # The same words as in another test might be taken for the same save.
    tab.page.get_by_role("textbox", name="Why").filter(visible=True).fill(f"Pattern {next(NUMBERS)}")
    tab.page.get_by_role("button", name="Mark 2 cases").dblclick(delay=20)
    tab.says("2 of 2 done")
    tab.settle()
    with server.database.read() as session:
        marked = session.scalars(select(Case.reference).join(MeetingMark, MeetingMark.case_id == Case.id)).all()
        assert session.scalar(select(func.count()).select_from(MeetingMark)) == 2
    assert set(marked) == set(references[:2])
    with tab.rerun():
        tab.cases().nth(3).get_by_role("link").first.click()
    opened(tab, references[3])
