"""The steps of the benchmark: what leads and volunteers do most, page by page."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from tests.bench.client import Run, RunFailed, Tab
from tests.bench.measure import Step
from tests.bench.people import Cast

COMMON_WORD, RARE_WORD = "search, common word", "search, rare word"
QUEUE, QUEUE_CHANGED = "queue opened", "queue opened, first after a change"
FILTER, PAGE_100 = "filter", "page 100 of the queue"
CASE, CASE_VOLUNTEER = "case opened, lead", "case opened, volunteer"
CASE_PARTS = "case opened with the update form"
HOME_LEAD, HOME_LEAD_CHANGED = "home, lead", "home, lead, first after a change"
HOME_VOLUNTEER, HOME_VOLUNTEER_CHANGED = "home, volunteer", "home, volunteer, first after a change"
HEATMAP, HEATMAP_CHANGED = "heatmap, nothing changed", "heatmap, first after a change"
LEADERSHIP, LEADERSHIP_CHANGED = "leadership", "leadership, first after a change"
MEETING, MEETING_CHANGED = "meeting, planned", "meeting, planned, first after a change"
ACTIONS, ACTIONS_CHANGED = "actions, lead", "actions, lead, first after a change"
WORKLOAD, WORKLOAD_CHANGED = "workload", "workload, first after a change"
SAVE = "saving a status update"
# What is measured as the record grows.
GROWN = (QUEUE, QUEUE_CHANGED, FILTER, PAGE_100, COMMON_WORD, RARE_WORD, WORKLOAD, WORKLOAD_CHANGED)
DEEP_PAGE = 100


def steps(lead: Tab, volunteer: Tab, cast: Cast) -> list[Step]:
    """Steps take turns on the same two tabs; each begins by going where it is measured."""
    change, go = cast.change_something, Going(lead, cast)
    found = [
        Step(QUEUE, lambda: lead.open("queue"), before=go.home),
        Step(QUEUE_CHANGED, lambda: lead.open("queue"), before=go.home_then_change),
        Step(FILTER, lead.rerun, before=go.another_filter),
        Step(PAGE_100, lead.rerun, before=go.deep_page),
        Step(COMMON_WORD, lead.rerun, before=go.searcher(cast.common)),
        Step(RARE_WORD, lead.rerun, before=go.searcher(cast.rare)),
        Step(CASE, go.opener(lead, cast.lead_cases)),
        Step(CASE_VOLUNTEER, go.opener(volunteer, cast.volunteer_cases), before=change),
        Step(CASE_PARTS, go.opener(lead, cast.lead_cases, "&do=update")),
    ]
    for name, tab, path in (
        (HOME_LEAD, lead, ""),
        (HOME_VOLUNTEER, volunteer, ""),
        (HEATMAP, lead, "heatmap"),
        (WORKLOAD, lead, "workload"),
        (LEADERSHIP, lead, "leadership"),
        (MEETING, lead, "meeting"),
        (ACTIONS, lead, "actions"),
    ):
        found.append(Step(name, opening(tab, path)))
        if name == HEATMAP:
            found.append(Step(HEATMAP_CHANGED, opening(tab, path), before=cast.code_something))
        else:
            found.append(Step(f"{name}, first after a change", opening(tab, path), before=change))
    found.append(Step(SAVE, lambda: saving(lead), before=go.fill_in_update))
    return found


def opening(tab: Tab, path: str) -> Callable[[], Run]:
    return lambda: tab.open(path)


class Going:
    """Brings a tab to where the next run differs from every one before it."""

    def __init__(self, tab: Tab, cast: Cast) -> None:
        self.tab, self.cast = tab, cast
        self.cases = itertools.cycle(cast.lead_cases)
        self.filters = self._filters()
        self.number = 0

    def home(self) -> None:
        """Leaves the queue with no filter set: the app keeps them for a return."""
        self.tab.open("queue")
        if self.tab.widgets.clear_chosen():
            self.tab.rerun()
        self.tab.open()

    def home_then_change(self) -> None:
        self.home()
        self.cast.change_something()

    def fresh_queue(self) -> None:
        self.home_then_change()
        self.tab.open("queue")

    def another_filter(self) -> None:
        self.fresh_queue()
        self.tab.widgets.open_box("Filters")
        self.tab.rerun()
        label, value = next(self.filters)
        self.tab.widgets.set("multiselect", label, [value])

    def _filters(self) -> Iterator[tuple[str, str]]:
        while True:
            for label in ("Kind of organisation", "Region", "Stage", "Flag", "Process"):
                yield from ((label, value) for value in self.tab.widgets.find("multiselect", label).options)

    def deep_page(self) -> None:
        self.fresh_queue()
        self.tab.widgets.turn_to(DEEP_PAGE)

    def searcher(self, words: list[str]) -> Callable[[], None]:
        following = itertools.cycle(words)

        def search() -> None:
            self.fresh_queue()
            self.tab.widgets.set("text_input", "Search", next(following))

        return search

    def opener(self, tab: Tab, references: list[str], more: str = "") -> Callable[[], Run]:
        following = itertools.cycle(references)
        return lambda: tab.open("case", f"ref={next(following)}{more}")

    def fill_in_update(self) -> None:
        """The form as a person fills it: what changed, and the rest as it stands."""
        self.number += 1
        self.tab.open("case", f"ref={next(self.cases)}&do=update")
        self.tab.widgets.set("text_area", "What changed", f"Spoke with the doctor, no. {self.number}.")
        self.tab.widgets.press("Save update")


def check_saved(tab: Tab) -> None:
    """The save must really have saved, or the figure says nothing."""
    if not any(text.startswith("Update saved") for text in tab.text):
        raise RunFailed("the status update was not saved")


def saving(tab: Tab) -> Any:
    run = tab.rerun()
    check_saved(tab)
    return run
