"""Recording a release: what it is computed from, how its tables are kept, and its fingerprint."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from db.rules.disclosure import OUTSIDE_LOW, SUPPRESSED
from db.rules.release_protect import RULE_VERSION, FrozenTable, RawTable, Release, protect


@dataclass(frozen=True, eq=False)
class Ready:
    """What a release is computed from: its exact tables, and earlier releases with their fingerprints (`beside`)."""

    quarter: str
    computed_at: datetime
    raw: tuple[RawTable, ...]
    left_out: int
    open_pairs: int
    earlier: tuple[Release, ...]
    beside: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Made:
    """A release with what may be shown of it, ready to be kept."""

    ready: Ready
    frozen: tuple[FrozenTable, ...]
    rule_version: str
    fingerprint: str


class Readable(NamedTuple):
    """How many cells and totals show a number, how many are low, and how many are withheld."""

    numbers: int
    low: int
    withheld: int


def protected(ready: Ready) -> Made:
    """Protects a release. May take minutes, so no transaction may be open meanwhile."""
    frozen = protect(ready.quarter, ready.raw, ready.earlier)
    return Made(ready, frozen, RULE_VERSION, fingerprint(ready.quarter, frozen))


def fingerprint(quarter: str, tables: Iterable[FrozenTable]) -> str:
    """A hash of a quarter's tables."""
    named = [quarter, *([table.dimension, table.period, frozen_parts(table)] for table in tables)]
    return hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()


def readable(tables: Iterable[FrozenTable]) -> Readable:
    every = [
        shown
        for table in tables
        for line in (*table.cells, table.row_totals, table.column_totals, (table.total,))
        for shown in line
    ]
    low, withheld = every.count(OUTSIDE_LOW), every.count(SUPPRESSED)
    return Readable(len(every) - low - withheld, low, withheld)


def frozen_parts(table: FrozenTable) -> dict[str, object]:
    return {
        "rows": list(table.rows),
        "columns": list(table.columns),
        "cells": [list(line) for line in table.cells],
        "row_totals": list(table.row_totals),
        "column_totals": list(table.column_totals),
        "total": table.total,
    }


def raw_parts(table: RawTable) -> dict[str, object]:
    """Without the names of rows and columns, which are those of the frozen table."""
    return {
        "cells": table.cells.tolist(),
        "row_totals": table.row_totals.tolist(),
        "column_totals": table.column_totals.tolist(),
        "total": int(table.total),
        "thin_cells": table.thin_cells.tolist(),
        "thin_rows": table.thin_rows.tolist(),
        "thin_columns": table.thin_columns.tolist(),
        "thin_total": bool(table.thin_total),
    }


def frozen_table(dimension: str, period: str, parts: dict[str, Any]) -> FrozenTable:
    """`parts` are as `frozen_parts` wrote them: JSON, trusted because nothing else writes it."""
    return FrozenTable(
        dimension=dimension,
        period=period,
        rows=tuple(parts["rows"]),
        columns=tuple(parts["columns"]),
        cells=tuple(tuple(line) for line in parts["cells"]),
        row_totals=tuple(parts["row_totals"]),
        column_totals=tuple(parts["column_totals"]),
        total=parts["total"],
    )


def raw_table(frozen: FrozenTable, parts: dict[str, Any]) -> RawTable:
    """`parts` are as `raw_parts` wrote them: JSON, as in `frozen_table`."""
    shape = (len(frozen.rows), len(frozen.columns))

    def numbers(values: object) -> NDArray[np.int64]:
        return np.array(values, dtype=np.int64)

    def marks(values: object) -> NDArray[np.bool_]:
        return np.array(values, dtype=bool)

    return RawTable(
        dimension=frozen.dimension,
        period=frozen.period,
        rows=frozen.rows,
        columns=frozen.columns,
        cells=numbers(parts["cells"]).reshape(shape),
        row_totals=numbers(parts["row_totals"]),
        column_totals=numbers(parts["column_totals"]),
        total=parts["total"],
        thin_cells=marks(parts["thin_cells"]).reshape(shape),
        thin_rows=marks(parts["thin_rows"]),
        thin_columns=marks(parts["thin_columns"]),
        thin_total=parts["thin_total"],
    )
