"""Many tabs at once: ten that never pause, and fifty that do for ten minutes."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median, quantiles

from websockets.exceptions import WebSocketException

from tests.bench.client import Run, RunFailed, Tab
from tests.bench.people import Cast
from tests.bench.servers import Server

TABS, RUNS = 10, 12
SOAK_TABS, SOAK_PAUSE, SOAK_SECONDS = 50, 10.0, 600.0
# Of every so many runs of the soak, one is a change that makes all else stale.
CHANGE_EVERY = 20


@dataclass
class Crowd:
    """What came of it: seconds of each run, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    memory: float = 0.0

    @property
    def p50(self) -> float:
        return median(self.seconds) if self.seconds else float("nan")

    @property
    def p95(self) -> float:
        return quantiles(self.seconds, n=20)[-1] if len(self.seconds) > 1 else float("nan")


def ten_tabs(server: Server, cast: Cast) -> float:
    """p50 of ten tabs at once over ten times one tab's, on the same round of pages."""
    alone = _together(server, cast, 1)
    crowded = _together(server, cast, TABS)
    if crowded.problems:
        raise RunFailed(crowded.problems[0])
    return crowded.p50 / (TABS * alone.p50)


def _together(server: Server, cast: Cast, tabs: int) -> Crowd:
    crowd, start = Crowd(), threading.Barrier(tabs)

    def work(number: int, tab: Tab) -> None:
        pages = _pages(tab, cast, number)
        for page in pages:
            page()
        start.wait()
        for turn in range(RUNS):
            crowd.seconds.append(pages[turn % len(pages)]().seconds)

    _each_in_a_thread(server, cast, tabs, work, crowd)
    return crowd


def soak(server: Server, cast: Cast, seconds: float = SOAK_SECONDS) -> Crowd:
    """Fifty tabs, each a page every ten seconds or so, with somebody saving now and then."""
    crowd, until = Crowd(), time.monotonic() + seconds

    def work(number: int, tab: Tab) -> None:
        dice = random.Random(number)  # noqa: S311 - which page next, not a secret
        pages = _pages(tab, cast, number)
        time.sleep(dice.uniform(0, SOAK_PAUSE))
        while time.monotonic() < until:
            if dice.randrange(CHANGE_EVERY) == 0:
                cast.change_something()
            crowd.seconds.append(dice.choice(pages)().seconds)
            time.sleep(dice.uniform(0.5, 1.5) * SOAK_PAUSE)

    _each_in_a_thread(server, cast, SOAK_TABS, work, crowd)
    crowd.memory = server.memory()
    return crowd


def _pages(tab: Tab, cast: Cast, number: int) -> list[Callable[[], Run]]:
    case = f"ref={cast.lead_cases[number % len(cast.lead_cases)]}"
    return [
        lambda: tab.open("queue"),
        lambda: tab.open("case", case),
        tab.open,
        lambda: tab.open("queue", "queue_show=All"),
    ]


def _each_in_a_thread(server: Server, cast: Cast, tabs: int, work: Callable[[int, Tab], None], crowd: Crowd) -> None:
    def one(number: int, tab: Tab) -> None:
        try:
            work(number, tab)
        except (RunFailed, TimeoutError, WebSocketException, threading.BrokenBarrierError) as problem:
            crowd.problems.append(f"{type(problem).__name__}: {problem}")

    opened = [Tab(server.port, cast.cookie("lead")) for _ in range(tabs)]
    try:
        threads = [threading.Thread(target=one, args=pair) for pair in enumerate(opened)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        for tab in opened:
            tab.close()
