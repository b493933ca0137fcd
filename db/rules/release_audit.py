"""The auditor: attacks releases as somebody would who has them all, and says which withheld numbers give way.

What is known of a number is the span that its words leave, and how it hangs together with others: cells with their
totals, years with all time, one release with the next. Numbers are of distinct doctors, so parts may overlap; where in
truth they do not, the attacker is taken to know that, and to know which of two releases can only have grown. That is
more than anybody outside can know, and an exact sum is what most would try.

Each withheld number of less than eight must be able to be anything from 0 to 7, and every other one must keep as many
values as there are from 1 to 7. Linear programs (HiGHS) look for a world that fits all that is known and has the
number at the end of that range; what has no such world is a breach.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from db.rules.disclosure import FLOOR, OUTSIDE_LOW, ROUND_TO, SUPPRESSED
from db.rules.release_tables import MANY, RawTable, Words, span

TOP = FLOOR - 1
UP, DOWN = -1, 1
# Linear programs are solved in floating point.
NEARLY = 1e-6
# The place of a total beside the labels of a table, and of the row of column totals beside its rows.
TOTAL = None
QUARTER = "quarter"
# What lies before the first year: a column of all quarters, not named like one. Of other columns it is not told.
BEFORE, UNSAID = "before", ""
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Known:
    """One release in the hands of the attacker: `shown` are the framed words of each table of `raw`."""

    quarter: str
    raw: tuple[RawTable, ...]
    shown: tuple[Words, ...]


class Name(NamedTuple):
    """A number of a release. `table` is the dimension, or for a row's total the rows: whatever doctors are told apart
    by, they are the same doctors. Row and label are `TOTAL` for a total."""

    release: int
    table: Hashable
    period: str
    row: str | None
    label: str | None

    @classmethod
    def of(cls, release: int, raw: RawTable, row: str | None, label: str | None) -> "Name":
        # A quarter is the same quarter beside all others and beside those of its year.
        in_quarter = raw.dimension == QUARTER and label is not TOTAL
        period = str(label)[:4] if in_quarter else raw.period
        return cls(release, raw.rows if label is TOTAL else raw.dimension, period, row, label)

    def is_over(self, closed: str) -> bool:
        """Whether no doctor can be added to it any more once that quarter has closed."""
        if self.table == QUARTER and self.label is not TOTAL:
            return _is_before(self.label) or self.label <= closed
        return self.period != "all" and f"{self.period}Q4" <= closed


@dataclass(frozen=True)
class Breach:
    """A withheld number that can be narrowed down to no more than [least, most]."""

    number: int
    least: float
    most: float


@dataclass(eq=False)
class Knowledge:
    """Numbers, what the words leave of each, and how they hang together. A number has a name, and by the same name it
    is the same number, wherever it stands."""

    place: dict[Name, int] = field(default_factory=dict)
    true: list[int] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    # Which line of a table a number stands in: lines of which all is known alike are attacked once.
    twins: dict[Hashable, list[Hashable]] = field(default_factory=dict)
    members: dict[Hashable, list[int]] = field(default_factory=dict)
    linked: bool = False
    # Stars of which the attacker is not told that they stand for `FLOOR` or more. Nobody is told; but while it can be
    # done, nothing rests on that.
    doubted: set[int] = field(default_factory=set)
    _ruled: set[tuple[tuple[int, float], ...]] = field(default_factory=set)
    _entries: list[tuple[int, int, float]] = field(default_factory=list)
    _low: list[float] = field(default_factory=list)
    _high: list[float] = field(default_factory=list)
    _program: "Program | None" = None

    def number(self, name: Name, true: int, words: str, closed: str = "") -> int:
        """`closed` is the quarter of the release before: what was over then stays as it was, and as it was shown."""
        if name not in self.place:
            was = self.place.get(name._replace(release=name.release - 1))
            if was is not None and name.is_over(closed) and self.true[was] == true:
                self.place[name] = was
            else:
                self.place[name] = len(self.true)
                self.true.append(true)
                self.words.append(words)
        return self.place[name]

    def covered(self, whole: int, parts: Sequence[int], *, exactly: bool = True) -> str:
        """The whole is everybody in any of the parts; `exactly` where it may be known that nobody is in two."""
        total = sum(self.true[part] for part in parts)
        if whole in parts or not parts:
            return "itself"
        if exactly and total == self.true[whole]:
            self._rule([(whole, 1), *((part, -1) for part in parts)], 0, 0)
            return "sum"
        if total >= self.true[whole]:
            self._rule([(whole, 1), *((part, -1) for part in parts)], -np.inf, 0)
        for part in parts:
            self.ordered(part, whole)
        return "cover" if total >= self.true[whole] else "parts"

    def ordered(self, less: int, more: int) -> str:
        """`less` is no more than `more`, if that is true."""
        if less == more:
            return "itself"
        if self.true[less] <= self.true[more]:
            self._rule([(more, 1), (less, -1)], 0, np.inf)
            return "ordered"
        return "free"

    def _rule(self, terms: Iterable[tuple[int, float]], low: float, high: float) -> None:
        terms = tuple(terms)
        if terms in self._ruled:
            return
        self._ruled.add(terms)
        at = len(self._low)
        self._entries += [(at, number, by) for number, by in terms]
        self._low.append(low)
        self._high.append(high)

    def spans(self) -> Floats:
        told = (0 if number in self.doubted else true for number, true in enumerate(self.true))
        return np.array([span(words, true) for words, true in zip(self.words, told, strict=True)])

    def withheld(self) -> list[int]:
        """What is to be attacked: of lines of which all is known alike, the first; all, once rows are linked."""
        if self.linked:
            return [number for number, words in enumerate(self.words) if words in (OUTSIDE_LOW, SUPPRESSED)]
        seen: set[Hashable] = set()
        lines = {number for members in self.members.values() for number in members}
        found = [number for number in range(len(self.true)) if number not in lines]
        for line, members in self.members.items():
            members = list(dict.fromkeys(members))
            looks = (*self.twins[line], *((self.words[n], self.true[n] >= FLOOR) for n in members))
            if looks not in seen:
                seen.add(looks)
                found += members
        return sorted(number for number in found if self.words[number] in (OUTSIDE_LOW, SUPPRESSED))

    def program(self) -> "Program":
        if self._program is None:
            self._program = Program(self._entries, np.array(self._low), np.array(self._high), len(self.true))
        return self._program


class _Solver(highspy.Highs):
    """Silent from the start: the library's first words go to the terminal before they can be turned off."""

    def enableCallbacks(self) -> None:  # noqa: N802 - the library's name
        self.silent()
        super().enableCallbacks()  # type: ignore[no-untyped-call]  # published without types


