"""`python -m tests.browser.text_loss [FORM …] [EVENT …]`: five forms are filled in, and then what happens on a ward
happens to them. Prints a table of what was kept. It waits in earnest, for over half an hour; no test of the suite."""

import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Error, Locator, expect, sync_playwright
from sqlalchemy import update
from tqdm import tqdm

from db import clock
from db.demo import PASSWORD
from db.models import SignInSession
from tests.browser.chromium import find_or_get_chromium, launch_flags
from tests.browser.conftest import new_case
from tests.browser.cut_line import CutLine, line_to
from tests.browser.server import COOKIE, Server, running_server, serving
from tests.browser.tab import Tab
from tests.browser.test_cut_line import NO_SIGNAL

SAID, MORE, PATIENT = "Rang her: the review is put off", " until we hear more", " NHS number 943 476 5919"
TODAY = clock.today()
# Seconds: without a line, with the telephone in a pocket, and until the browser must have found the server again.
CUT, OFFLINE, LOCKED, BACK = 3, 3 * 60, 20 * 60, 90
# Milliseconds in which words are on their way to the server after the last letter.
PAUSE = 1500
Kind = Literal["words", "chip", "choice", "some", "day", "tick"]


@dataclass(frozen=True)
class Field:
    """One answer: its label or how that begins, how it is given, and what it is."""

    label: str
    kind: Kind
    value: str = ""
    day: date = TODAY

    def fill(self, tab: Tab) -> None:
        match self.kind:
            case "words":
                tab.field(self.label, exact=False).press_sequentially(self.value)
            case "chip":
                tab.pick(self.label, self.value)
            case "choice" | "some":
                tab.choose(self.label, self.value)
                if self.kind == "some":
                    tab.page.keyboard.press("Escape")
            case "day":
                tab.day(self.label, self.day)
            case "tick":
                tab.tick(self.label)
        tab.settle()

    def is_there(self, tab: Tab, more: str) -> bool:
        match self.kind:
            case "words":
                wanted = self.value + (more if self.value == SAID else "")
                return tab.field(self.label, exact=False).input_value() == wanted
            case "chip":
                group = tab.page.get_by_role("radiogroup", name=re.compile(f"^{re.escape(self.label)}"))
                return group.get_by_role("radio", name=self.value, exact=True).is_checked()
            case "choice":
                return tab.box(self.label).input_value().startswith(self.value)
            case "some":
                return self.value in tab.main.get_by_test_id("stMultiSelect").filter(has_text=self.label).inner_text()
            case "day":
                group = tab.page.get_by_role("group", name=re.compile(f"^{re.escape(self.label)}"))
                return re.findall(r"\d+", group.inner_text()) == f"{self.day:%d %m %Y}".split()
            case "tick":
                return tab.main.get_by_role("checkbox", name=self.label).is_checked()


@dataclass(frozen=True)
class Form:
    """One of the five: what is put in, a chip to change and to change back, and how it is reached. `empties` is a
    field that a save needs; without one, it is refused for a patient's number."""

    name: str
    fields: tuple[Field, ...]
    other: Field
    button: str
    empties: str = ""
    menu: str = "My cases"
    tab: str = ""
    fold: str = ""
    # A part of it that opens when asked for.
    inner: str = ""

    def reach(self, tab: Tab, case: str) -> None:
        """By the menu, where whatever holds unsaved words is open already."""
        tab.go_to(self.menu)
        if self.menu == "My cases" and case not in tab.references():
            tab.open("/my-cases?my_cases_page=2")
        if self.fold:
            with tab.rerun():
                tab.main.locator(f'li[data-ref="{case}"]').get_by_role("link").first.click()
        self.turn(tab)

    def turn(self, tab: Tab) -> None:
        if self.tab:
            tab.show(self.tab)

    def begin(self, tab: Tab, case: str) -> None:
        tab.open("/actions")
        self.reach(tab, case)
        if self.fold:
            tab.expand(self.fold)
        elif self.menu == "My cases":
            tab.main.get_by_role("button", name=f"One-minute update on {case}").click()
        if self.inner:
            tab.expand(self.inner)
        for field in self.fields:
            field.fill(tab)
        tab.page.wait_for_timeout(PAUSE)
        tab.settle()
        expect(tab.page.get_by_text("not saved yet").filter(visible=True).first).to_be_visible()

    def words(self, tab: Tab) -> Locator:
        label = next(field.label for field in self.fields if field.value == SAID)
        return tab.field(label, exact=False)

    def type_on(self, tab: Tab, more: str = MORE) -> None:
        # With the keyboard alone: a field that waits for its line can't be pressed.
        self.words(tab).focus()
        tab.page.keyboard.press("End")
        tab.page.keyboard.type(more, delay=40)

    def lost(self, tab: Tab, more: str = "") -> list[str]:
        """The labels of what is not there any more."""
        tab.settle()
        if not self.words(tab).count():
            return ["not open"]
        return [field.label for field in self.fields if not field.is_there(tab, more)]


