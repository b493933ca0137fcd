"""Rounds of a step beside the floor page: each sample of the one right after a sample of the other."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import median

from tests.bench.client import Run, RunFailed

SAMPLES = 3


@dataclass
class Step:
    """One thing a person does. `before` readies the next run, off the clock; `run` is measured."""

    name: str
    run: Callable[[], Run]
    before: Callable[[], object] = lambda: None


@dataclass
class Result:
    """Medians over the rounds: seconds, ratio to the floor page in the same moments, bytes of the largest run."""

    name: str
    seconds: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    size: int = 0
    problem: str = ""

    @property
    def milliseconds(self) -> float:
        return 1000 * median(self.seconds) if self.seconds else float("nan")

    @property
    def ratio(self) -> float:
        return median(self.ratios) if self.ratios else float("nan")


def measure(steps: list[Step], floor: Callable[[], Run], rounds: int) -> Iterator[Result]:
    """Yields one result a step, in order, after all rounds. A step that fails is named, the others go on."""
    results = {step.name: Result(step.name) for step in steps}
    for step in steps:
        _once(step, floor, results[step.name], warming=True)
    for _, step in itertools.product(range(rounds), steps):
        if not results[step.name].problem:
            _once(step, floor, results[step.name])
    yield from results.values()


def _once(step: Step, floor: Callable[[], Run], result: Result, *, warming: bool = False) -> None:
    taken, floors = [], []
    try:
        for _ in range(1 if warming else SAMPLES):
            floors.append(floor().seconds)
            step.before()
            run = step.run()
            taken.append(run.seconds)
            result.size = max(result.size, run.size)
    except (RunFailed, LookupError, TimeoutError) as problem:
        result.problem = f"{type(problem).__name__}: {problem}"
        return
    if not warming:
        result.seconds.append(median(taken))
        result.ratios.append(median(taken) / median(floors))
