"""What somebody who has all the releases knows about their numbers, and how the numbers are related.

Cells add up to totals, years to all time, and each release extends the last. Numbers are of distinct doctors, so parts
may overlap. Where they do not, the attacker is assumed to know that, and to know which numbers can only have grown.
That is more than anybody outside can know; most would simply try exact sums.
"""

from collections.abc import Container, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from db.rules.disclosure import FLOOR, OUTSIDE_LOW, SUPPRESSED
from db.rules.nations import REGIONS_OF_ENGLAND
from db.rules.release_tables import RawTable, Words, span

TOP = FLOOR - 1
# In place of a label: the total of a row. In place of a row: the column totals.
TOTAL = None
QUARTER = "quarter"
BODY_KIND, CASELOAD, EVERY_PERIOD = "body_kind", "caseload", "all"
OPEN, OPENED, DOCTORS = "open", "opened", "doctors"
Place = tuple[str, str]
# What a map and the names of organisations tell, by dimension and label: whoever is in the first is in one of the rest.
PLACES: tuple[tuple[Place, tuple[Place, ...]], ...] = (
    (("nation", "wales"), (("region", "wales"),)),
    (("nation", "scotland"), (("region", "scotland"),)),
    (("nation", "northern_ireland"), (("region", "northern_ireland"),)),
    (("nation", "england"), tuple(("region", code) for code in REGIONS_OF_ENGLAND)),
    (("region", "outside_uk"), (("nation", "crown_dependency"), ("nation", "overseas"))),
    (("body_kind", "health_board"), (("nation", "scotland"), ("nation", "wales"))),
    (("body_kind", "hsc_trust"), (("nation", "northern_ireland"),)),
)
PLACED = frozenset(place for whole, parts in PLACES for place in (whole, *parts))
# What happened before the first year. Only the table by quarter has a column for it.
BEFORE, UNSAID = "before", ""
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Known:
    """One release as the attacker has it: `shown` are the words of each table of `raw`, with totals."""

    quarter: str
    raw: tuple[RawTable, ...]
    shown: tuple[Words, ...]


class Name(NamedTuple):
    """A number of a release. `table` is the dimension; for a row's total it is the rows, as those doctors are the same
    by every dimension. Row and label are `TOTAL` for a total."""

    release: int
    table: Hashable
    period: str
    row: str | None
    label: str | None

    @classmethod
    def of(cls, release: int, raw: RawTable, row: str | None, label: str | None) -> "Name":
        # A quarter is the same in the table of all quarters and in that of its year.
        in_quarter = raw.dimension == QUARTER and label is not TOTAL
        period = str(label)[:4] if in_quarter else raw.period
        return cls(release, raw.rows if label is TOTAL else raw.dimension, period, row, label)

    def is_over(self, closed: str) -> bool:
        """Whether no more doctors can be added to it once that quarter has closed."""
        if self.table == QUARTER and self.label is not TOTAL:
            return _is_before(self.label) or self.label <= closed
        return self.period != "all" and f"{self.period}Q4" <= closed


