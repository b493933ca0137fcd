"""An attacker of their own making: knows what is printed and how such tables hang together, and shares no code with the
auditor that the releases were made with."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from db.rules.release_protect import RawTable, Release

NEARLY = 1e-6
# So many numbers are solved sooner from nothing and from within: from corner to corner it takes hours.
LARGE = 10_000
# What a map and the names of organisations tell: whoever is in the whole is in one of the parts.
PLACES = (
    (("nation", "wales"), (("region", "wales"),)),
    (("nation", "scotland"), (("region", "scotland"),)),
    (("nation", "northern_ireland"), (("region", "northern_ireland"),)),
    (
        ("nation", "england"),
        (
            ("region", "east_of_england"),
            ("region", "london"),
            ("region", "midlands"),
            ("region", "north_east_yorkshire"),
            ("region", "north_west"),
            ("region", "south_east"),
            ("region", "south_west"),
        ),
    ),
    (("region", "outside_uk"), (("nation", "crown_dependency"), ("nation", "overseas"))),
    (("body_kind", "health_board"), (("nation", "scotland"), ("nation", "wales"))),
    (("body_kind", "hsc_trust"), (("nation", "northern_ireland"),)),
)
Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass
class Found:
    """`exact`: withheld numbers found out; `narrowed`: low numbers that cannot be anything from 0 to 7 any more, or a
    star that cannot be anything from 1 to 7, where it stands for such a number."""

    withheld: int
    exact: int
    narrowed: int
    programs: int


class Attacker:
    """`told` of each row whether its doctors stand in one column only: then an exact sum may be used. Without it only
    what always holds: nobody is in a part and not in the whole."""

    def __init__(self, releases: Sequence[Release], *, told: bool) -> None:
        self._told = told
        self._terms: list[tuple[int, int, float]] = []
        self._low: list[float] = []
        self._high: list[float] = []
        self.shown = [table.framed() for release in releases for table in release.frozen]
        self.true = np.concatenate([table.framed().ravel() for release in releases for table in release.raw])
        self.words = [str(word) for shown in self.shown for word in shown.ravel()]
        self._grids = self._numbered()
        self._programs = 0
        at = 0
        before: tuple[Release, list[Numbers]] | None = None
        for release in releases:
            grids = self._grids[at : at + len(release.raw)]
            at += len(release.raw)
            self._one_release(release, grids)
            if before is not None:
                self._one_after_another(*before, release, grids)
            before = release, grids

    def _numbered(self) -> list[Numbers]:
        grids, first = [], 0
        for shown in self.shown:
            grids.append(np.arange(first, first + shown.size).reshape(shown.shape))
            first += shown.size
        return grids

    def _one_release(self, release: Release, grids: list[Numbers]) -> None:
        place = {(raw.dimension, raw.period): at for at, raw in enumerate(release.raw)}
        self._by_place({key: (release.raw[at], grids[at]) for key, at in place.items()})
        self._of_the_caseload({key: (release.raw[at], grids[at]) for key, at in place.items()})
        for raw, grid in zip(release.raw, grids, strict=True):
            if ("caseload", "all") in place:
                # Whoever is in any table came to us.
                self._ordered(int(grid[-1, -1]), int(grids[place["caseload", "all"]][-1, -1]))
            for line in grid:
                self._covered(int(line[-1]), line[:-1].tolist())
            for line in grid.T:
                self._covered(int(line[-1]), line[:-1].tolist(), ever_exact=False)
            # The same doctors, whatever they are told apart by.
            alike = (raw.period, raw.rows)
            first = next(g for other, g in zip(release.raw, grids, strict=True) if (other.period, other.rows) == alike)
            self._same(grid[:, -1].tolist(), first[:, -1].tolist())
            if raw.period == "all":
                years = [
                    (release.raw[at], grids[at])
                    for (of, period), at in place.items()
                    if of == raw.dimension and period != "all"
                ]
                self._all_time(raw, grid, years, self._earlier(release, grids, raw.rows))

    def _by_place(self, tables: dict[tuple[str, str], tuple[RawTable, Numbers]]) -> None:
        def column(dimension: str, period: str, label: str) -> list[int]:
            raw, grid = tables.get((dimension, period), (None, None))
            if raw is None or grid is None or label not in raw.columns:
                return []
            numbers: list[int] = grid[:, raw.columns.index(label)].tolist()
            return numbers

        for period in {period for _, period in tables}:
            for (dimension, label), parts in PLACES:
                wholes = column(dimension, period, label)
                beside = [found for part in parts if (found := column(part[0], period, part[1]))]
                for whole, *some in zip(wholes, *beside, strict=True) if wholes and beside else ():
                    self._covered(whole, some, holds_all=dimension != "body_kind")

    def _of_the_caseload(self, tables: dict[tuple[str, str], tuple[RawTable, Numbers]]) -> None:
        """Whoever has an open case has it whichever year is asked for; and all who ever came, came at some time."""
        found = {period: (raw, grid) for (dimension, period), (raw, grid) in tables.items() if dimension == "caseload"}
        for period, (raw, grid) in found.items():
            first, all_time = found["all"]
            still, came = raw.rows.index("open"), raw.rows.index("opened")
            self._same(grid[still].tolist(), all_time[first.rows.index("open")].tolist())
            if period == "all":
                self._same(grid[came].tolist(), grid[-1].tolist())
            self._same(grid[:, 0].tolist(), grid[:, -1].tolist())

    def _all_time(
        self, raw: RawTable, grid: Numbers, years: list[tuple[RawTable, Numbers]], earlier: list[int] | None
    ) -> None:
        """Everybody in any of the years, or before the first of them: of these a table of quarters tells the total."""
        unsaid: dict[int, list[int]] = {}
        for column, label in enumerate((*raw.columns, None)):
            parts = [
                of_year[:, (*year.columns, None).index(label)]
                for year, of_year in years
                if label in (*year.columns, None)
            ]
            for row, whole in enumerate(grid[:, column].tolist() if parts else []):
                said = [int(part[row]) for part in parts]
                if earlier is not None and label is None:
                    said.append(earlier[row])
                elif earlier is not None and raw.dimension != "quarter":
                    said.append(self._hidden(max(0, int(self.true[whole] - self.true[said].sum()))))
                    unsaid.setdefault(row, []).append(said[-1])
                self._covered(whole, said)
        for row, parts_of_it in unsaid.items():
            assert earlier is not None
            self._covered(earlier[row], parts_of_it)

    @staticmethod
    def _earlier(release: Release, grids: list[Numbers], rows: tuple[str, ...]) -> list[int] | None:
        """By row, the number of those before the first year, where there is such a column."""
        for raw, grid in zip(release.raw, grids, strict=True):
            if (raw.dimension, raw.period, raw.rows) == ("quarter", "all", rows):
                found = [at for at, label in enumerate(raw.columns) if not label[:4].isdecimal()]
                return grid[:, found[0]].tolist() if found else None
        return None

    def _hidden(self, true: int) -> int:
        """A number that no table shows."""
        self.true = np.append(self.true, true)
        self.words.append("")
        return len(self.words) - 1

    def _one_after_another(self, old: Release, were: list[Numbers], new: Release, are: list[Numbers]) -> None:
        for raw, grid in zip(new.raw, are, strict=True):
            for earlier, was in zip(old.raw, were, strict=True):
                if (earlier.dimension, earlier.period) != (raw.dimension, raw.period):
                    continue
                over = raw.period != "all" and f"{raw.period}Q4" <= old.quarter
                for column, label in enumerate((*raw.columns, None)):
                    if label not in (*earlier.columns, None):
                        continue
                    place = (*earlier.columns, None).index(label)
                    for less, more in self._by_row(earlier, was[:, place], raw, grid[:, column]):
                        if over or (raw.dimension == "quarter" and label is not None):
                            self._same([less], [more])
                        else:
                            self._ordered(less, more)

    @staticmethod
    def _by_row(earlier: RawTable, was: Numbers, raw: RawTable, now: Numbers) -> list[tuple[int, int]]:
        """The numbers of rows that are in both, the last of them the totals of the column."""
        then = dict(zip((*earlier.rows, None), was.tolist(), strict=True))
        pairs = zip((*raw.rows, None), now.tolist(), strict=True)
        return [(then[row], number) for row, number in pairs if row in then]

    def _covered(self, whole: int, parts: list[int], *, ever_exact: bool = True, holds_all: bool = True) -> None:
        total = int(self.true[parts].sum())
        if not holds_all:
            ever_exact = False
        if ever_exact and self._told and total == self.true[whole]:
            self._rule([(whole, 1.0), *((part, -1.0) for part in parts)], 0, 0)
            return
        if total >= self.true[whole]:
            self._rule([(whole, 1.0), *((part, -1.0) for part in parts)], -np.inf, 0)
        for part in parts if holds_all else ():
            self._ordered(part, whole)

    def _ordered(self, less: int, more: int) -> None:
        if self.true[less] <= self.true[more]:
            self._rule([(more, 1.0), (less, -1.0)], 0, np.inf)

    def _same(self, some: list[int], others: list[int]) -> None:
        for one, other in zip(some, others, strict=True):
            # What was added late, or taken back, is known to nobody outside.
            if one != other and self.true[one] == self.true[other]:
                self._rule([(one, 1.0), (other, -1.0)], 0, 0)

    def _rule(self, terms: Iterable[tuple[int, float]], low: float, high: float) -> None:
        self._terms += [(len(self._low), number, by) for number, by in terms]
        self._low.append(low)
        self._high.append(high)

    def attack(self) -> Found:
        withheld = [at for at, words in enumerate(self.words) if words and not words.isdecimal()]
        least, most = self.true.astype(float), self.true.astype(float)
        for sign in (-1.0, 1.0):
            todo = list(withheld)
            while todo:
                world = self.world(dict.fromkeys(todo, sign))
                least, most = np.minimum(least, world), np.maximum(most, world)
                left = [at for at in todo if not self._is_safe(at, least, most)]
                todo = left if len(left) < len(todo) else []
        # What all together left open, one by one.
        for number, sign in itertools.product(withheld, (-1.0, 1.0)):
            if not self._is_safe(number, least, most):
                world = self.world({number: sign})
                least, most = np.minimum(least, world), np.maximum(most, world)
        return Found(
            withheld=len(withheld),
            exact=sum(not self._is_open(at, least, most) for at in withheld),
            narrowed=sum(not self._is_free(at, least, most) for at in withheld if self.true[at] < 8),
            programs=self._programs,
        )

    def can_be(self, number: int, value: int) -> bool:
        """Whether a world of whole numbers gives this one that value."""
        self._programs += 1
        return self._whole.world({}, self._spans | {number: (value, value)}) is not None

    def _is_free(self, number: int, least: Floats, most: Floats) -> bool:
        lowest = 0 if self.words[number] == "0-7" else 1
        return bool(least[number] < lowest + NEARLY and most[number] > 7 - NEARLY)

    @staticmethod
    def _is_open(number: int, least: Floats, most: Floats) -> bool:
        return bool(most[number] - least[number] >= 1 - NEARLY)

    def _is_safe(self, number: int, least: Floats, most: Floats) -> bool:
        """Of eight and more only the number itself is kept."""
        low = self.true[number] < 8
        return self._is_free(number, least, most) if low else self._is_open(number, least, most)

    def world(self, objective: dict[int, float]) -> Floats:
        self._programs += 1
        found = self._program.world(objective, self._spans)
        assert found is not None, "What is shown contradicts itself."
        return found

    @cached_property
    def _spans(self) -> dict[int, tuple[float, float]]:
        return {number: self._span(words) for number, words in enumerate(self.words)}

    @cached_property
    def _program(self) -> "Program":
        return Program(self._terms, self._low, self._high, numbers=len(self.words), whole=False)

    @cached_property
    def _whole(self) -> "Program":
        return Program(self._terms, self._low, self._high, numbers=len(self.words), whole=True)

    @staticmethod
    def _span(words: str) -> tuple[float, float]:
        if words == "0-7":
            return 0, 7
        if words in ("*", ""):
            return 0, 1000
        return max(8, int(words) - 2), int(words) + 2


class Program:
    """All that is known, solved again and again; unless it is large, from where it was left: from nothing, that took
    most of the attack."""

    def __init__(
        self, terms: list[tuple[int, int, float]], low: list[float], high: list[float], *, numbers: int, whole: bool
    ) -> None:
        rules, columns, by = zip(*terms, strict=True)
        matrix = csr_array((by, (rules, columns)), shape=(len(low), numbers), dtype=float)
        self._every = np.arange(numbers, dtype=np.int32)
        told = highspy.HighsLp()
        told.num_col_, told.num_row_ = numbers, len(low)
        told.col_cost_ = told.col_lower_ = told.col_upper_ = np.zeros(numbers)
        told.row_lower_, told.row_upper_ = np.array(low, dtype=float), np.array(high, dtype=float)
        told.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        told.a_matrix_.start_, told.a_matrix_.index_, told.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
        if whole:
            told.integrality_ = [highspy.HighsVarType.kInteger] * numbers
        self._solver = _Silent()  # type: ignore[no-untyped-call]
        self._solver.setOptionValue("threads", 1)
        self._solver.setOptionValue("solver", "ipm" if numbers >= LARGE else "choose")
        self._solver.passModel(told)

    def world(self, objective: dict[int, float], spans: dict[int, tuple[float, float]]) -> Floats | None:
        """The world with the least of the objective; None where no world fits."""
        low, high = (np.array([spans[at][end] for at in range(len(spans))], dtype=np.float64) for end in (0, 1))
        costs = np.zeros(len(self._every))
        costs[list(objective)] = list(objective.values())
        self._solver.changeColsBounds(len(self._every), self._every, low, high)
        self._solver.changeColsCost(len(self._every), self._every, costs)
        if len(self._every) >= LARGE:
            self._solver.clearSolver()
        self._solver.run()
        if self._solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            return None
        assert self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return np.array(self._solver.getSolution().col_value)


class _Silent(highspy.Highs):
    """From the start: its first words would be on the terminal before they could be turned off."""

    def enableCallbacks(self) -> None:  # noqa: N802 - the library's name
        self.silent()
        super().enableCallbacks()  # type: ignore[no-untyped-call]  # published without types
