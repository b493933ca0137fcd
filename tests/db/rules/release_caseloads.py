"""Random caseloads, doctor by doctor, and the exact tables of one release after another."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from db.rules.disclosure import MIN_BODIES
from db.rules.release_protect import Release, protect
from db.rules.release_tables import RawTable

NATION_OF = {"london": "england", "north_west": "england", "wales": "wales", "scotland": "scotland"}
EXAMINERS = ("employer", "nobody", "unknown")


@dataclass(frozen=True)
class Line:
    """One finding of one doctor, in one of their cases."""

    doctor: int
    body: int
    code: str
    quarter: str
    columns: dict[str, str]


@dataclass(frozen=True)
class Stay:
    """A doctor's case: the quarters in which it came and, if it did, ended."""

    doctor: int
    body: int
    opened: str
    closed: str | None


@dataclass(frozen=True)
class Condition:
    """A condition on the day of one doctor's case, and who examined it."""

    doctor: int
    body: int
    code: str
    quarter: str
    examined_by: str


@dataclass(frozen=True)
class Caseload:
    """Without `stays` and `conditions` its releases have no tables of them."""

    lines: list[Line]
    codes: tuple[str, ...]
    dimensions: dict[str, tuple[str, ...]]
    quarters: tuple[str, ...]
    stays: tuple[Stay, ...] = ()
    conditions: tuple[Condition, ...] = ()


def random_caseload(
    seed: int, *, doctors: int | None = None, codes: int | None = None, besides: bool = False
) -> Caseload:
    """Skewed columns, codes and bodies; one doctor in five has several cases; findings may be of another quarter.
    `besides`: with who came to us, and what was examined."""
    rng = Random(seed)  # noqa: S311 - repeatable chance
    dimensions = {
        f"dimension{at}": tuple(f"{at}{letter}" for letter in "abcde"[: rng.randint(2, 5)])
        for at in range(rng.randint(1, 2))
    }
    names = tuple(f"F{at}" for at in range(codes or rng.randint(1, 4)))
    quarters = ("2025Q3", "2025Q4", "2026Q1", "2026Q2")[: rng.randint(1, 4)]
    weights = {dimension: _skewed(rng, len(labels)) for dimension, labels in dimensions.items()}
    by_code, bodies = _skewed(rng, len(names)), _skewed(rng, rng.randint(2, 12))
    lines = []
    for doctor in range(doctors or rng.choice((10, 30, 60, 120))):
        for _ in range(1 if rng.random() < 0.8 else rng.randint(2, 3)):
            body = rng.choices(range(len(bodies)), bodies)[0]
            columns = {name: rng.choices(labels, weights[name])[0] for name, labels in dimensions.items()}
            quarter = rng.choice(quarters)
            for code in sorted(set(rng.choices(names, by_code, k=rng.randint(1, 3)))):
                then = quarter if rng.random() < 0.9 else rng.choice(quarters)
                lines.append(Line(doctor, body, code, then, columns))
    if not besides:
        return Caseload(lines, names, dimensions, quarters)
    more = _besides(Random(seed + 1_000_000), lines, quarters)  # noqa: S311 - repeatable chance
    return Caseload(lines, names, dimensions, quarters, *more)


def placed_caseload(seed: int) -> Caseload:
    """By region, nation and kind of organisation only; a body is in one place."""
    whole, rng = random_caseload(seed, besides=True), Random(seed + 2_000_000)  # noqa: S311 - repeatable chance
    weights = _skewed(rng, len(NATION_OF))
    columns: dict[int, dict[str, str]] = {}
    for body in sorted({line.body for line in whole.lines}):
        region = rng.choices(list(NATION_OF), weights)[0]
        kind = "health_board" if region in ("wales", "scotland") and rng.random() < 0.8 else "other"
        columns[body] = {"region": region, "nation": NATION_OF[region], "body_kind": kind}
    dimensions = {
        "region": tuple(NATION_OF),
        "nation": ("england", "wales", "scotland"),
        "body_kind": ("health_board", "other"),
    }
    lines = [replace(line, columns=columns[line.body]) for line in whole.lines]
    return replace(whole, lines=lines, dimensions=dimensions)


def _besides(
    rng: Random, lines: list[Line], quarters: tuple[str, ...]
) -> tuple[tuple[Stay, ...], tuple[Condition, ...]]:
    """A case for each doctor with a finding, and for a few who have none yet; and conditions on the day of some."""
    came: dict[int, tuple[str, int]] = {}
    for line in lines:
        came[line.doctor] = min(came.get(line.doctor, (line.quarter, line.body)), (line.quarter, line.body))
    for doctor in range(1_000, 1_000 + rng.choice((0, 0, 1, 3, len(came)))):
        came[doctor] = rng.choice(quarters), rng.randrange(12)
    stays = [
        Stay(doctor, body, then, rng.choice([*(one for one in quarters if one >= then), None, None]))
        for doctor, (then, body) in came.items()
    ]
    conditions = [
        Condition(stay.doctor, stay.body, f"condition{rng.randrange(2)}", rng.choice(quarters), who)
        for stay in stays
        for who in EXAMINERS
        if rng.random() < 0.3
    ]
    return tuple(stays), tuple(one for one in conditions if one.quarter >= came[one.doctor][0])


