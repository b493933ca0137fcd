"""The table: what was measured, what it must and should be, and what does not hold."""

import os
import platform
import sqlite3
from dataclasses import dataclass, field
from importlib.metadata import version
from math import isnan
from statistics import median

import altair as alt
import pandas as pd

from db import clock
from tests.bench import goals, steps
from tests.bench.crowd import Crowd
from tests.bench.databases import MOST_GENERATED
from tests.bench.goals import Goal
from tests.bench.measure import Result
from tests.bench.servers import ROOT
from tests.bench.settling import Settled, Settling

LARGE = 10_000
FOLLOWING = "\n## "
SETTLING = "## From click to the last change"
GROWING = "## As the record grows"
CHART, DOCS = "screenshots/growth.svg", ROOT / "docs"


@dataclass
class Measured:
    """One database at one size."""

    name: str
    kind: str
    cases: int
    results: dict[str, Result]
    ten_tabs: float = float("nan")
    memory: float = 0.0
    floor_milliseconds: float = float("nan")
    server_version: str = ""
    soak: Crowd | None = None
    settling: Settling | None = None
    problems: list[str] = field(default_factory=list)


def report(runs: list[Measured], rounds: int) -> str:
    """The whole page."""
    parts = ["# Benchmark", "", _how(runs, rounds)]
    for run in runs:
        parts += ["", f"## {run.name}", "", *_table(run)]
        parts += [f"- {problem}" for problem in run.problems]
    if growth := _growth(runs):
        parts += ["", "## Growth", "", *growth]
    if settled := [run.settling for run in runs if run.settling]:
        parts += ["", settling_part(settled, rounds).rstrip()]
    return "\n".join(parts) + "\n"


def settling_part(settled: list[Settling], rounds: int) -> str:
    """The part of the page that `--settle` measures alone."""
    parts = [SETTLING, "", _how_it_settles(rounds)]
    for each in settled:
        parts += ["", f"### {each.name}", "", *_settled_rows(each)]
    return "\n".join(parts) + "\n"


def growing_part(runs: list[Measured], rounds: int) -> str:
    """The part of the page that `--grow` measures alone, with its chart."""
    names = list(runs[0].results)
    _draw(runs)
    parts = [GROWING, "", _how_it_grows(runs, rounds), "", f"![Milliseconds by number of cases]({CHART})", ""]
    parts += [
        f"| step, ms and ratio | {' | '.join(f'{run.cases:,}' for run in runs)} |",
        "|---" * (len(runs) + 1) + "|",
    ]
    for name in names:
        cells = (run.results[name] for run in runs)
        told = (f"{each.milliseconds:.0f}, {each.ratio:.2f}" if not each.problem else "not measured" for each in cells)
        parts.append(f"| {name} | {' | '.join(told)} |")
    return "\n".join(parts) + "\n"


def _how_it_grows(runs: list[Measured], rounds: int) -> str:
    return (
        f"Measured on {clock.today():%-d %B %Y} on PostgreSQL, as a lead: {runs[0].cases:,} demonstration cases, "
        "then ten times as many again and again, by copies of these cases with what these pages read of them. As in "
        "the demonstration, fewer of many cases are open than of few, and more people share them. Median of "
        f"{rounds} rounds, beside the floor page. Words become no rarer: one that a case in a thousand has is in a "
        "thousand cases of a million."
    )


def _draw(runs: list[Measured]) -> None:
    rows = [
        {"step": result.name, "cases": run.cases, "ms": result.milliseconds}
        for run in runs
        for result in run.results.values()
        if not result.problem
    ]
    measured = alt.Chart(pd.DataFrame(rows), width=520, height=460).encode(
        x=alt.X("cases:Q", title="cases", scale=alt.Scale(type="log")),
        y=alt.Y("ms:Q", title="ms", scale=alt.Scale(type="log")),
        color=alt.Color("step:N", legend=None),
    )
    named = measured.transform_filter(alt.datum.cases == max(run.cases for run in runs))
    # Each line says which it is: it takes no colours to tell.
    chart = measured.mark_line(point=True) + named.mark_text(align="left", dx=6).encode(
        text="step:N", color=alt.value("black")
    )
    chart.save(str(DOCS / CHART))


def part_of(page: str, title: str) -> str:
    """The part under this title; empty if there is none."""
    _, found, rest = page.partition(f"{title}\n")
    return f"{found}{rest.partition(FOLLOWING)[0].rstrip()}\n" if found else ""


def with_part(page: str, title: str, part: str) -> str:
    """The page with this part in place of the one it has, or at its end."""
    before, _, rest = page.partition(f"{title}\n")
    _, following, after = rest.partition(FOLLOWING)
    return f"{before.rstrip()}\n\n{part}{following}{after}"


def _how_it_settles(rounds: int) -> str:
    return (
        f"Measured on {clock.today():%-d %B %Y} in Chromium, 1440×900, as a lead: from the click on a link in the menu "
        "to the last change of the document or of a picture on a canvas, before half a second without any. Median of "
        f"{rounds} rounds, each beside a Streamlit page of fifty constant lines and Django {version('django')}’s admin "
        "on the same rows: the list, form or first page nearest to ours, with its static files packed. The ratio is to "
        "the page of constants; a page with a chart by Altair may take 3 times as long, any other twice, and none as "
        "long as Django’s. A first visit is by a browser that keeps nothing yet: all that comes over the line, as it "
        "comes, and the time to the last change, on this machine and at 1.6 Mbit/s with 150 ms there and back."
    )


