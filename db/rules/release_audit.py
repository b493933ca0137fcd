"""The auditor: attacks releases as somebody who has all of them would, and reports withheld numbers that can be worked
out.

Each withheld number below FLOOR must still be able to be anything from 0 to 7, and every other one must have at least
as many possible values as 1 to 7 has. Linear programs (HiGHS) look for a world that fits everything known and has the
number at the end of that range. If there is none, that is a breach.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from scipy.sparse import csr_array

from db.rules.disclosure import FLOOR, OUTSIDE_LOW, SUPPRESSED
from db.rules.release_knowledge import TOP, Floats, Knowledge
from db.rules.release_tables import MANY

PRIMAL = highspy.simplex_constants.SimplexStrategy.kSimplexStrategyPrimal
UP, DOWN = -1, 1
# Linear programs are solved in floating point.
NEARLY = 1e-6


@dataclass(frozen=True)
class Breach:
    """A withheld number that can be narrowed down to between `least` and `most`."""

    number: int
    least: float
    most: float


class _Solver(highspy.Highs):
    """Silent from the start: the library prints a banner before it can be turned off."""

    def enableCallbacks(self) -> None:  # noqa: N802 - the library's name
        self.silent()
        super().enableCallbacks()  # type: ignore[no-untyped-call]  # published without types


class Program:
    """The rules of a `Knowledge` as one linear program. It keeps its last solution, from which the next is found in
    less than half the time."""

    def __init__(self, knowledge: Knowledge) -> None:
        rules, columns, values = zip(*knowledge.entries, strict=True)
        numbers, low, high = len(knowledge.true), np.array(knowledge.low), np.array(knowledge.high)
        matrix = csr_array((values, (rules, columns)), shape=(len(low), numbers), dtype=float)
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = numbers, len(low)
        program.col_cost_ = np.zeros(numbers)
        program.col_lower_, program.col_upper_ = np.zeros(numbers), np.full(numbers, float(MANY))
        program.row_lower_, program.row_upper_ = low, high
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_, program.a_matrix_.index_ = matrix.indptr, matrix.indices
        program.a_matrix_.value_ = matrix.data
        self._every = np.arange(numbers, dtype=np.int32)
        self._spans: Floats | None = None
        self._solver = _Solver()  # type: ignore[no-untyped-call]
        self._solver.setOptionValue("threads", 1)
        # From one question to the next mostly the objective changes, and the last world still fits.
        self._solver.setOptionValue("simplex_strategy", PRIMAL)
        self._solver.passModel(program)

    def world(self, objective: Floats, spans: Floats) -> Floats:
        """The world with the smallest value of the objective."""
        self._solve(objective, spans)
        return np.array(self._solver.getSolution().col_value)

    def weights(self, objective: Floats, spans: Floats) -> Floats:
        """For each number, how much its span keeps the objective from being smaller."""
        self._solve(objective, spans)
        return np.asarray(np.abs(self._solver.getSolution().col_dual))

    def _solve(self, objective: Floats, spans: Floats) -> None:
        many = len(self._every)
        if spans is not self._spans:
            self._solver.changeColsBounds(many, self._every, spans[:, 0], spans[:, 1])
            self._spans = spans
        self._solver.changeColsCost(many, self._every, objective)
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise ValueError("The numbers shown contradict each other.")


@dataclass(eq=False)
class Worlds:
    """Worlds that fit everything known, the true one first; and each number's smallest and largest value in any."""

    knowledge: Knowledge
    program: Program
    found: list[Floats]
    spans: Floats
    least: Floats
    most: Floats

    @classmethod
    def of(cls, knowledge: Knowledge) -> "Worlds":
        true = np.array(knowledge.true, dtype=float)
        return cls(knowledge, Program(knowledge), [true], knowledge.spans(), true.copy(), true.copy())

    def shown_as(self, number: int, words: str) -> None:
        """Shows a number differently, and keeps the worlds that still fit."""
        self.knowledge.words[number] = words
        self.spans = self.knowledge.spans()
        low, high = self.spans[number]
        self.found = [world for world in self.found if low - NEARLY < world[number] < high + NEARLY]
        self.least, self.most = np.min(self.found, axis=0), np.max(self.found, axis=0)

    def doubt(self, stars: set[int]) -> None:
        self.knowledge.doubted |= stars
        self.spans = self.knowledge.spans()

    def look(self, numbers: Sequence[int], sign: int) -> None:
        """Looks for a world in which these are as small (1) or as large (-1) as possible."""
        world = self.program.world(self._objective(numbers, sign), self.spans)
        self.found.append(world)
        np.minimum(self.least, world, out=self.least)
        np.maximum(self.most, world, out=self.most)

    def needs_either(self, number: int) -> bool:
        """Whether a range on either side is enough: for a star that means `FLOOR` or more."""
        return self.knowledge.words[number] == SUPPRESSED and self.knowledge.true[number] >= FLOOR

    def is_free(self, number: int, sign: int) -> bool:
        """Whether a world has been found with the number at this end of its range."""
        if self.needs_either(number):
            return bool(self.most[number] - self.least[number] > TOP - 1 - NEARLY)
        # A star for a low number says less than "0-7", which must still be possible to be 0.
        lowest = 0 if self.knowledge.words[number] == OUTSIDE_LOW else 1
        return bool(self.most[number] > TOP - NEARLY if sign == UP else self.least[number] < lowest + NEARLY)

    def props(self, number: int) -> set[int]:
        """The numbers whose spans keep this one from reaching either end."""
        ends = [sign for sign in (UP, DOWN) if not self.is_free(number, sign)]
        weights = sum(self.program.weights(self._objective([number], sign), self.spans) for sign in ends)
        return set(np.flatnonzero(weights > NEARLY).tolist()) - {number}

    def _objective(self, numbers: Sequence[int], sign: int) -> Floats:
        objective = np.zeros(len(self.spans))
        objective[numbers] = sign
        return objective


def attack(
    knowledge: Knowledge, worlds: Worlds | None = None, numbers: Sequence[int] | None = None, *, most: int | None = None
) -> list[Breach]:
    """Every withheld number, of these or of all, that can be worked out and is not `lost`; at most `most` of them.
    `worlds` may be kept from one attack to the next."""
    worlds = worlds or Worlds.of(knowledge)
    asked = knowledge.withheld() if numbers is None else numbers
    todo = [number for number in asked if number not in knowledge.lost]
    caught: list[int] = []
    for sign in (UP, DOWN):
        _look_for_all(worlds, todo, sign)
        for number in [number for number in todo if not worlds.is_free(number, sign)]:
            # The world found for another number may already have done it.
            if not worlds.is_free(number, sign):
                worlds.look([number], sign)
            if not worlds.is_free(number, sign) and (sign == DOWN or not worlds.needs_either(number)):
                caught.append(number)
            if most is not None and len(caught) >= most:
                break
    return [Breach(number, float(worlds.least[number]), float(worlds.most[number])) for number in caught]


def _look_for_all(worlds: Worlds, withheld: Sequence[int], sign: int) -> None:
    """Looks for all at once, as long as that moves any of them to this end: one world often does for many."""
    todo = [number for number in withheld if not worlds.is_free(number, sign)]
    while todo:
        worlds.look(todo, sign)
        left = [number for number in todo if not worlds.is_free(number, sign)]
        if len(left) == len(todo):
            break
        todo = left
