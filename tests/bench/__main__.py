"""`python -m tests.bench`: every page's rerun over a real websocket, against the floor page in the same run; and in
Chromium, from a click to the last change."""

import argparse
import itertools
import signal
import sys
import time
from collections.abc import Collection
from contextlib import ExitStack, closing
from dataclasses import replace
from statistics import median

from sqlalchemy import text

from db.engine import Database
from tests.bench import crowd
from tests.bench.client import Run, RunFailed, Tab
from tests.bench.databases import FOLDER, TENFOLD, Prepared, prepared, say
from tests.bench.growing import READ_BY_LISTS, grow
from tests.bench.measure import Result, measure
from tests.bench.people import Cast, cast
from tests.bench.report import (
    GROWING,
    SETTLING,
    Measured,
    growing_part,
    part_of,
    report,
    settling_part,
    sqlite_version,
    with_part,
)
from tests.bench.servers import DASHBOARD, FLOOR, ROOT, Server, serving
from tests.bench.settling import Settling, settling
from tests.bench.steps import GROWN, steps

KINDS, SIZES = ("sqlite", "postgresql"), (1_000, 100_000)
WRITTEN = ROOT / "docs" / "benchmark.md"
# How often there are ten times as many as before.
GROWTHS = 3


def main() -> int:
    """Reports, whatever it finds: a goal that does not hold is a line of the table, not a failure."""
    options = _options()
    # Told to stop, it still stops what it started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    began = time.monotonic()
    print(_grow(options) if options.grow else _settle(options) if options.settle is not None else _measure_all(options))
    say(f"done in {time.monotonic() - began:.0f} s")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1,000 cases on SQLite only; docs/benchmark.md is kept")
    parser.add_argument("--cases", type=int, nargs="+", default=list(SIZES), metavar="N", help="sizes to measure")
    parser.add_argument("--databases", nargs="+", choices=KINDS, default=list(KINDS), help="which kinds")
    parser.add_argument("--rounds", type=int, default=5, help="the median of how many (default: 5)")
    parser.add_argument("--soak", action="store_true", help="also 50 tabs for ten minutes on each database")
    parser.add_argument(
        "--grow",
        action="store_true",
        help="the queue, search and workload only, on PostgreSQL, from the smallest size to a thousand times as many",
    )
    parser.add_argument(
        "--settle",
        nargs="*",
        metavar="PAGE",
        help="in Chromium only: from click to last change, on SQLite; with pages named (queue case ...) only those, "
        "and docs/benchmark.md is kept",
    )
    options = parser.parse_args()
    if options.quick:
        options.cases, options.databases = [SIZES[0]], [KINDS[0]]
    return options


def _measure_all(options: argparse.Namespace) -> str:
    runs: list[Measured] = []
    told = ""
    for kind, cases in itertools.product(options.databases, options.cases):
        say(f"{kind}, {cases:,} cases")
        with prepared(kind, cases) as database:
            runs.append(_measured(database, options.rounds, soak=options.soak, slow=not options.quick))
        told = report(runs, options.rounds)
        if not options.quick:
            # After each database: a run that is stopped leaves what it has.
            grown = part_of(_page(), GROWING)
            _write(with_part(told, GROWING, grown) if grown else told)
    return told


def _grow(options: argparse.Namespace) -> str:
    """Each size from the one before."""
    runs: list[Measured] = []
    cases = min(options.cases)
    with prepared("postgresql", cases) as database:
        for size in (cases * TENFOLD**power for power in range(GROWTHS + 1)):
            if runs:
                say(f"growing to {size:,} cases ...")
                grow(database.url, TENFOLD, READ_BY_LISTS)
            say(f"postgresql, {size:,} cases")
            runs.append(_grown(replace(database, cases=size), options.rounds))
    told = growing_part(runs, options.rounds)
    if not options.quick:
        _write(with_part(_page(), GROWING, told))
    return told