def _skewed(rng: Random, many: int) -> list[float]:
    return [rng.random() ** 3 + 0.02 for _ in range(many)]


def releases_of(caseload: Caseload) -> list[Release]:
    """One release a quarter, each protected beside those before it."""
    found: list[Release] = []
    for quarter in caseload.quarters:
        raw = raw_tables(caseload, quarter)
        found.append(Release(quarter, raw, protect(quarter, raw, found)))
    return found


def raw_tables(caseload: Caseload, last: str) -> tuple[RawTable, ...]:
    quarters = tuple(quarter for quarter in caseload.quarters if quarter <= last)
    tables = []
    for period in ("all", *sorted({quarter[:4] for quarter in quarters})):
        inside = tuple(quarter for quarter in quarters if period in ("all", quarter[:4]))
        lines = [line for line in caseload.lines if line.quarter in inside]
        for dimension, labels in caseload.dimensions.items():
            tables.append(_table(caseload, dimension, period, labels, lines, _column_in(dimension)))
        tables.append(_table(caseload, "quarter", period, inside, lines, lambda line: line.quarter))
    if caseload.stays:
        tables += [_caseload(caseload, last, period) for period in ("all", *sorted({one[:4] for one in quarters}))]
        tables.append(_examined(caseload, last))
    return tuple(tables)


def _caseload(caseload: Caseload, last: str, period: str) -> RawTable:
    """As `db/queries/release_counts.py` has it: open at the end, and opened and closed in the period."""

    def inside(quarter: str | None) -> bool:
        return quarter is not None and quarter <= last and period in ("all", quarter[:4])

    known = [stay for stay in caseload.stays if stay.opened <= last]
    found = [(stay, "open") for stay in known if stay.closed is None or stay.closed > last]
    found += [(stay, "opened") for stay in known if inside(stay.opened)]
    found += [(stay, "closed") for stay in known if inside(stay.closed)]
    placed = [(stay.doctor, stay.body, row, "doctors") for stay, row in found]
    return _counted("caseload", period, ("open", "opened", "closed"), ("doctors",), placed)


def _examined(caseload: Caseload, last: str) -> RawTable:
    known = [one for one in caseload.conditions if one.quarter <= last]
    placed = [(one.doctor, one.body, one.code, one.examined_by) for one in known]
    return _counted("examined", "all", ("condition0", "condition1"), EXAMINERS, placed)


def _column_in(dimension: str) -> Callable[[Line], str]:
    return lambda line: line.columns[dimension]


def _table(
    caseload: Caseload,
    dimension: str,
    period: str,
    columns: tuple[str, ...],
    lines: list[Line],
    column: Callable[[Line], str],
) -> RawTable:
    placed = [(line.doctor, line.body, line.code, column(line)) for line in lines]
    return _counted(dimension, period, caseload.codes, columns, placed)


def _counted(
    dimension: str,
    period: str,
    rows: tuple[str, ...],
    columns: tuple[str, ...],
    placed: Sequence[tuple[int, int, str, str]],
) -> RawTable:
    """`placed`: doctor, body, row and column."""
    shape = (len(rows) + 1, len(columns) + 1)
    doctors: dict[tuple[int, int], set[int]] = defaultdict(set)
    by_body: dict[tuple[int, int], dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for doctor, body, in_row, in_column in placed:
        row, at = rows.index(in_row), columns.index(in_column)
        for place in ((row, at), (row, -1), (-1, at), (-1, -1)):
            doctors[place].add(doctor)
            by_body[place][body].add(doctor)
    numbers, thin = np.zeros(shape, dtype=np.int64), np.ones(shape, dtype=np.bool_)
    for place, them in doctors.items():
        numbers[place] = len(them)
        largest = max(len(some) for some in by_body[place].values())
        thin[place] = len(by_body[place]) < MIN_BODIES or 2 * largest > len(them)
    return RawTable(
        dimension,
        period,
        rows,
        columns,
        numbers[:-1, :-1],
        numbers[:-1, -1],
        numbers[-1, :-1],
        int(numbers[-1, -1]),
        thin[:-1, :-1],
        thin[:-1, -1],
        thin[-1, :-1],
        bool(thin[-1, -1]),
    )