SAME_IN_BOTH = (Field("What changed", "words", SAID), Field("Due", "day", day=TODAY + timedelta(days=9)))
FORMS = (
    Form(
        "Full update",
        (
            Field("Stage", "choice", "Start triage"),
            Field("Contact with the doctor", "chip", "Tried, not reached"),
            Field("The doctor’s wellbeing", "chip", "Better"),
            *SAME_IN_BOTH,
            Field("Blocked by", "words", "No rota yet"),
        ),
        Field("The doctor’s wellbeing", "chip", "Same"),
        "Save update",
        empties="Next action",
        fold="Record an update",
    ),
    Form(
        "Entry",
        (
            Field("Kind of entry", "chip", "Contact"),
            Field("Did you reach the doctor?", "chip", "Tried, not reached"),
            Field("What happened", "words", SAID),
        ),
        Field("Kind of entry", "chip", "Note"),
        "Add entry",
        fold="Add an entry",
    ),
    Form(
        "Finding",
        (
            Field("Kind of finding", "chip", "Procedural failures"),
            Field("Finding", "choice", "P04"),
            Field("Evidence", "choice", "Documented"),
            Field("The doctor’s view", "choice", "Doctor agrees"),
            Field("Why: what the papers", "words", SAID),
        ),
        Field("Kind of finding", "chip", "Points of unfairness"),
        "Add finding",
        tab="Findings, facts, documents",
        fold="Add a finding",
    ),
    Form(
        "New case",
        (
            Field("Is the doctor, or anyone else, in immediate danger?", "chip", "No"),
            Field("Safe contact", "words", "new.doctor@example.org"),
            Field("What is the doctor facing?", "some", "MHPS"),
            Field("Doctor’s name", "words", "Dr Invented"),
            Field("Received on", "day", day=TODAY - timedelta(days=9)),
            Field("Grade", "choice", "Consultant"),
            Field("Summary, without names", "words", SAID),
            Field("The doctor consents", "tick"),
        ),
        Field("Is the doctor, or anyone else, in immediate danger?", "chip", "Not asked yet"),
        "Open the case",
        menu="New case",
        inner="Safe channel and safe times",
    ),
    Form(
        "One-minute update",
        (
            Field("Contact", "chip", "Reached the doctor"),
            Field("How is the doctor?", "chip", "Better"),
            *SAME_IN_BOTH,
        ),
        Field("How is the doctor?", "chip", "Same"),
        "Save update",
        empties="Next action",
    ),
)


class Ward:
    """A browser, a server, and a line between them, any of which may fail."""

    def __init__(self, browser: Browser, folder: Path, server: Server, line: CutLine) -> None:
        self._browser, self._folder, self.server, self.line = browser, folder, server, line
        self._next = ExitStack()

    @contextmanager
    def tab(self) -> Iterator[Tab]:
        context = self._browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
        cookie = self.server.cookie_of("volunteer")
        context.add_cookies([{"name": COOKIE, "value": cookie, "url": self.line.url, "sameSite": "Strict"}])
        yield Tab(context.new_page(), self.line.url)
        context.close()

    def start_server(self) -> None:
        self._next.close()
        port = urlsplit(self.server.url).port or 0
        self.server = self._next.enter_context(serving(self._folder, port=port))

    def close(self) -> None:
        self._next.close()


# What happens ---------------------------------------------------------------------------------------------------------

# Given the ward, the tab with the form filled in, the form and the case: what was lost.
Event = Callable[[Ward, Tab, Form, str], list[str]]