def _grown(prepared_: Prepared, rounds: int) -> Measured:
    environment = prepared_.environment()
    with (
        prepared_.open() as database,
        serving(DASHBOARD, environment, FOLDER / "dashboard.log") as app,
        serving(FLOOR, environment, FOLDER / "floor.log") as floor,
    ):
        return _one_tab(prepared_, app, floor, cast(database), rounds, only=GROWN)


def _page() -> str:
    return WRITTEN.read_text(encoding="utf-8")


def _write(page: str) -> None:
    WRITTEN.write_text(page, encoding="utf-8")


def _settle(options: argparse.Namespace) -> str:
    settled: list[Settling] = []
    told = ""
    is_whole = not options.settle and not options.quick
    for cases in options.cases:
        say(f"sqlite, {cases:,} cases, in Chromium")
        with prepared("sqlite", cases) as database, database.open() as opened:
            found, environment = cast(opened), database.environment()
            with serving(DASHBOARD, environment, FOLDER / "dashboard.log") as app:
                slow = is_whole and cases == max(options.cases)
                settled.append(settling(database, app, found, options.rounds, only=options.settle, slow=slow))
        told = settling_part(settled, options.rounds)
        if is_whole:
            _write(with_part(_page(), SETTLING, told))
    return told


def _measured(prepared_: Prepared, rounds: int, *, soak: bool, slow: bool) -> Measured:
    with ExitStack() as stack:
        database = stack.enter_context(prepared_.open())
        found = cast(database)
        environment = prepared_.environment()
        app = stack.enter_context(serving(DASHBOARD, environment, FOLDER / "dashboard.log"))
        floor = stack.enter_context(serving(FLOOR, environment, FOLDER / "floor.log"))
        measured = _one_tab(prepared_, app, floor, found, rounds)
        measured.server_version = _server_version(prepared_, database)
        _many_tabs(measured, app, found, soak=soak)
        if prepared_.kind == "sqlite":
            measured.settling = settling(prepared_, app, found, rounds, only=(), slow=slow)
        measured.memory = app.memory()
    return measured


def _one_tab(
    prepared_: Prepared, app: Server, floor: Server, found: Cast, rounds: int, *, only: Collection[str] = ()
) -> Measured:
    floors: list[float] = []
    with (
        closing(Tab(floor.port)) as constant,
        closing(Tab(app.port, found.cookie("lead"))) as lead,
        closing(Tab(app.port, found.cookie("volunteer"))) as volunteer,
    ):
        for tab in (constant, lead, volunteer):
            tab.open()

        def floor_run() -> Run:
            run = constant.rerun()
            floors.append(run.seconds)
            return run

        results: dict[str, Result] = {}
        asked = [step for step in steps(lead, volunteer, found) if not only or step.name in only]
        for result in measure(asked, floor_run, rounds):
            say(f"  {result.name}: {result.problem or f'{result.milliseconds:.0f} ms, {result.ratio:.2f}'}")
            results[result.name] = result
    return Measured(prepared_.name, prepared_.kind, prepared_.cases, results, floor_milliseconds=1000 * median(floors))


def _many_tabs(measured: Measured, app: Server, found: Cast, *, soak: bool) -> None:
    try:
        measured.ten_tabs = crowd.ten_tabs(app, found)
        say(f"  ten tabs: {measured.ten_tabs:.2f}")
        if soak:
            say("  fifty tabs, ten minutes ...")
            measured.soak = crowd.soak(app, found)
            measured.problems += sorted(set(measured.soak.problems))[:5]
    except RunFailed as problem:
        measured.problems.append(f"many tabs: {problem}")


def _server_version(prepared_: Prepared, database: Database) -> str:
    if prepared_.kind == "sqlite":
        return sqlite_version()
    with database.read() as session:
        return f"PostgreSQL {str(session.scalar(text('SHOW server_version'))).split()[0]}"


if __name__ == "__main__":
    sys.exit(main())
