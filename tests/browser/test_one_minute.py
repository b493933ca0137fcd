"""The one-minute update: few taps, a slow connection, and nothing typed is ever lost or shown to somebody else."""

import re
import time
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Route, expect
from sqlalchemy import select, update

from db import clock
from db.choices import EntryKind
from db.demo import PASSWORD
from db.models import Case, Draft, Entry, SignInSession, Volunteer
from tests.browser.conftest import OpenTab
from tests.browser.server import Server
from tests.browser.tab import Tab

PHONE = {"width": 390, "has_touch": True, "is_mobile": True}
# A telephone on a ward: 400 ms there and back, 400 kbit/s.
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
SENTENCE = "Rang her: the review is put off by a week"
# Keeps hold of each socket that says something, so that a test can cut it.
REMEMBER_SOCKETS = """() => {
    const send = WebSocket.prototype.send;
    window.sockets = new Set();
    WebSocket.prototype.send = function(...words) {
        window.sockets.add(this);
        return send.apply(this, words);
    };
}"""

# Holds the first message that comes, and one in the middle of the page: `held` counts them.
SLOW_ANSWERS = """() => {
    const { addEventListener } = WebSocket.prototype;
    const wait = milliseconds => new Promise(done => setTimeout(done, milliseconds));
    WebSocket.prototype.addEventListener = function(kind, act, ...options) {
        let came = Promise.resolve();
        let many = 0;
        const later = async event => {
            if ([1, 10].includes(++many) && window.isSlow) {
                window.held = (window.held ?? 0) + 1;
                await wait(500);
            }
            act.call(this, event);
        };
        const inTurn = event => came = came.then(() => later(event));
        addEventListener.call(this, kind, kind === "message" ? inTurn : act, ...options);
    };
}"""

NO_PAUSE = """() => {
    const later = window.setTimeout;
    window.setTimeout = (act, after, ...about) => later(act, after === 1000 ? 1e9 : after, ...about);
}"""


class Thumb:
    """Counts what a person does to a phone."""

    def __init__(self) -> None:
        self.taps = 0

    def tap(self, what: Locator) -> None:
        what.scroll_into_view_if_needed()
        what.tap()
        self.taps += 1


def update_form(tab: Tab) -> Locator:
    return tab.page.get_by_role("dialog")


def sentence(tab: Tab) -> Locator:
    return update_form(tab).get_by_role("textbox", name="What changed")


def find_row(tab: Tab, case: str) -> None:
    """On My cases, turns to the page that the case is on."""
    if case not in tab.references():
        tab.open("/my-cases?my_cases_page=2")


def open_form(tab: Tab, case: str) -> None:
    find_row(tab, case)
    tab.main.get_by_role("button", name=f"One-minute update on {case}").click()
    expect(sentence(tab)).to_be_visible()
    tab.settle()


def put_aside(tab: Tab) -> None:
    with tab.rerun():
        tab.page.keyboard.press("Escape")
    expect(update_form(tab)).to_have_count(0)


def after_a_round_trip(route: Route) -> None:
    """Away from the server's own machine a page takes a while to be answered, and the one before stays for so long."""
    time.sleep(0.3)
    route.continue_()


def draft_arrives(server: Server, case: str, *, many: int = 1) -> None:
    """Waits until the words have reached the server."""
    for _ in range(200):
        with server.database.read() as session:
            query = select(Draft.id).join(Case, Case.id == Draft.case_id).where(Case.reference == case)
            if len(session.scalars(query).all()) == many:
                return
        time.sleep(0.05)
    pytest.fail("The words did not reach the server.")


def said(server: Server, case: str) -> list[str]:
    with server.database.read() as session:
        query = select(Entry.text).join(Case, Case.id == Entry.case_id)
        query = query.where(Case.reference == case, Entry.kind == EntryKind.UPDATE).order_by(Entry.id)
        return list(session.scalars(query))


def test_a_day_is_kept_while_the_focus_is_still_in_it(open_tab: OpenTab, server: Server, late: str) -> None:
    tab = open_tab("/my-cases", as_="volunteer")
    open_form(tab, late)
    day = clock.today() + timedelta(days=9)
    tab.day("Due", day, exact=False)
    draft_arrives(server, late)
    expect(tab.page.locator(":focus")).to_have_role("spinbutton")
    tab.page.reload()
    expect(update_form(tab).get_by_role("group", name=re.compile("^Due"))).to_have_text(
        re.compile(rf"0?{day.day}.*0?{day.month}.*{day.year}")
    )


def test_from_home_to_saved_in_three_taps_and_a_sentence_on_a_slow_phone(
    open_tab: OpenTab, server: Server, late: str
) -> None:
    tab, thumb = open_tab("/", as_="volunteer", **PHONE), Thumb()
    network = tab.page.context.new_cdp_session(tab.page)
    network.send("Network.emulateNetworkConditions", SLOW)
    thumb.tap(tab.main.get_by_role("button", name=f"One-minute update on {late}"))
    thumb.tap(update_form(tab).get_by_role("textbox", name="What changed"))
    tab.page.keyboard.type(SENTENCE, delay=20)
    thumb.tap(update_form(tab).get_by_role("button", name="Save update"))
    expect(tab.page.get_by_text(f"Saved for {late}.")).to_be_visible()
    network.detach()
    assert said(server, late) == [SENTENCE]
    assert thumb.taps == 3
    # The line that asked for it is gone.
    expect(tab.main.get_by_role("button", name=f"One-minute update on {late}")).to_have_count(0)