@dataclass(eq=False)
class Knowledge:
    """The numbers, what is shown of each, and how they are related. Two numbers with the same name are the same."""

    place: dict[Name, int] = field(default_factory=dict)
    true: list[int] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    # Which line of a table a number is in. Of lines about which the same is known, only one is attacked.
    twins: dict[Hashable, list[Hashable]] = field(default_factory=dict)
    members: dict[Hashable, list[int]] = field(default_factory=dict)
    linked: bool = False
    # Stars that the attacker is not assumed to know mean `FLOOR` or more. Nobody is told which do, but as few as
    # possible depend on that.
    doubted: set[int] = field(default_factory=set)
    # Numbers that earlier releases give away, whatever this one withholds.
    lost: set[int] = field(default_factory=set)
    # The rules, each once: (rule, number, factor), and the limits of each rule's sum.
    entries: list[tuple[int, int, float]] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    _ruled: set[Hashable] = field(default_factory=set)

    def number(self, name: Name, true: int, words: str, closed: str = "") -> int:
        """`closed` is the quarter of the release before: what was complete then stays, and is shown, the same."""
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
        """The whole is everybody in any of the parts. `exactly`: it may be known that nobody is in two."""
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

    def among(self, some: int, others: Sequence[int]) -> str:
        """These are all among the others, if that is true; the others may be more."""
        if self.true[some] > sum(self.true[other] for other in others):
            return "free"
        self._rule([(some, 1), *((other, -1) for other in others)], -np.inf, 0)
        return "among"

    def ordered(self, less: int, more: int) -> str:
        """Adds the rule that `less` is at most `more`, if that is true."""
        if less == more:
            return "itself"
        if self.true[less] <= self.true[more]:
            self._rule([(more, 1), (less, -1)], 0, np.inf)
            return "ordered"
        return "free"

    def _rule(self, terms: Iterable[tuple[int, float]], low: float, high: float) -> None:
        terms = tuple(terms)
        if (terms, low, high) in self._ruled:
            return
        self._ruled.add((terms, low, high))
        at = len(self.low)
        self.entries += [(at, number, by) for number, by in terms]
        self.low.append(low)
        self.high.append(high)

    def spans(self) -> Floats:
        told = (0 if number in self.doubted else true for number, true in enumerate(self.true))
        return np.array([span(words, true) for words, true in zip(self.words, told, strict=True)])

    def withheld(self) -> list[int]:
        """The withheld numbers to attack: all once rows are linked; until then, of lines about which the same is known,
        only the first."""
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


def know_row(
    knowledge: Knowledge,
    releases: Sequence[Known],
    row: str | None,
    *,
    left_out: frozenset[tuple[str, str]] = frozenset(),
) -> None:
    """Adds one row of every table, for all periods and releases; `TOTAL` adds the column totals. Leaves out the columns
    `left_out`, which are then known to be 0."""
    lines: list[dict[tuple[str, str], Line]] = []
    for at, release in enumerate(releases):
        closed = releases[at - 1].quarter if at else ""
        lines.append(
            {
                (raw.dimension, raw.period): _line(knowledge, at, raw, shown, row, closed, _without(raw, left_out))
                for raw, shown in _tables(release, row)
            }
        )
    for at in range(len(releases)):
        for (dimension, period), line in lines[at].items():
            said = knowledge.covered(line[TOTAL], [number for label, number in line.items() if label is not TOTAL])
            _note(knowledge, dimension, row, line, (at, period, said))
        for dimension in dict.fromkeys(dimension for dimension, _ in lines[at]):
            _periods(knowledge, dimension, row, lines[at], at)
        _places(knowledge, row, lines[at], at)
        _open_whichever_year(knowledge, row, lines[at])
        if at:
            _since(knowledge, row, lines[at - 1], lines[at], at)
    _all_came_to_us(knowledge, lines if row is TOTAL else ())
    for line_of in lines:
        for (dimension, _), line in line_of.items():
            for label, number in line.items():
                if label is not TOTAL:
                    knowledge.members.setdefault((dimension, row, label), []).append(number)


Line = dict[str | None, int]
# The columns of a table that are looked at, with their places in the framed table.
Columns = Sequence[tuple[int, str | None]]


def _without(raw: RawTable, left_out: Container[Place]) -> Columns:
    return [(at, label) for at, label in enumerate((*raw.columns, TOTAL)) if (raw.dimension, label) not in left_out]


def know_column(knowledge: Knowledge, releases: Sequence[Known], dimension: str, label: str) -> list[str | None]:
    """Adds one column of every table of this dimension, with the totals of its rows, for all periods and releases, and
    returns its rows. Of the other columns nothing is said: a row is then no more than at least this one number."""
    columns = {raw: _of_column(raw, (dimension, label)) for release in releases for raw in release.raw}
    raws = [raw for raw in columns if raw.dimension == dimension]
    rows = list(dict.fromkeys(row for raw in raws for row in (*raw.rows, TOTAL)))
    for row in rows:
        lines = [_lines_of_columns(knowledge, releases, at, row, columns) for at in range(len(releases))]
        for at, of_release in enumerate(lines):
            for line in of_release.values():
                for number in line.values():
                    knowledge.ordered(number, line[TOTAL])
            _periods(knowledge, dimension, row, of_release, at, is_whole=False)
            if at:
                _since(knowledge, row, lines[at - 1], of_release, at, is_whole=False)
    return rows


