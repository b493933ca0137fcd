"""What is emerging: codes, and pairs of codes, of more doctors in the last weeks than the year before would lead us to
expect.

Each doctor counts once a code, when it was first coded. The doctors with it among all whose findings were coded lately
are set against those of the year before by an exact test (Fisher's, one-sided): so a growing caseload, or a week in
which much was coded, raises nothing by itself. How often this errs was measured: docs/patterns.md.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

import numpy as np
import scipy  # its parts are read in when first used: half a second that no other page waits for
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Codes = tuple[str, ...]

# "Lately" is any of these, in weeks: the shorter ones find a short burst, the longest a slow rise.
WINDOWS = (2, 4, 8)
RECENT, BEFORE = max(WINDOWS), 52
# Fewer doctors than this are no pattern.
LEAST = 3
# Of what is shown at one time, at most so much may be expected to be chance, however many false alarms are put up with.
FALSE_SHARE = 0.2
# Above so many doctors the attainable chances lie so close that they need not be listed.
LISTED = 300
# A rise that lasts is one alarm, not one a week. How many alarms begin for each week with one was measured.
BEGIN = 0.6
WEEKS_A_YEAR = 52


class Line(NamedTuple):
    """A finding: how many whole weeks ago it was coded, 0 for the last seven days."""

    code: str
    doctor: int
    case: int
    age: int


@dataclass(eq=False)
class Series:
    """One code, or two in one doctor: by doctor, how many weeks ago it was first coded, and in which cases."""

    codes: Codes
    ages: dict[int, int] = field(default_factory=dict)
    cases: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def recent_cases(self) -> frozenset[int]:
        return frozenset(case for doctor, age in self.ages.items() if age < RECENT for case in self.cases[doctor])


@dataclass(frozen=True)
class Rise:
    """`recent` of the `coded` doctors of the last `weeks`, after `before` of the `coded_before` of the year before. By
    chance alone so many or more would be found with probability `chance`. `blocks` has the doctors of each four weeks,
    the oldest first."""

    codes: Codes
    weeks: int
    recent: int
    coded: int
    before: int
    coded_before: int
    chance: float
    blocks: tuple[int, ...]
    cases: frozenset[int]


@dataclass(frozen=True)
class Looked:
    """What rises, the least likely first, and how many codes and pairs had enough doctors to be judged."""

    rises: tuple[Rise, ...]
    judged: int


def series_of(lines: Iterable[Line], known: Mapping[Codes, frozenset[int]]) -> list[Series]:
    """Every code and every pair of codes that some doctor has. Cases that are `known` are left out of the last weeks
    of that series and of pairs with that code, not of the year before."""
    by_doctor: dict[int, dict[str, list[Line]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        by_doctor[line.doctor][line.code].append(line)
    found: dict[Codes, Series] = {}
    for doctor, coded in by_doctor.items():
        codes = sorted(coded)
        for series in (*((code,) for code in codes), *combinations(codes, 2)):
            out = _known_in(series, known)
            first = [_first(coded[code], out) for code in series]
            if all(first):
                one = found.setdefault(series, Series(series))
                # A pair is there when its second code is.
                one.ages[doctor] = min(line.age for line in first if line)
                one.cases[doctor] = tuple(dict.fromkeys(line.case for line in first if line))
    return list(found.values())


def _known_in(series: Codes, known: Mapping[Codes, frozenset[int]]) -> frozenset[int]:
    if not known:
        return frozenset()
    return frozenset().union(*(known.get(codes, frozenset()) for codes in {series, *((code,) for code in series)}))


def _first(lines: Sequence[Line], known: frozenset[int]) -> Line | None:
    new = lines if not known else [line for line in lines if line.age >= RECENT or line.case not in known]
    return max(new, key=lambda line: line.age, default=None)


def look(lines: Sequence[Line], known: Mapping[Codes, frozenset[int]], false_alarms: float) -> Looked:
    """What rises, with at most so many false alarms a year to be expected."""
    every = series_of(lines, known)
    coded = np.array([len({line.doctor for line in lines if line.age < weeks}) for weeks in WINDOWS], dtype=np.int64)
    coded_before = len({line.doctor for line in lines if line.age >= RECENT})
    ages = [np.fromiter(series.ages.values(), dtype=np.int64) for series in every]
    recent = np.array([[(age < weeks).sum() for weeks in WINDOWS] for age in ages]).reshape(-1, len(WINDOWS))
    before = np.array([(age >= RECENT).sum() for age in ages], dtype=np.int64)
    told = chances(recent, before, coded, coded_before)
    found = np.flatnonzero(rising(recent, before, coded, coded_before, false_alarms))
    rises = []
    for at in sorted(found.tolist(), key=lambda at: (told[at].min(), every[at].codes)):
        window = int(told[at].argmin())
        rises.append(
            Rise(
                codes=every[at].codes,
                weeks=WINDOWS[window],
                recent=int(recent[at, window]),
                coded=int(coded[window]),
                before=int(before[at]),
                coded_before=coded_before,
                chance=float(told[at, window]),
                blocks=_blocks(ages[at]),
                cases=every[at].recent_cases(),
            )
        )
    judged = int(((recent + before[:, None])[:, -1] >= LEAST).sum()) if len(every) else 0
    return Looked(_without_echoes(rises), judged)


def chances(recent: Ints, before: Ints, coded: Ints, coded_before: int) -> Floats:
    """By series and window: how likely so many of the doctors with it are among the recent ones, or more, if nothing
    has changed. 1 below LEAST."""
    found = scipy.stats.hypergeom.sf(
        recent - 1, coded[None, :] + coded_before, recent + before[:, None], coded[None, :]
    )
    return np.where(recent >= LEAST, found, 1.0)


def rising(recent: Ints, before: Ints, coded: Ints, coded_before: int, false_alarms: float) -> NDArray[np.bool_]:
    """Which series rise: so unlikely that over a year no more than these false alarms are to be expected, and with no
    more than FALSE_SHARE of what rises at one time expected to be chance (Benjamini and Hochberg)."""
    if not len(before):
        return np.zeros(0, dtype=bool)
    told = chances(recent, before, coded, coded_before)
    within = told.min(axis=1) <= _threshold(recent + before[:, None], coded, coded_before, false_alarms)
    judged = (recent + before[:, None]).max(axis=1) >= LEAST
    single = np.minimum(1.0, told[judged].min(axis=1) * len(WINDOWS))
    held = np.zeros(len(before), dtype=bool)
    if len(single):
        held[judged] = scipy.stats.false_discovery_control(single, method="bh") <= FALSE_SHARE
    both: NDArray[np.bool_] = within & held
    return both


def _threshold(doctors: Ints, coded: Ints, coded_before: int, false_alarms: float) -> float:
    """The largest chance at which no more false alarms are to be expected, given how many doctors each series has.

    The numbers are small, so a test seldom reaches just this chance: what it does reach is added up instead."""
    reached, gained, fine = [np.zeros(0)], [np.zeros(0)], 0
    for window, newly in enumerate(coded.tolist()):
        sizes, many = np.unique(doctors[:, window], return_counts=True)
        fine += int(many[sizes > LISTED].sum())
        for size, times in zip(sizes.tolist(), many.tolist(), strict=True):
            if LEAST <= size <= LISTED:
                most = np.arange(min(size, newly), LEAST - 1, -1)
                steps = scipy.stats.hypergeom.sf(most - 1, newly + coded_before, size, newly)
                reached.append(steps)
                gained.append(np.diff(steps, prepend=0.0) * times)
    steps, gains = np.concatenate(reached), np.concatenate(gained)
    order = np.argsort(steps)
    steps, expected = steps[order], np.cumsum(gains[order])
    allowed = false_alarms / (WEEKS_A_YEAR * BEGIN)
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        at = int(np.searchsorted(steps, middle, side="right"))
        total = (expected[at - 1] if at else 0.0) + fine * middle
        low, high = (middle, high) if total <= allowed else (low, middle)
    return low


def _blocks(ages: Ints) -> tuple[int, ...]:
    counted = np.bincount(ages // 4, minlength=(RECENT + BEFORE) // 4)
    return tuple(counted[::-1].tolist())


def _without_echoes(rises: Sequence[Rise]) -> tuple[Rise, ...]:
    """Without pairs one of whose codes rises by itself."""
    alone = {rise.codes[0] for rise in rises if len(rise.codes) == 1}
    return tuple(rise for rise in rises if len(rise.codes) == 1 or not alone & set(rise.codes))