def reload(_ward: Ward, tab: Tab, form: Form, _case: str) -> list[str]:
    tab.page.reload()
    tab.settle()
    form.turn(tab)
    return form.lost(tab)


def reload_while_typing(_ward: Ward, tab: Tab, form: Form, _case: str) -> list[str]:
    form.type_on(tab)
    tab.page.reload()
    tab.settle()
    form.turn(tab)
    return form.lost(tab, MORE)


def back(_ward: Ward, tab: Tab, form: Form, _case: str) -> list[str]:
    form.type_on(tab)
    for turn in (tab.page.go_back, tab.page.go_forward):
        turn()
        tab.page.wait_for_timeout(PAUSE)
        tab.settle()
    form.turn(tab)
    return form.lost(tab, MORE)


def menu(_ward: Ward, tab: Tab, form: Form, case: str) -> list[str]:
    form.type_on(tab)
    if tab.page.get_by_role("dialog").count():
        tab.page.keyboard.press("Escape")
        tab.settle()
    tab.go_to("Actions")
    form.reach(tab, case)
    if not form.words(tab).count() and form.menu == "My cases" and not form.fold:
        # Whoever put it away is asked to finish it.
        tab.main.get_by_role("button", name=f"Finish your update on {case}").click()
    return form.lost(tab, MORE)


def other_chip(_ward: Ward, tab: Tab, form: Form, _case: str) -> list[str]:
    form.type_on(tab)
    was = next(field for field in form.fields if field.label == form.other.label)
    form.other.fill(tab)
    was.fill(tab)
    return form.lost(tab, MORE)


def cut_before(ward: Ward, tab: Tab, form: Form, _case: str) -> list[str]:
    """The line is dead, and nobody knows, when a chip is changed and back, and more is typed."""
    ward.line.die()
    was = next(field for field in form.fields if field.label == form.other.label)
    for chip in (form.other, was):
        tab.pick(chip.label, chip.value)
    form.type_on(tab)
    ward.line.cut()
    return without_line(ward, [(tab, form)], CUT)[0]


def cut_while_typing(ward: Ward, tab: Tab, form: Form, _case: str) -> list[str]:
    ward.line.cut()
    form.type_on(tab)
    return without_line(ward, [(tab, form)], CUT)[0]


def expiry(ward: Ward, tab: Tab, form: Form, _case: str) -> list[str]:
    with ward.server.database.log() as session:
        session.execute(update(SignInSession).values(idle_until=clock.now() - timedelta(seconds=1)))
    form.type_on(tab)
    tab.says("What you typed is safe")
    tab.sign_in("volunteer", PASSWORD)
    form.turn(tab)
    return form.lost(tab, MORE)


def restart(ward: Ward, tab: Tab, form: Form, _case: str) -> list[str]:
    ward.server.process.terminate()
    ward.server.process.wait()
    return _typed_until_it_starts(ward, tab, form)


def kill(ward: Ward, tab: Tab, form: Form, _case: str) -> list[str]:
    ward.server.kill()
    return _typed_until_it_starts(ward, tab, form)


def _typed_until_it_starts(ward: Ward, tab: Tab, form: Form) -> list[str]:
    form.type_on(tab)
    expect(tab.page.get_by_text(NO_SIGNAL)).to_be_visible()
    ward.start_server()
    return line_is_back([(tab, form)])[0]


def refused(_ward: Ward, tab: Tab, form: Form, _case: str) -> list[str]:
    form.type_on(tab, "" if form.empties else PATIENT)
    if form.empties:
        tab.fill(form.empties, "", exact=False)
    tab.settle()
    with tab.pressed():
        tab.page.get_by_role("button", name=form.button, exact=True).click()
    asked = tab.page.get_by_text("Or why it must stay").or_(tab.page.get_by_text("Not saved:"))
    expect(asked.first).to_be_visible()
    return form.lost(tab, "" if form.empties else PATIENT)


EACH: dict[str, Event] = {
    "reload": reload,
    "reload while typing": reload_while_typing,
    "Back": back,
    "menu": menu,
    "changed chip": other_chip,
    "cut before": cut_before,
    "cut while typing": cut_while_typing,
    "refused save": refused,
    "session ends": expiry,
    "restart": restart,
    "SIGKILL": kill,
}


# What takes long happens to all forms at once -------------------------------------------------------------------------