def _of_column(raw: RawTable, column: Place) -> Columns:
    """Also how many there were before the first year, as all time is they and the years."""
    is_one = raw.dimension == column[0]
    if not is_one and (raw.dimension, raw.period) != (QUARTER, EVERY_PERIOD):
        return ()
    every = enumerate((*raw.columns, TOTAL))
    before = raw.dimension == QUARTER
    return [
        (at, label)
        for at, label in every
        if label is TOTAL or (is_one and label == column[1]) or (before and _is_before(label))
    ]


def _lines_of_columns(
    knowledge: Knowledge, releases: Sequence[Known], at: int, row: str | None, columns: Mapping[RawTable, Columns]
) -> dict[tuple[str, str], Line]:
    closed = releases[at - 1].quarter if at else ""
    return {
        (raw.dimension, raw.period): _line(knowledge, at, raw, shown, row, closed, columns[raw])
        for raw, shown in _tables(releases[at], row)
        if columns[raw]
    }


def _places(knowledge: Knowledge, row: str | None, lines: dict[tuple[str, str], Line], release: int) -> None:
    """A nation is its regions, and some kinds of organisation are of one nation or two."""
    for period in dict.fromkeys(period for _, period in lines):
        for place, others in PLACES:
            found = {
                (dimension, label): lines[dimension, period][label]
                for dimension, label in (place, *others)
                if label in lines.get((dimension, period), ())
            }
            if place in found and len(found) > 1:
                whole, *parts = found.values()
                is_kind = place[0] == BODY_KIND
                said = knowledge.among(whole, parts) if is_kind else knowledge.covered(whole, parts)
                for dimension, label in found:
                    _note(knowledge, dimension, row, [label], (release, period, place, said))


def _open_whichever_year(knowledge: Knowledge, row: str | None, lines: dict[tuple[str, str], Line]) -> None:
    """Who has an open case when the quarter ends stands in the caseload of every year."""
    everybody = lines.get((CASELOAD, EVERY_PERIOD), {}).get(DOCTORS)
    for (dimension, _), line in lines.items():
        if everybody is not None and dimension == CASELOAD and row == OPEN:
            knowledge.covered(everybody, [line[DOCTORS]])


def _all_came_to_us(knowledge: Knowledge, releases: Iterable[dict[tuple[str, str], Line]]) -> None:
    """Whoever is in any table has, or had, a case: nobody is in a table and not in the caseload of all time."""
    for lines in releases:
        if (everybody := lines.get((CASELOAD, EVERY_PERIOD))) is not None:
            for line in lines.values():
                knowledge.ordered(line[TOTAL], everybody[TOTAL])


def says_nothing(releases: Sequence[Known], row: str | None) -> bool:
    """Whether the whole row is shown as low in every table: then nothing about it is known."""
    lines = (shown[_place(raw, row)] for release in releases for raw, shown in _tables(release, row))
    return all(words == OUTSIDE_LOW for line in lines for words in line)


def column_says_nothing(releases: Sequence[Known], dimension: str, label: str) -> bool:
    """Whether the whole column is shown as low in every table."""
    return all(
        words == OUTSIDE_LOW
        for release in releases
        for raw, shown in zip(release.raw, release.shown, strict=True)
        if raw.dimension == dimension and label in raw.columns
        for words in shown[:, raw.columns.index(label)]
    )


