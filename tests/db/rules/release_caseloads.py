"""Random caseloads, doctor by doctor, and the exact tables of one release after another."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import numpy as np

from db.rules.disclosure import MIN_BODIES
from db.rules.release_protect import Release, protect
from db.rules.release_tables import RawTable


@dataclass(frozen=True)
class Line:
    """One finding of one doctor, in one of their cases."""

    doctor: int
    body: int
    code: str
    quarter: str
    columns: dict[str, str]


@dataclass(frozen=True)
class Caseload:
    lines: list[Line]
    codes: tuple[str, ...]
    dimensions: dict[str, tuple[str, ...]]
    quarters: tuple[str, ...]


def random_caseload(seed: int, *, doctors: int | None = None, codes: int | None = None) -> Caseload:
    """Skewed columns, codes and bodies; one doctor in five has several cases; findings may be of another quarter."""
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
    return Caseload(lines, names, dimensions, quarters)


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
    return tuple(tables)


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
    shape = (len(caseload.codes) + 1, len(columns) + 1)
    doctors: dict[tuple[int, int], set[int]] = defaultdict(set)
    by_body: dict[tuple[int, int], dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for line in lines:
        row, at = caseload.codes.index(line.code), columns.index(column(line))
        for place in ((row, at), (row, -1), (-1, at), (-1, -1)):
            doctors[place].add(line.doctor)
            by_body[place][line.body].add(line.doctor)
    numbers, thin = np.zeros(shape, dtype=np.int64), np.ones(shape, dtype=np.bool_)
    for place, them in doctors.items():
        numbers[place] = len(them)
        largest = max(len(some) for some in by_body[place].values())
        thin[place] = len(by_body[place]) < MIN_BODIES or 2 * largest > len(them)
    return RawTable(
        dimension,
        period,
        caseload.codes,
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