def _settled_rows(settled: Settling) -> list[str]:
    rows = [
        "| page | ms | ratio | must | aim | | Django, ms | canvas redrawn | first visit, KiB | s | s at 1.6 Mbit/s |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    rows += [_settled_row(page) for page in settled.pages.values()]
    lines = settled.constants
    took = median(each for page in settled.pages.values() for each in page.lines)
    rows.append(f"| {lines.name} | {1000 * took:.0f} | 1 | | | | | 0 | {_cold(lines)} |")
    return rows


def _settled_row(page: Settled) -> str:
    goal = goals.SETTLES_WITH_CHART if page.has_chart else goals.SETTLES
    if page.problem:
        return f"| {page.name} | | | | | **not measured**: {_tidy(page.problem)} | | | | | |"
    verdict = goal.verdict(round(page.ratio, 2))
    if page.milliseconds >= page.django_milliseconds:
        verdict += ", **slower than Django’s**"
    return (
        f"| {page.name} | {page.milliseconds:.0f} | {page.ratio:.2f} | {goal.must} | {goal.aim} | {verdict} "
        f"| {page.django_milliseconds:.0f} | {page.redraws} | {_cold(page)} |"
    )


def _cold(page: Settled) -> str:
    slow = "" if isnan(page.slow_seconds) else f"{page.slow_seconds:.1f}"
    return f"{page.cold_kib:,.0f} | {page.cold_seconds:.1f} | {slow}"


def _how(runs: list[Measured], rounds: int) -> str:
    databases = ", ".join(dict.fromkeys(run.server_version for run in runs))
    return (
        f"Measured on {clock.today():%-d %B %Y} by `make bench` on {os.cpu_count()} cores: Python "
        f"{platform.python_version()}, Streamlit {version('streamlit')}, {databases}.\n\n"
        "From sending a rerun over the websocket to the message that the script has finished, one tab, median of "
        f"{rounds} rounds. Each run is measured right after one of the **floor page** (four numbers, a table of fifty "
        "rows, a 12×12 heatmap with figures in its cells, all constants, same server settings), and the ratio to it is "
        "what counts: times alone drift with whatever else the machine does. “First after a change”: somebody "
        "else saved, so that nothing kept in memory is fresh. A filter, search, case or deep page is a new one each "
        f"time. More than {MOST_GENERATED:,} cases are copies of so many, as are the people on them. Floor page: "
        + "; ".join(f"{run.floor_milliseconds:.0f} ms beside {run.name}" for run in runs)
        + "."
    )


def _table(run: Measured) -> list[str]:
    lines = ["| step | ms | ratio | must | aim | |", "|---|---|---|---|---|---|"]
    lines += [_row(result, goals.RATIOS.get(name)) for name, result in run.results.items()]
    lines += _other_rows(run)
    return lines


def _row(result: Result, goal: Goal | None) -> str:
    limits = f"{goal.must} | {goal.aim}" if goal else "|"
    if result.problem:
        return f"| {result.name} | | | {limits} | **not measured**: {_tidy(result.problem)} |"
    verdict = goal.verdict(round(result.ratio, 2)) if goal else ""
    return f"| {result.name} | {result.milliseconds:.0f} | {result.ratio:.2f} | {limits} | {verdict} |"


def _other_rows(run: Measured) -> list[str]:
    size = run.results[steps.FILTER].size / 1024
    rows = [_plain("bytes of a queue rerun, KiB", size, goals.QUEUE_KIB, "{:.0f}")]
    rows.append(_plain("ten tabs at once: p50 over ten times one tab’s", run.ten_tabs, goals.TEN_TABS, "{:.2f}"))
    if run.soak:
        rows.append(_plain("50 tabs, 10 s pauses: p95, s", run.soak.p95, goals.SOAK_P95, "{:.2f}"))
        rows.append(_plain("50 tabs: errors", len(run.soak.problems), goals.SOAK_ERRORS, "{:.0f}"))
        rows.append(_plain("50 tabs: memory of the server, MiB", run.soak.memory, goals.SOAK_MEMORY, "{:.0f}"))
    rows.append(f"| memory of the server after all of this, MiB | {run.memory:.0f} | | | | |")
    return rows


def _plain(name: str, value: float, goal: Goal, shape: str) -> str:
    return f"| {name} | | {shape.format(value)} | {goal.must} | {goal.aim} | {goal.verdict(value)} |"


def _growth(runs: list[Measured]) -> list[str]:
    lines = []
    for kind in dict.fromkeys(run.kind for run in runs):
        sizes = sorted((run for run in runs if run.kind == kind), key=lambda run: run.cases)
        if len(sizes) < 2 or sizes[-1].cases < LARGE:
            continue
        small, large = sizes[0], sizes[-1]
        lines += ["", f"{large.name} over {small.name}, each against its own floor page:", ""]
        lines += ["| step | growth | must | aim | |", "|---|---|---|---|---|"]
        for name, goal in goals.GROWTH.items():
            grown = large.results[name].ratio / small.results[name].ratio
            lines.append(f"| {name} | {grown:.2f} | {goal.must} | {goal.aim} | {goal.verdict(round(grown, 2))} |")
    return lines[1:]


def _tidy(text: str) -> str:
    return " ".join(text.split()).replace("|", "/")[:120]


def sqlite_version() -> str:
    return f"SQLite {sqlite3.sqlite_version}"