class Program:
    """The rules of a `Knowledge` as one linear program, kept with its last solution: the next is found from there in a
    tenth of the time."""

    def __init__(self, entries: list[tuple[int, int, float]], low: Floats, high: Floats, numbers: int) -> None:
        rules, columns, values = zip(*entries, strict=True)
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
        self._solver = _Solver()  # type: ignore[no-untyped-call]
        self._solver.setOptionValue("threads", 1)
        self._solver.passModel(program)

    def world(self, objective: Floats, spans: Floats) -> Floats:
        """The world with the least of the objective."""
        self._solve(objective, spans)
        return np.array(self._solver.getSolution().col_value)

    def weights(self, objective: Floats, spans: Floats) -> Floats:
        """For each number how much its own span keeps the objective from becoming less."""
        self._solve(objective, spans)
        return np.asarray(np.abs(self._solver.getSolution().col_dual))

    def _solve(self, objective: Floats, spans: Floats) -> None:
        many = len(self._every)
        self._solver.changeColsBounds(many, self._every, spans[:, 0], spans[:, 1])
        self._solver.changeColsCost(many, self._every, objective)
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise ValueError("What is shown contradicts itself: no numbers fit it.")


@dataclass(eq=False)
class Worlds:
    """Worlds that fit all that is known, the true one first; and the least and the most of each number in any."""

    knowledge: Knowledge
    found: list[Floats]
    spans: Floats
    least: Floats
    most: Floats

    @classmethod
    def of(cls, knowledge: Knowledge) -> "Worlds":
        true = np.array(knowledge.true, dtype=float)
        return cls(knowledge, [true], knowledge.spans(), true.copy(), true.copy())

    def shown_as(self, number: int, words: str) -> None:
        """Shows a number as something else, and keeps what worlds fit that too."""
        self.knowledge.words[number] = words
        self.spans = self.knowledge.spans()
        low, high = self.spans[number]
        self.found = [world for world in self.found if low - NEARLY < world[number] < high + NEARLY]
        self.least, self.most = np.min(self.found, axis=0), np.max(self.found, axis=0)

    def doubt(self, stars: set[int]) -> None:
        self.knowledge.doubted |= stars
        self.spans = self.knowledge.spans()

    def look(self, numbers: Sequence[int], sign: int) -> None:
        """Looks for a world with as little (1) or as much (-1) of these as there can be."""
        world = self.knowledge.program().world(self._objective(numbers, sign), self.spans)
        self.found.append(world)
        np.minimum(self.least, world, out=self.least)
        np.maximum(self.most, world, out=self.most)

    def needs_either(self, number: int) -> bool:
        """Whether room on either side will do: for a star that stands for `FLOOR` or more."""
        return self.knowledge.words[number] == SUPPRESSED and self.knowledge.true[number] >= FLOOR

    def is_free(self, number: int, sign: int) -> bool:
        """Whether this end of what the number must be able to be has been seen."""
        if self.needs_either(number):
            return bool(self.most[number] - self.least[number] > TOP - 1 - NEARLY)
        # A star that stands for a low number says less than "0-7", which must not be told from none.
        lowest = 0 if self.knowledge.words[number] == OUTSIDE_LOW else 1
        return bool(self.most[number] > TOP - NEARLY if sign == UP else self.least[number] < lowest + NEARLY)

    def props(self, number: int) -> set[int]:
        """The numbers whose spans keep this one from either end."""
        program = self.knowledge.program()
        ends = [sign for sign in (UP, DOWN) if not self.is_free(number, sign)]
        weights = sum(program.weights(self._objective([number], sign), self.spans) for sign in ends)
        return set(np.flatnonzero(weights > NEARLY).tolist()) - {number}

    def _objective(self, numbers: Sequence[int], sign: int) -> Floats:
        objective = np.zeros(len(self.spans))
        objective[numbers] = sign
        return objective


