"""`python -m tests.bench.emerging FOLDER`: how often what is emerging errs, and what it finds, beside R's surveillance.

Not part of the suite: it takes about an hour, nearly all of it R's (Debian: r-base-core, r-cran-surveillance). What R
has written to the folder is used again. Without R it reports ours alone.

1. Single codes of 0.1 to 3 doctors a week, with nothing in them for a year, or with a planted rise for twelve weeks.
   Every method gives each week a score; for each, and each mean apart, the bar is set where the year without a rise has
   just as many false alarms. Alarms less than eight weeks apart are one. Between two attainable bars the
   detection is interpolated.
2. Whole caseloads of 46 codes and all their pairs, looked at weekly for a year, with the budget that leads choose.
"""

import argparse
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from db.choices import FalseAlarms
from db.rules.emerging import BEFORE, RECENT, WINDOWS, Line, chances, look

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MEANS = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
SERIES, HISTORY, YEAR, PLANTED = 100, 260, 52, 12
DOCTORS_A_WEEK = 10
SEED = 15
# False alarms a year of one code. Rarer ones would need many more years to set the bar by.
RATE = 0.1
SHAPES: dict[str, Callable[[Ints], Floats]] = {
    "step2": lambda week: np.full(len(week), 2.0),
    "step3": lambda week: np.full(len(week), 3.0),
    "ramp": lambda week: 1 + np.minimum(week + 1, 8) / 8 * 3,
    "spike": lambda week: np.where(week < 2, 6.0, 1.0),
}
WORDS = {
    "step2": "twice as many",
    "step3": "three times as many",
    "ramp": "rising to four times in 8 weeks",
    "spike": "six times, for 2 weeks",
}
NONE = "null"
R_SCRIPT = Path(__file__).with_suffix(".R")


@dataclass(frozen=True)
class Bar:
    """The two attainable bars on either side of a rate, and how far between them it lies."""

    low: float
    high: float
    between: float


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--caseloads", type=int, default=30)
    told = asked.parse_args()
    told.folder.mkdir(parents=True, exist_ok=True)
    _write_counts(told.folder)
    has_r = shutil.which("Rscript") is not None
    for name in (*SHAPES, NONE):
        if has_r and not (told.folder / f"{name}_c2.csv").exists():
            weeks = YEAR if name == NONE else PLANTED
            subprocess.run(["Rscript", str(R_SCRIPT), str(told.folder), name, str(weeks)], check=True)
    print("\n".join(_single(told.folder)))
    print("\n".join(_caseloads(told.caseloads)))
    return 0


def _write_counts(folder: Path) -> None:
    random = np.random.default_rng(SEED)
    _write(random, folder, NONE, YEAR, lambda week: np.ones(len(week)))
    for name, shape in SHAPES.items():
        _write(random, folder, name, PLANTED, shape)


def _write(random: np.random.Generator, folder: Path, name: str, weeks: int, shape: Callable[[Ints], Floats]) -> None:
    """Doctors with the code, by series and week, and all doctors coded in that week."""
    found, every = [], []
    for mean in MEANS:
        doctors = random.poisson(DOCTORS_A_WEEK, (SERIES, HISTORY + weeks))
        share = np.full(HISTORY + weeks, mean / DOCTORS_A_WEEK)
        share[HISTORY:] *= shape(np.arange(weeks))
        found.append(random.binomial(doctors, np.minimum(share, 1)))
        every.append(doctors)
    np.savetxt(folder / f"{name}.csv", np.concatenate(found), fmt="%d", delimiter=",")
    np.savetxt(folder / f"{name}_in.csv", np.concatenate(every), fmt="%d", delimiter=",")


def ours(folder: Path, name: str, weeks: int) -> Floats:
    """The chance of the most striking window, by series and week."""
    found, every = (_sums(folder / f"{name}{part}.csv") for part in ("", "_in"))
    scores = np.ones((len(found), weeks))
    for week in range(weeks):
        now = HISTORY + week + 1
        before = found[:, now - RECENT] - found[:, now - RECENT - BEFORE]
        all_before = every[:, now - RECENT] - every[:, now - RECENT - BEFORE]
        recent = np.stack([found[:, now] - found[:, now - window] for window in WINDOWS], axis=1)
        coded = np.stack([every[:, now] - every[:, now - window] for window in WINDOWS], axis=1)
        for row in range(len(found)):
            told = chances(recent[row : row + 1], before[row : row + 1], coded[row], int(all_before[row]))
            scores[row, week] = told.min()
    return scores


def _sums(path: Path) -> Ints:
    counts = np.loadtxt(path, delimiter=",", dtype=np.int64)
    return np.hstack([np.zeros((len(counts), 1), dtype=np.int64), counts.cumsum(axis=1)])


def farrington(folder: Path, name: str, _weeks: int) -> Floats:
    return np.nan_to_num(np.loadtxt(folder / f"{name}_farrington.csv", delimiter=","), nan=1.0)


def ears(kind: str) -> Callable[[Path, str, int], Floats]:
    def scored(folder: Path, name: str, _weeks: int) -> Floats:
        return -np.loadtxt(folder / f"{name}_{kind}.csv", delimiter=",")[:, 2:]

    return scored