def test_a_save_is_said_even_if_the_page_is_drawn_anew_before_the_browser_can_say_it(
    open_tab: OpenTab, server: Server, case: str
) -> None:
    tab = open_tab("/my-cases", as_="volunteer", kept=False)
    # On a slow line, what shows a message comes with the first of them.
    on_their_way: list[Route] = []
    tab.page.route("**/Toast.*.js", lambda route: on_their_way.append(route))
    open_form(tab, case)
    sentence(tab).fill(SENTENCE)
    update_form(tab).get_by_role("button", name="Save update").click()
    expect(update_form(tab)).to_have_count(0)
    tab.page.get_by_role("link", name="Actions", exact=True).click()
    expect(tab.heading()).to_have_text("Actions")
    while on_their_way:
        on_their_way.pop().continue_()
    expect(tab.page.get_by_text(f"Saved for {case}.")).to_be_visible()
    assert said(server, case) == [SENTENCE]


def test_any_other_case_of_theirs_takes_four_taps(open_tab: OpenTab, server: Server, late: str) -> None:
    tab, thumb = open_tab("/", as_="volunteer", **PHONE), Thumb()
    thumb.tap(tab.main.get_by_role("link", name="Update another of your cases"))
    expect(tab.heading()).to_have_text("My cases")
    thumb.tap(tab.main.get_by_role("button", name=f"One-minute update on {late}"))
    thumb.tap(sentence(tab))
    tab.page.keyboard.type(SENTENCE)
    thumb.tap(update_form(tab).get_by_role("button", name="Save update"))
    expect(tab.page.get_by_text(f"Saved for {late}.")).to_be_visible()
    assert said(server, late) == [SENTENCE]
    assert thumb.taps == 4


def test_a_socket_that_drops_while_typing_loses_nothing(open_tab: OpenTab, server: Server, case: str) -> None:
    tab = open_tab("/my-cases", as_="volunteer", **PHONE)
    find_row(tab, case)
    tab.page.evaluate(REMEMBER_SOCKETS)
    open_form(tab, case)
    # Cut in the pause, before the words could leave the browser. Streamlit locks its fields until it is back.
    sentence(tab).fill("Typed before the drop")
    with tab.page.expect_websocket():
        tab.page.evaluate("window.sockets.forEach(socket => socket.close())")
    tab.settle()
    expect(sentence(tab)).to_have_value("Typed before the drop")
    expect(sentence(tab)).to_be_enabled()
    sentence(tab).press("End")
    sentence(tab).press_sequentially(" and after it")
    draft_arrives(server, case)
    tab.press("Save update", within=update_form(tab))
    expect(tab.page.get_by_text(f"Saved for {case}.")).to_be_visible()
    assert said(server, case) == ["Typed before the drop and after it"]


@pytest.mark.parametrize(
    ("to", "before", "after"), [("End", "Typed before the drop", ""), ("Home", "", "Typed before the drop")]
)
def test_a_form_that_is_drawn_anew_once_there_is_a_line_keeps_the_caret_and_each_letter(
    open_tab: OpenTab, server: Server, case: str, to: str, before: str, after: str
) -> None:
    tab = open_tab("/my-cases", as_="volunteer", kept=False, **PHONE)
    tab.page.add_init_script(f"({SLOW_ANSWERS})()")
    tab.page.reload()
    tab.settle()
    find_row(tab, case)
    tab.page.evaluate(REMEMBER_SOCKETS)
    open_form(tab, case)
    sentence(tab).fill("Typed before the drop")
    draft_arrives(server, case)
    sentence(tab).press(to)
    tab.settle()
    tab.page.evaluate("window.isSlow = true")
    tab.page.evaluate("window.sockets.forEach(socket => socket.close())")
    tab.page.wait_for_function("window.held === 1")
    # On whatever has the focus, as a thumb does.
    tab.page.keyboard.type(" and")
    tab.page.wait_for_function("window.held === 2")
    expect(update_form(tab)).to_have_count(0)
    expect(update_form(tab)).to_have_count(1)
    expect(sentence(tab)).to_be_focused()
    tab.page.keyboard.type(" then ")
    expect(sentence(tab)).to_have_value(f"{before} and then {after}")
    tab.press("Save update", within=update_form(tab))
    expect(tab.page.get_by_text(f"Saved for {case}.")).to_be_visible()
    assert said(server, case) == [f"{before} and then {after}".strip()]


