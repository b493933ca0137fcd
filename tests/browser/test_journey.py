"""One case from the doctor's message to its end, by two people, one of them on a phone."""

import re
from datetime import timedelta

from playwright.sync_api import Locator, expect

from db import clock
from db.demo import PASSWORD
from tests.browser.conftest import OpenTab
from tests.browser.server import COOKIE
from tests.browser.tab import Tab

TODAY = clock.today()
BODY, FINDING = "Example Community Trust A", "P04"
NEXT = "Send the doctor the leaflet on exclusion"
CHANGED = "Spoke on the phone; papers to follow"


def test_a_case_from_the_first_message_to_its_end(open_tab: OpenTab) -> None:
    lead = open_tab()
    lead.sign_in("lead", PASSWORD)
    case = takes_down_a_message(lead)
    offers_it(lead)

    phone = open_tab(width=390, has_touch=True, is_mobile=True)
    phone.sign_in("volunteer", PASSWORD)
    accepts_the_offer(phone, case)
    starts_triage(phone)
    moves_on(
        phone, "Start the review", "Review", fields={"Documents held": "Letter of exclusion"}, days=("First contact",)
    )
    adds_a_finding(phone)

    finds_it_on_the_heatmap(lead, case)
    moves_on(lead, "Agree findings", "Findings", choices={"Shown to the doctor": "Yes"})
    plan = {"Plan agreed with the doctor": "Ask for a review", "Authority for outside contact": "None yet"}
    moves_on(lead, "Start support or advocacy", "Active", fields=plan)
    moves_on(
        lead,
        "Start closing",
        "Closing",
        choices={"Outcome": "", "Attributable to our help": ""},
        fields={"The doctor’s own view of it": "Fair in the end", "Papers": "Deleted today"},
        days=("Final check-in with the doctor",),
    )
    moves_on(
        lead,
        "Close the case",
        "Closed",
        choices={"Closure reason": "", "Reviewed by": ""},
        later=("Keep the record until",),
    )
    ends_every_tab(open_tab, lead, case)


def takes_down_a_message(tab: Tab) -> str:
    """The intake form; returns the reference of the case that opens."""
    tab.go_to("New case")
    tab.says("116 123")
    with tab.rerun():
        tab.pick("Is the doctor, or anyone else, in immediate danger?", "No")
    with tab.rerun():
        tab.fill("Safe contact: an address or number where nobody else reads or listens", "journey@example.org")
        tab.page.keyboard.press("Tab")
    with tab.rerun():
        tab.choose("What is the doctor facing?", "MHPS")
        tab.page.keyboard.press("Escape")
    with tab.rerun():
        tab.search_box("Search for the employer or other organisation").fill("Community Trust A")
    with tab.rerun():
        tab.choose("Organisation", BODY)
    tab.fill("Doctor’s name", "Dr Journey Invented")
    tab.expand("Safe channel and safe times")
    tab.fill("Safe channel", "Personal email")
    tab.fill("Summary, without names", "Excluded after raising a concern about a rota.")
    tab.choose("Grade", "Consultant")
    tab.choose("Specialty group", "Medicine")
    tab.press("Open the case")
    # Refused: the two declarations are not ticked yet, and nothing typed is lost.
    expect(tab.field("Doctor’s name")).to_have_value("Dr Journey Invented")
    tab.tick("The doctor has been given the privacy notice")
    tab.tick("The doctor consents to us keeping this record")
    tab.press("Open the case")
    tab.says("case lead:")
    return tab.path.removeprefix("/case?ref=")


def offers_it(tab: Tab) -> None:
    tab.show("Team")
    tab.expand("Offer the case")
    tab.choose("Volunteer", "Vik Volunteer")
    tab.fill("Reason", "Knows this process and has room")
    tab.press("Offer the case")
    tab.show("Team")
    tab.says(re.compile("Case lead, offered"))