def attack(
    knowledge: Knowledge, worlds: Worlds | None = None, numbers: Sequence[int] | None = None, *, most: int | None = None
) -> list[Breach]:
    """Every withheld number, of these or of all, that gives way, or so many of them. `worlds` are kept from one attack
    to the next."""
    worlds = worlds or Worlds.of(knowledge)
    todo = list(knowledge.withheld() if numbers is None else numbers)
    caught: list[int] = []
    for sign in (UP, DOWN):
        _look_for_all(worlds, todo, sign)
        for number in [number for number in todo if not worlds.is_free(number, sign)]:
            # What another's world has freed meanwhile need not be asked for.
            if not worlds.is_free(number, sign):
                worlds.look([number], sign)
            if not worlds.is_free(number, sign) and (sign == DOWN or not worlds.needs_either(number)):
                caught.append(number)
            if most is not None and len(caught) >= most:
                break
    return [Breach(number, float(worlds.least[number]), float(worlds.most[number])) for number in caught]


def _look_for_all(worlds: Worlds, withheld: Sequence[int], sign: int) -> None:
    """Asks for all at once while that brings any of them to this end: one world often does for many."""
    todo = [number for number in withheld if not worlds.is_free(number, sign)]
    while todo:
        worlds.look(todo, sign)
        left = [number for number in todo if not worlds.is_free(number, sign)]
        if len(left) == len(todo):
            break
        todo = left


def know_row(
    knowledge: Knowledge,
    releases: Sequence[Known],
    row: str | None,
    *,
    left_out: frozenset[tuple[str, str]] = frozenset(),
) -> None:
    """Takes in one row of every table, through all periods and releases; `TOTAL` for the column totals. Without the
    columns `left_out`, which are then known to be 0."""
    lines: list[dict[tuple[str, str], Line]] = []
    for at, release in enumerate(releases):
        closed = releases[at - 1].quarter if at else ""
        lines.append({
            (raw.dimension, raw.period): _line(knowledge, at, raw, shown, row, closed, left_out)
            for raw, shown in _tables(release, row)
        })  # fmt: skip
    for at in range(len(releases)):
        for (dimension, period), line in lines[at].items():
            said = knowledge.covered(line[TOTAL], [number for label, number in line.items() if label is not TOTAL])
            _note(knowledge, dimension, row, line, (at, period, said))
        for dimension in dict.fromkeys(dimension for dimension, _ in lines[at]):
            _periods(knowledge, dimension, row, lines[at], at)
        if at:
            _since(knowledge, row, lines[at - 1], lines[at], at)
    for line_of in lines:
        for (dimension, _), line in line_of.items():
            for label, number in line.items():
                if label is not TOTAL:
                    knowledge.members.setdefault((dimension, row, label), []).append(number)


Line = dict[str | None, int]


def says_nothing(releases: Sequence[Known], row: str | None) -> bool:
    """Whether all of the row reads low, in every table: then nothing hangs together with anything that is known."""
    lines = (shown[_place(raw, row)] for release in releases for raw, shown in _tables(release, row))
    return all(words == OUTSIDE_LOW for line in lines for words in line)