def ears_c3(folder: Path, name: str, _weeks: int) -> Floats:
    """As published: what C2 exceeds one standard deviation by, over three weeks."""
    over = np.maximum(0, np.loadtxt(folder / f"{name}_c2.csv", delimiter=",") - 1)
    return np.asarray(-(over[:, 2:] + over[:, 1:-1] + over[:, :-2]))


METHODS = {
    "ours": ours,
    "Farrington flexible": farrington,
    "EARS C1": ears("c1"),
    "EARS C2": ears("c2"),
    "EARS C3": ears_c3,
}


def begun(alarms: NDArray[np.bool_]) -> int:
    """How many alarms begin: those less than eight weeks after the last go with it."""
    count = 0
    for row in alarms:
        last = -YEAR
        for week in np.flatnonzero(row).tolist():
            count += week - last > RECENT
            last = week
    return count


def bar(quiet: Floats, rate: float) -> Bar:
    """Where a score must lie for so many false alarms a year of one code; a low score is striking."""
    values, years = np.unique(quiet), quiet.size / YEAR
    below, above = -1, len(values) - 1
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (middle, above) if begun(quiet <= values[middle]) / years <= rate else (below, middle)
    low = float(values[below]) if below >= 0 else -np.inf
    under, over = (begun(quiet <= value) / years for value in (low, values[above]))
    return Bar(low, float(values[above]), min(1.0, (rate - under) / (over - under)) if over > under else 0.0)


def detected(scores: Floats, at: Bar) -> Floats:
    low, high = ((scores <= value).any(axis=1) for value in (at.low, at.high))
    return np.asarray((1 - at.between) * low + at.between * high)


def _single(folder: Path) -> Iterator[str]:
    known = {name: method for name, method in METHODS.items() if name == "ours" or (folder / "null_c2.csv").exists()}
    scored = {
        name: {what: method(folder, what, YEAR if what == NONE else PLANTED) for what in (NONE, *SHAPES)}
        for name, method in known.items()
    }
    yield f"\nDetected within {PLANTED} weeks, with {RATE:g} false alarms a year of one code:\n"
    yield f"| planted | method | {' | '.join(f'{mean:g} a week' for mean in MEANS)} |"
    yield f"|---|---|{'---|' * len(MEANS)}"
    for what, words in WORDS.items():
        for name, scores in scored.items():
            found = (_found(scores[what], scores[NONE], nth) for nth in range(len(MEANS)))
            yield f"| {words} | {name} | {' | '.join(f'{part:.0%}' for part in found)} |"


def _found(risen: Floats, quiet: Floats, nth: int) -> float:
    """Of the series with this mean, by the bar that gives just these series as many false alarms."""
    those = slice(nth * SERIES, (nth + 1) * SERIES)
    return float(detected(risen[those], bar(quiet[those], RATE)).mean())


def _caseloads(many: int) -> Iterator[str]:
    yield "\nWhole caseloads, 46 codes and their pairs, four new doctors a week, looked at weekly for a year:\n"
    yield "| budget | false alarms a year | planted threefold code found within 12 weeks |"
    yield "|---|---|---|"
    for budget in FalseAlarms:
        quiet = [_alarms(seed, budget, planted=False) for seed in range(many)]
        risen = [_alarms(seed, budget, planted=True) for seed in range(many)]
        false = np.mean([alarms for alarms, _ in quiet])
        yield f"| {budget.label} | {false:.1f} | {np.mean([found for _, found in risen]):.0%} |"


def _alarms(seed: int, budget: FalseAlarms, *, planted: bool) -> tuple[int, bool]:
    """How many alarms begin in a year, or in twelve weeks after a rise of a code that some doctor has every week."""
    lines, weeks = _caseload(np.random.default_rng(seed), planted=planted), PLANTED if planted else YEAR
    last: dict[tuple[str, ...], int] = {}
    alarms, found = 0, False
    for now in range(RECENT + BEFORE, RECENT + BEFORE + weeks):
        seen = [line._replace(age=now - 1 - line.age) for line in lines if 0 <= now - 1 - line.age < RECENT + BEFORE]
        for rise in look(seen, {}, budget.in_a_year).rises:
            alarms += now - last.get(rise.codes, -YEAR) > RECENT
            last[rise.codes] = now
            found |= "C00" in rise.codes
    return alarms, found


def _caseload(random: np.random.Generator, *, planted: bool) -> Sequence[Line]:
    """Doctors in the order of weeks (kept as `age`); C00 has a share of a tenth, three times as much once planted."""
    shares = random.dirichlet(np.full(45, 0.7))
    found, doctor = [], 0
    for week in range(RECENT + BEFORE + YEAR):
        lately = 3 if planted and week >= RECENT + BEFORE else 1
        for _ in range(random.poisson(4)):
            codes = [f"C{at + 1:02}" for at in random.choice(45, 1 + min(6, random.poisson(1.6)), False, shares)]
            codes += ["C00"] if random.random() < 0.1 * lately else []
            found += [Line(code, doctor, doctor, week) for code in codes]
            doctor += 1
    return found


if __name__ == "__main__":
    raise SystemExit(main())
