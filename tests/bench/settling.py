"""From a click in the menu to the last change on the page, and a first visit: beside constants and Django's admin."""

from collections.abc import Container
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median

from playwright.sync_api import Browser, Locator
from playwright.sync_api import Error as BrowserError

from tests.bench.databases import FOLDER, Prepared, say
from tests.bench.people import Cast
from tests.bench.servers import CONSTANTS, DJANGO, DJANGO_IS_UP, Server, serving
from tests.bench.visit import Visit, chromium, first_visit

# Every click begins on the same page, which is light; for that page itself, on another.
START, START_OTHERWISE = "account", "inbox"
CASE, NEW_CASE = "case", "new-case"
# Pages that no menu leads to: what a link to one looks like, and the pages on which one is looked for.
LINKED: dict[str, tuple[str, tuple[str, ...]]] = {
    CASE: ('a[href*="case?ref="]', ("queue", "my-cases", "actions", "home", "inbox")),
    "organisation": ('a[href*="organisation?code="]', ("queue", CASE)),
}
# Django's answer to the same question; a page without one is compared with the admin's own first page.
DJANGOS = {
    **dict.fromkeys(("queue", "my-cases", "search"), "case"),
    **dict.fromkeys(("workload", "people"), "volunteer"),
    "actions": "action",
    "heatmap": "finding",
    "leadership": "case",
    "inbox": "entry",
    "access": "access",
}


@dataclass
class Settled:
    """One page: a sample a round of it, the page of constants and Django's, in seconds; and one first visit."""

    name: str
    seconds: list[float] = field(default_factory=list)
    redraws: int = 0
    has_chart: bool = False
    lines: list[float] = field(default_factory=list)
    django: list[float] = field(default_factory=list)
    address: str = ""
    cold_kib: float = float("nan")
    cold_seconds: float = float("nan")
    slow_seconds: float = float("nan")
    problem: str = ""

    @property
    def milliseconds(self) -> float:
        return 1000 * median(self.seconds) if self.seconds else float("nan")

    @property
    def ratio(self) -> float:
        return median(self.seconds) / median(self.lines) if self.seconds else float("nan")

    @property
    def django_milliseconds(self) -> float:
        return 1000 * median(self.django) if self.django else float("nan")


@dataclass
class Settling:
    """One database at one size: its pages by name, and a first visit to the page of constants."""

    name: str
    pages: dict[str, Settled]
    constants: Settled


class Dashboard:
    """The dashboard's tab: brings itself to where a link to the measured page is, and presses it."""

    def __init__(self, browser: Browser, server: Server, cookie: str) -> None:
        self.visit = Visit(browser, server.url, cookie)
        self.visit.go(START)
        self.menu = self.visit.menu()
        self._found: dict[str, str] = {}

    @property
    def pages(self) -> list[str]:
        return [*self.menu, *LINKED]

    def link_to(self, name: str) -> Locator:
        """A link to that page, on the page the tab is brought to. Raises LookupError where there is none."""
        if name in self.menu:
            self._be_on(START if name != START else START_OTHERWISE)
            return self.visit.in_menu(self.menu[name])
        selector, places = LINKED[name]
        for place in [self._found[name]] if name in self._found else places:
            self._be_on(place)
            links = self.visit.page.locator(selector)
            if links.count():
                self._found[name] = place
                return links.first
        raise LookupError(f"no page has a link to {name}")

    def _be_on(self, name: str) -> None:
        if name in LINKED:
            self.visit.press(self.link_to(name))
        elif name in self.menu:
            self.visit.press(self.visit.in_menu(self.menu[name]))


class Constants:
    def __init__(self, browser: Browser, server: Server) -> None:
        self.visit = Visit(browser, server.url)
        self.visit.go("")
        self._hrefs = list(self.visit.menu().values())

    def press(self) -> float:
        """From one page of fifty lines to the other."""
        self._hrefs.reverse()
        return self.visit.press(self.visit.in_menu(self._hrefs[0]))


class Django:
    def __init__(self, browser: Browser, server: Server) -> None:
        self.visit = Visit(browser, server.url)
        self.visit.sign_in_to_django()

    def press(self, name: str) -> float:
        """From the first page to a list or an empty form, from the list to its first row; or back to the first page."""
        page = self.visit.page
        if name == CASE:
            self.visit.go("admin/django_admin/case/")
            return self.visit.press(page.locator("#result_list th a").first)
        if name == NEW_CASE:
            self.visit.go("admin/")
            return self.visit.press(page.locator("#content-main .model-case .addlink"))
        if name in DJANGOS:
            self.visit.go("admin/")
            return self.visit.press(page.locator(f"#content-main .model-{DJANGOS[name]} th a"))
        self.visit.go("admin/django_admin/volunteer/")
        return self.visit.press(page.locator("#site-name a"))


@dataclass
class Tabs:
    browser: Browser
    dashboard: Dashboard
    constants: Constants
    django: Django

    def measure(self, page: Settled, *, warming: bool = False) -> None:
        """One sample, each beside the others'. A page that fails is named, the others go on."""
        try:
            lines = self.constants.press()
            theirs = self.django.press(page.name)
            link = self.dashboard.link_to(page.name)
            seconds = self.dashboard.visit.press(link)
        except (BrowserError, LookupError) as problem:
            page.problem = f"{type(problem).__name__}: {problem}"
            return
        if not warming:
            page.seconds.append(seconds)
            page.lines.append(lines)
            page.django.append(theirs)
        page.redraws = max(page.redraws, self.dashboard.visit.redraws)
        page.has_chart = self.dashboard.visit.has_chart
        page.address = self.dashboard.visit.page.url

    def visit_first(self, page: Settled, url: str, cookie: str, *, slow: bool) -> None:
        try:
            came = first_visit(self.browser, page.address, url, cookie)
            page.cold_kib, page.cold_seconds = came.size / 1024, came.seconds
            if slow:
                page.slow_seconds = first_visit(self.browser, page.address, url, cookie, slow=True).seconds
        except BrowserError as problem:
            page.problem = f"{type(problem).__name__}: {problem}"


def settling(prepared: Prepared, app: Server, cast: Cast, rounds: int, *, only: Container[str], slow: bool) -> Settling:
    """`only` names pages, none of them means all. `slow`: first visits at 1.6 Mbit/s too, which take minutes."""
    with ExitStack() as stack:
        environment = prepared.environment()
        constants = stack.enter_context(serving(CONSTANTS, environment, FOLDER / "constants.log"))
        django = stack.enter_context(serving(DJANGO, environment, FOLDER / "django.log", is_up=DJANGO_IS_UP))
        browser = stack.enter_context(chromium())
        cookie = cast.cookie("lead")
        dashboard = Dashboard(browser, app, cookie)
        tabs = Tabs(browser, dashboard, Constants(browser, constants), Django(browser, django))
        pages = {name: Settled(name) for name in dashboard.pages if not only or name in only}
        if not pages:
            raise SystemExit(f"No such page. There are: {', '.join(dashboard.pages)}.")
        for turn in range(rounds + 1):
            for page in pages.values():
                if not page.problem:
                    tabs.measure(page, warming=turn == 0)
        for page in pages.values():
            if not page.problem:
                tabs.visit_first(page, app.url, cookie, slow=slow)
            say(f"  {page.name}: {page.problem or f'{page.milliseconds:.0f} ms, {page.ratio:.2f}'}")
        lines = Settled("page of constants", address=constants.url)
        tabs.visit_first(lines, constants.url, "", slow=slow)
    return Settling(prepared.name, pages, lines)