def needless_columns(releases: Sequence[Known], row: str | None) -> frozenset[tuple[str, str]]:
    """(dimension, label) of columns that an attack on this row can do without: of columns that never have anybody, all
    but two. They are all alike, so what holds for one holds for all, and with fewer it is only harder to find a world.
    """
    every: dict[str, dict[str, bool]] = {}
    for raw, _ in (table for release in releases for table in _tables(release, row)):
        some = every.setdefault(raw.dimension, {})
        for label, many in zip(raw.columns, raw.framed()[_place(raw, row)], strict=False):
            some[label] = some.get(label, False) or bool(many)
    return frozenset(
        (dimension, label)
        for dimension, columns in every.items()
        if dimension != QUARTER
        for label in [label for label, some in columns.items() if not some and (dimension, label) not in PLACED][2:]
    )


def _tables(release: Known, row: str | None) -> list[tuple[RawTable, Words]]:
    pairs = zip(release.raw, release.shown, strict=True)
    return [(raw, shown) for raw, shown in pairs if row is TOTAL or row in raw.rows]


def _place(raw: RawTable, row: str | None) -> int:
    return len(raw.rows) if row is TOTAL else raw.rows.index(row)


def _line(
    knowledge: Knowledge,
    release: int,
    raw: RawTable,
    shown: Words,
    row: str | None,
    closed: str,
    columns: Columns,
) -> Line:
    at = _place(raw, row)
    true = raw.framed()[at]
    return {
        label: knowledge.number(Name.of(release, raw, row, label), int(true[place]), shown[at, place], closed)
        for place, label in columns
    }


def _note(knowledge: Knowledge, dimension: str, row: str | None, line: Iterable[str | None], said: Hashable) -> None:
    for label in line:
        if label is not TOTAL:
            # Of the caseload no row is like another.
            is_told_apart = row if dimension == CASELOAD else ""
            knowledge.twins.setdefault((dimension, row, label), [dimension, is_told_apart]).append(said)


def _periods(
    knowledge: Knowledge,
    dimension: str,
    row: str | None,
    lines: dict[tuple[str, str], Line],
    release: int,
    *,
    is_whole: bool = True,
) -> None:
    """All time is everybody in any of the years or before the first one, of which only the total is shown. `is_whole`:
    the lines have all their columns."""
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
    if unsaid and before is not None and is_whole:
        knowledge.covered(before, unsaid)
    elif before is not None:
        for number in unsaid:
            knowledge.ordered(number, before)


def _is_before(label: str | None) -> bool:
    return label is not TOTAL and not label[:4].isdecimal()


def _since(
    knowledge: Knowledge,
    row: str | None,
    before: dict[tuple[str, str], Line],
    now: dict[tuple[str, str], Line],
    release: int,
    *,
    is_whole: bool = True,
) -> None:
    """What is not complete can only grow: the total by no more than the new quarters add."""
    for (dimension, period), line in now.items():
        old = before.get((dimension, period), {})
        for label in [label for label in line if label in old]:
            said = knowledge.ordered(old[label], line[label])
            _note(knowledge, dimension, row, [label], (release, period, said))
        if dimension == QUARTER and old and is_whole:
            new = [line[label] for label in line if label not in old]
            said = knowledge.covered(line[TOTAL], [old[TOTAL], *new])
            _note(knowledge, dimension, row, [label for label in line if label not in old], (release, period, said))


def link_rows(knowledge: Knowledge, releases: Sequence[Known], rows: Container[str | None]) -> None:
    """Links the rows of each table that has only these to its column totals: everybody has at least one of the
    findings, most several."""
    for at, release in enumerate(releases):
        for raw in [raw for raw in release.raw if all(row in rows for row in (*raw.rows, TOTAL))]:
            for label in (*raw.columns, TOTAL):
                if Name.of(at, raw, TOTAL, label) in knowledge.place:
                    *parts, whole = (knowledge.place[Name.of(at, raw, row, label)] for row in (*raw.rows, TOTAL))
                    knowledge.covered(whole, parts, exactly=False)
            if (raw.dimension, raw.period) == (CASELOAD, EVERY_PERIOD):
                # Whoever is in the caseload of all time came at some time.
                came = knowledge.place[Name.of(at, raw, OPENED, DOCTORS)]
                knowledge.covered(knowledge.place[Name.of(at, raw, TOTAL, DOCTORS)], [came])