def test_a_hard_refresh_finds_the_words_again(open_tab: OpenTab, server: Server, case: str) -> None:
    tab = open_tab("/my-cases", as_="volunteer", **PHONE)
    open_form(tab, case)
    sentence(tab).press_sequentially("Half a sen")
    draft_arrives(server, case)
    tab.page.reload()
    tab.settle()
    # It is open: nobody has to look for their words.
    expect(sentence(tab)).to_have_value("Half a sen")
    expect(update_form(tab)).to_contain_text("is back here, not saved yet")
    sentence(tab).fill("A whole sentence")
    tab.press("Save update", within=update_form(tab))
    expect(tab.page.get_by_text(f"Saved for {case}.")).to_be_visible()
    assert said(server, case) == ["A whole sentence"]
    draft_arrives(server, case, many=0)


def test_a_reload_in_the_middle_of_a_word_or_a_day_loses_neither(open_tab: OpenTab, case: str) -> None:
    tab, due = open_tab("/my-cases", as_="volunteer", kept=False), clock.today() + timedelta(days=9)
    open_form(tab, case)
    tab.page.route("**/my-cases", after_a_round_trip)
    tab.day("Due", due)
    tab.page.reload()
    tab.settle()
    expect(update_form(tab).get_by_role("group", name="Due")).to_have_text(
        re.compile(f"{due:%d}.*{due:%m}.*{due.year}")
    )
    sentence(tab).press_sequentially("Half a wo")
    tab.page.reload()
    tab.settle()
    expect(sentence(tab)).to_have_value("Half a wo")


@pytest.mark.parametrize("way", ["Back", "Escape"])
def test_who_leaves_in_the_middle_of_a_word_finds_it_again(open_tab: OpenTab, case: str, way: str) -> None:
    tab = open_tab("/actions", as_="volunteer")
    tab.go_to("My cases")
    open_form(tab, case)
    sentence(tab).press_sequentially("Half a wo")
    if way == "Back":
        tab.page.go_back()
        expect(tab.heading()).to_have_text("Actions")
        tab.settle()
        tab.go_to("My cases")
    else:
        put_aside(tab)
        tab.main.get_by_role("button", name=f"Finish your update on {case}").click()
    expect(sentence(tab)).to_have_value("Half a wo")


def test_a_telephone_that_is_locked_sends_what_was_typed_at_once(open_tab: OpenTab, server: Server, case: str) -> None:
    tab = open_tab(f"/case?ref={case}&do=update", as_="volunteer", kept=False, **PHONE)
    tab.page.evaluate("Object.defineProperty(document, 'hidden', {get: () => true})")
    # Without a pause, after which it would be sent anyway.
    tab.page.evaluate(NO_PAUSE)
    tab.field("What changed").press_sequentially("Half a wo")
    tab.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    draft_arrives(server, case)


def test_words_are_on_no_other_case(open_tab: OpenTab, server: Server, case: str) -> None:
    tab = open_tab("/my-cases", as_="volunteer")
    open_form(tab, case)
    sentence(tab).fill("About this case only")
    draft_arrives(server, case)
    put_aside(tab)
    others = [each for each in tab.references() if each != case][:4]
    for other in others:
        tab.main.get_by_role("button", name=f"One-minute update on {other}").click()
        expect(update_form(tab)).to_contain_text(other)
        expect(sentence(tab)).to_have_value("")
        put_aside(tab)
    assert len(others) == 4
    # A new visit opens it by itself.
    tab.open("/my-cases")
    expect(update_form(tab)).to_contain_text(case)
    expect(sentence(tab)).to_have_value("About this case only")


def test_a_session_that_ends_while_typing_gives_the_words_back(open_tab: OpenTab, server: Server, case: str) -> None:
    tab = open_tab("/my-cases", as_="volunteer", **PHONE)
    open_form(tab, case)
    with server.database.log() as session:
        who = select(Volunteer.id).where(Volunteer.username == "volunteer").scalar_subquery()
        past = clock.now() - timedelta(seconds=1)
        session.execute(update(SignInSession).where(SignInSession.volunteer_id == who).values(idle_until=past))
    sentence(tab).fill("Typed as it ended")
    tab.says("What you typed is safe")
    tab.sign_in("volunteer", PASSWORD)
    expect(sentence(tab)).to_have_value("Typed as it ended")


def test_two_people_on_one_case_each_see_both(open_tab: OpenTab, server: Server, case: str) -> None:
    first = open_tab("/my-cases", as_="volunteer", **PHONE)
    second = open_tab(f"/case?ref={case}&do=update", as_="lead")
    open_form(first, case)
    second.fill("What changed", "What the lead saw")
    second.press("Save update")
    expect(second.field("What changed")).to_have_value("")
    sentence(first).fill("What the volunteer saw")
    first.press("Save update", within=update_form(first))
    expect(update_form(first)).to_contain_text("Saved by somebody else just now:")
    expect(update_form(first)).to_contain_text("What the lead saw")
    expect(sentence(first)).to_have_value("What the volunteer saw")
    first.press("Save update", within=update_form(first))
    expect(first.page.get_by_text(f"Saved for {case}.")).to_be_visible()
    assert said(server, case) == ["What the lead saw", "What the volunteer saw"]