def without_line(ward: Ward, tabs: list[tuple[Tab, Form]], seconds: float) -> list[list[str]]:
    """The line was cut and is away for so long."""
    ward.line.cut()
    for tab, _ in tabs:
        expect(tab.page.get_by_text(NO_SIGNAL)).to_be_visible()
    time.sleep(seconds)
    ward.line.restore()
    return line_is_back(tabs)


def line_is_back(tabs: list[tuple[Tab, Form]]) -> list[list[str]]:
    """In place, and again after a reload."""
    found = []
    for tab, form in tabs:
        tab.page.bring_to_front()
        expect(tab.page.get_by_text(NO_SIGNAL)).to_have_count(0, timeout=BACK * 1000)
        here = form.lost(tab, MORE)
        tab.page.wait_for_timeout(PAUSE)
        tab.settle()
        tab.page.reload()
        tab.settle()
        form.turn(tab)
        found.append([*here, *(f"{label}, after a reload" for label in form.lost(tab, MORE))])
    return found


def offline(ward: Ward, tabs: list[tuple[Tab, Form]]) -> list[list[str]]:
    ward.line.cut()
    for tab, form in tabs:
        tab.page.bring_to_front()
        form.type_on(tab)
    return without_line(ward, tabs, OFFLINE)


def locked(ward: Ward, tabs: list[tuple[Tab, Form]]) -> list[list[str]]:
    """The telephone sleeps in the middle of a sentence, and its line dies."""
    for tab, form in tabs:
        tab.page.bring_to_front()
        form.type_on(tab)
    ward.line.die()
    sleeping = [tab.page.context.new_cdp_session(tab.page) for tab, _ in tabs]
    for session in sleeping:
        session.send("Page.setWebLifecycleState", {"state": "frozen"})
    time.sleep(LOCKED)
    for session in sleeping:
        session.send("Page.setWebLifecycleState", {"state": "active"})
    return without_line(ward, tabs, 0)


TOGETHER: dict[str, Callable[[Ward, list[tuple[Tab, Form]]], list[list[str]]]] = {
    "3 minutes offline": offline,
    "20 minutes locked": locked,
}


# The table ------------------------------------------------------------------------------------------------------------


def one(ward: Ward, form: Form, event: Event) -> str:
    try:
        with new_case(ward.server) as case, ward.tab() as tab:
            form.begin(tab, case)
            return told(event(ward, tab, form, case))
    except (AssertionError, Error) as error:
        ward.line.restore()
        return f"not tried: {str(error).splitlines()[0]}"


def every(ward: Ward, forms: list[Form], name: str) -> list[str]:
    with ExitStack() as open_now:
        cases = [open_now.enter_context(new_case(ward.server)) for _ in forms]
        tabs = [(open_now.enter_context(ward.tab()), form) for form in forms]
        for (tab, form), case in zip(tabs, cases, strict=True):
            form.begin(tab, case)
        return [told(lost) for lost in TOGETHER[name](ward, tabs)]


def told(lost: list[str]) -> str:
    return f"lost: {'; '.join(lost)}" if lost else "kept"


def main() -> int:
    named = set(sys.argv[1:])
    forms = [form for form in FORMS if not named & {form.name for form in FORMS} or form.name in named]
    events = [name for name in (*EACH, *TOGETHER) if not named & {*EACH, *TOGETHER} or name in named]
    is_lost = False
    sys.stdout.write(f"| | {' | '.join(form.name for form in forms)} |\n|---{'|---' * len(forms)}|\n")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_now:
        server = open_now.enter_context(running_server(Path(folder), cases=60))
        line = open_now.enter_context(line_to(server.url))
        browser = open_now.enter_context(sync_playwright()).chromium.launch(
            executable_path=find_or_get_chromium(), args=launch_flags()
        )
        ward = Ward(browser, Path(folder), server, line)
        open_now.callback(ward.close)
        for name in tqdm(events, unit="event"):
            cells = [one(ward, form, EACH[name]) for form in forms] if name in EACH else every(ward, forms, name)
            is_lost = is_lost or any(cell.startswith("lost") for cell in cells)
            sys.stdout.write(f"| {name} | {' | '.join(cells)} |\n")
            sys.stdout.flush()
    return 1 if is_lost else 0


if __name__ == "__main__":
    sys.exit(main())