def needless_columns(releases: Sequence[Known], row: str | None) -> frozenset[tuple[str, str]]:
    """(dimension, label) of columns that an attack on this row can do without.

    Of those in which nobody ever was, two are enough: they are all alike, so what can be said of one can be said of
    each, and without the others it is only harder to find a world. And where totals alone are shown, a dimension can
    take any of them that leaves one column of seven to spare.
    """
    every: dict[str, dict[str, bool]] = {}
    spare = True
    for raw, shown in (table for release in releases for table in _tables(release, row)):
        true, words = raw.framed()[_place(raw, row)], shown[_place(raw, row)]
        some = every.setdefault(raw.dimension, {})
        for label, many in zip(raw.columns, true, strict=False):
            some[label] = some.get(label, False) or bool(many)
        room = raw.dimension == QUARTER or true[-1] + ROUND_TO <= TOP * (len(raw.columns) - 1)
        spare = spare and bool(room) and all(word == OUTSIDE_LOW for word in words[:-1])
    found = set()
    for dimension, columns in every.items():
        empty = [label for label, some in columns.items() if not some]
        if dimension != QUARTER:
            found |= {(dimension, label) for label in (columns if spare else empty[2:])}
    return frozenset(found)


def _tables(release: Known, row: str | None) -> list[tuple[RawTable, Words]]:
    pairs = zip(release.raw, release.shown, strict=True)
    return [(raw, shown) for raw, shown in pairs if row is TOTAL or row in raw.rows]


def _place(raw: RawTable, row: str | None) -> int:
    return len(raw.rows) if row is TOTAL else raw.rows.index(row)


def _line(
    knowledge: Knowledge, release: int, raw: RawTable, shown: Words, row: str | None, closed: str,
    left_out: frozenset[tuple[str, str]],
) -> Line:  # fmt: skip
    at = _place(raw, row)
    true = raw.framed()[at]
    return {
        label: knowledge.number(Name.of(release, raw, row, label), int(true[place]), shown[at, place], closed)
        for place, label in enumerate((*raw.columns, TOTAL))
        if (raw.dimension, label) not in left_out
    }


def _note(knowledge: Knowledge, dimension: str, row: str | None, line: Iterable[str | None], said: Hashable) -> None:
    for label in line:
        if label is not TOTAL:
            knowledge.twins.setdefault((dimension, row, label), [dimension]).append(said)


def _periods(
    knowledge: Knowledge, dimension: str, row: str | None, lines: dict[tuple[str, str], Line], release: int
) -> None:
    """All time is everybody in any of the years, or before the first of them: of that only the total is told."""
    years = [line for (of, period), line in lines.items() if of == dimension and period != "all"]
    before = next((number for label, number in lines.get((QUARTER, "all"), {}).items() if _is_before(label)), None)
    unsaid = []
    for label, whole in lines.get((dimension, "all"), {}).items():
        parts = [line[label] for line in years if label in line]
        if label is TOTAL and before is not None:
            parts.append(before)
        elif parts and before is not None and dimension != QUARTER:
            left = max(0, knowledge.true[whole] - sum(knowledge.true[part] for part in parts))
            unsaid.append(knowledge.number(Name(release, dimension, BEFORE, row, label), left, UNSAID))
            parts.append(unsaid[-1])
        if parts:
            _note(knowledge, dimension, row, [label], (release, knowledge.covered(whole, parts)))
    if unsaid and before is not None:
        knowledge.covered(before, unsaid)


def _is_before(label: str | None) -> bool:
    return label is not TOTAL and not label[:4].isdecimal()


def _since(
    knowledge: Knowledge, row: str | None, before: dict[tuple[str, str], Line], now: dict[tuple[str, str], Line],
    release: int,
) -> None:  # fmt: skip
    """What is not over only grows: all doctors together by no more than the new quarters bring."""
    for (dimension, period), line in now.items():
        old = before.get((dimension, period), {})
        for label in [label for label in line if label in old]:
            said = knowledge.ordered(old[label], line[label])
            _note(knowledge, dimension, row, [label], (release, period, said))
        if dimension == QUARTER and old:
            new = [line[label] for label in line if label not in old]
            said = knowledge.covered(line[TOTAL], [old[TOTAL], *new])
            _note(knowledge, dimension, row, [label for label in line if label not in old], (release, period, said))


def link_rows(knowledge: Knowledge, releases: Sequence[Known]) -> None:
    """Ties the rows of each table to its column totals: everybody there has one of the findings, most have several."""
    knowledge.linked = True
    for at, release in enumerate(releases):
        for raw in release.raw:
            for label in (*raw.columns, TOTAL):
                *parts, whole = (knowledge.place[Name.of(at, raw, row, label)] for row in (*raw.rows, TOTAL))
                knowledge.covered(whole, parts, exactly=False)