def accepts_the_offer(tab: Tab, case: str) -> None:
    with tab.rerun():
        tab.main.locator(f'li[data-ref="{case}"]').get_by_role("link").first.click()
    tab.says("You are offered this case as case lead")
    tab.press("Show the organisation")
    tab.press("Accept")
    tab.says("Say whether you have or had a link to this organisation.")
    with tab.rerun():
        tab.main.get_by_text("No, I never worked there and have no link").click()
    tab.press("Accept")
    expect(tab.button("Accept")).to_have_count(0)


def starts_triage(tab: Tab) -> None:
    """The status update on a phone: what the move needs, what changed, what is next."""
    tab.show("Case")
    tab.expand("Record an update")
    with tab.rerun():
        tab.choose("Stage", "Start triage")
    tab.choose("Representation", "Union")
    tab.fill("Time limits the doctor knows of", "None known")
    tab.fill("Scope decision", "Ours: an exclusion without a review")
    tab.pick("Contact with the doctor", "Reached the doctor")
    tab.fill("What changed", CHANGED)
    tab.fill("Next action", NEXT)
    tab.day("Due", TODAY + timedelta(days=3))
    tab.press("Save update")
    tab.says(NEXT)
    tab.says(CHANGED)


def moves_on(
    tab: Tab,
    move: str,
    to: str,
    *,
    fields: dict[str, str] | None = None,
    choices: dict[str, str] | None = None,
    days: tuple[str, ...] = (),
    later: tuple[str, ...] = (),
) -> None:
    """One stage move, with just what it must record; an empty choice stands for the first one offered."""
    tab.show("Case")
    tab.expand("Record an update")
    with tab.rerun():
        tab.choose("Stage", move)
    for label, option in (choices or {}).items():
        tab.choose(label, option)
    for label, text in (fields or {}).items():
        tab.fill(label, text, exact=False)
    for label in days:
        tab.day(label, TODAY, exact=False)
    for label in later:
        tab.day(label, TODAY + timedelta(days=365), exact=False)
    tab.press("Save update")
    tab.says(f"Now: {to}")


def adds_a_finding(tab: Tab) -> None:
    tab.show("Findings")
    tab.expand("Add a finding")
    with tab.rerun():
        tab.pick("Kind of finding", "Procedural failures")
    tab.choose("Finding", FINDING)
    tab.fill("Why: what the papers or the doctor’s account say", "No answer for nine weeks")
    tab.press("Add finding")
    tab.show("Findings")
    tab.says("No answer for nine weeks")


def finds_it_on_the_heatmap(tab: Tab, case: str) -> None:
    """From a cell to the cases behind it, and into the case."""
    tab.go_to("Heatmap")
    with tab.rerun():
        cell_of(tab, FINDING, "community").click()
    behind = tab.page.get_by_role("dialog", name=FINDING)
    with tab.rerun():
        behind.get_by_role("listitem").filter(has_text=case).get_by_role("link").first.click()
    tab.says(case)


def cell_of(tab: Tab, row: str, column: str) -> Locator:
    return tab.main.locator(f"path[aria-label*='column: {column};'][aria-label*='row: {row};']")


def ends_every_tab(open_tab: OpenTab, tab: Tab, case: str) -> None:
    """Signing out ends the copied cookie and the other tab of the same browser."""
    copied = next(cookie["value"] for cookie in tab.page.context.cookies() if cookie["name"] == COOKIE)
    other = open_tab(f"/case?ref={case}", beside=tab)
    other.says(case)
    tab.sign_out()
    expect(tab.button("Sign in")).to_be_visible()
    with other.rerun():
        other.page.get_by_role("link", name="Case queue").click()
    expect(other.button("Sign in")).to_be_visible()
    thief = open_tab(f"/case?ref={case}", cookie=copied)
    expect(thief.button("Sign in")).to_be_visible()
    expect(thief.main).not_to_contain_text(case)
