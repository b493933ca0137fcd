"""Statistical disclosure control: what a count of doctors may look like once shown.

Source: domain.md §5, "Rule to build" (modelled on NHS Digital's rule of September 2018:
1-7 withheld, everything else rounded to the nearest 5, totals worked out and then rounded).
The unit is always distinct doctors, never findings or cases. Whatever is drawn, sorted,
coloured, exported or read aloud must come from a `ReleasedTable`, never from the counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product

import pandas as pd

from db.rules.counts import Count, counted, keyed

FLOOR = 8  # the smallest number of doctors that may be shown
ROUND_TO = 5
MIN_BODIES = 3
SUPPRESSED = "*"
OUTSIDE_LOW = f"0-{FLOOR - 1}"

_STAR_INSIDE = f"{SUPPRESSED} means 1 to {FLOOR - 1} doctors, or a number withheld because"
_STAR_OUTSIDE = f"{OUTSIDE_LOW} means none to {FLOOR - 1} doctors; {SUPPRESSED} a number withheld because"
_NOTE = (
    "too few bodies stand behind it or because it would give another away. Counts are of "
    f"doctors, rounded to the nearest {ROUND_TO}, so cells need not add up to totals."
)

Labels = Sequence[str]
Grid = dict[tuple[str, str], str]  # released strings by row and column label


NOBODY = Count(0)


@dataclass(frozen=True, eq=False)
class ReleasedTable:
    """A table that may be shown: no field holds, or follows the order of, a raw count.

    `cells` has one line per row and column label, in that order, with the columns
    row, column, released (str) and shade (float: the released number, NaN when withheld).
    The totals are released strings by label.
    """

    rows: list[str]
    columns: list[str]
    cells: pd.DataFrame
    row_totals: dict[str, str]
    column_totals: dict[str, str]
    total: str
    note: str


def release_count(n: int, *, outside: bool = False) -> str:
    """What `n` distinct doctors may be shown as (domain.md §5, rule 1).

    From `FLOOR` up, the nearest 5; a whole number is never halfway between two multiples
    of 5, so there are no ties. 1-7 is "*" and 0 is "0" inside the organisation; outside
    both are "0-7", because a known zero also tells.
    """
    if n < 0:
        raise ValueError("A count of doctors cannot be negative.")
    if n >= FLOOR:
        return str((n + ROUND_TO // 2) // ROUND_TO * ROUND_TO)
    if outside:
        return OUTSIDE_LOW
    return SUPPRESSED if n else "0"


def release_table(
    doctors: pd.DataFrame,
    *,
    outside: bool = False,
    check_bodies: bool = True,
    guard_totals: bool = True,
    rows: Labels | None = None,
    columns: Labels | None = None,
) -> ReleasedTable:
    """Count distinct doctors by row and column, and release the table.

    `doctors` has one line per finding: row, column (labels), doctor (an id) and body (an
    id; may be null or left out). A doctor counts once in a cell and once in each total,
    however many findings or cases they have. Doctors whose body is unknown are taken as
    one body when looking for a dominant one, but that body does not help to reach
    `MIN_BODIES`. The other arguments are those of `release_counts`.
    """
    if doctors[["row", "column", "doctor"]].isna().to_numpy().any():
        raise ValueError("Every finding needs a row, a column and a doctor.")
    everyone = keyed(counted(doctors.assign(all="all"), ["all"]), ["all"])
    return release_counts(
        counted(doctors, ["row", "column"]),
        counted(doctors, ["row"]),
        counted(doctors, ["column"]),
        everyone.get(("all",), NOBODY),
        outside=outside,
        check_bodies=check_bodies,
        guard_totals=guard_totals,
        rows=rows,
        columns=columns,
    )


def release_counts(
    cells: pd.DataFrame,
    row_totals: pd.DataFrame,
    column_totals: pd.DataFrame,
    total: Count,
    *,
    outside: bool = False,
    check_bodies: bool = True,
    guard_totals: bool = True,
    rows: Labels | None = None,
    columns: Labels | None = None,
) -> ReleasedTable:
    """Release a table already counted, for instance in SQL.

    The frames hold row and column, row, or column; then doctors, bodies and largest, as in
    `Count`; what is absent counts as 0. Totals are their own counts of distinct doctors.
    Rule 4 (3 bodies or more, none with over half) holds for totals as for cells; it is not
    looked at without bodies and largest. `guard_totals`: see `_gives_away`.

    `rows` and `columns` are the labels to show, in order; otherwise those present, sorted.
    Never order them by a raw count, and give whole reference lists for a release outside:
    there, that a label is missing says that nobody has it.
    """
    by_cell = keyed(cells, ["row", "column"])
    by_row, by_column = keyed(row_totals, ["row"]), keyed(column_totals, ["column"])
    rows = _labels(rows, [key[0] for key in (*by_cell, *by_row)])
    columns = _labels(columns, [key[-1] for key in (*by_cell, *by_column)])

    release = partial(_release, outside=outside, check_bodies=check_bodies)
    grid = {key: release(by_cell.get(key, NOBODY)) for key in product(rows, columns)}
    across = {row: release(by_row.get((row,), NOBODY)) for row in rows}
    down = {column: release(by_column.get((column,), NOBODY)) for column in columns}
    grand = release(total)
    if guard_totals:
        across, down, grand = _guard(grid, across, down, grand)
    note = f"{_STAR_OUTSIDE if outside else _STAR_INSIDE} {_NOTE}"
    return ReleasedTable(rows, columns, _cells_frame(grid), across, down, grand, note)


def _release(count: Count, *, outside: bool, check_bodies: bool) -> str:
    # Size comes first: below FLOOR nothing about the bodies may make two cells differ.
    if count.doctors < FLOOR or not check_bodies or count.bodies is None:
        return release_count(count.doctors, outside=outside)
    few = count.bodies < MIN_BODIES or 2 * count.largest > count.doctors
    # The star outside too: "0-7" would be untrue here.
    return SUPPRESSED if few else release_count(count.doctors, outside=outside)


def _guard(
    grid: Grid, across: dict[str, str], down: dict[str, str], grand: str
) -> tuple[dict[str, str], dict[str, str], str]:
    """Row totals, column totals and the grand total, with those that give a cell away withheld.

    Looks at released values only, so it cannot itself carry a raw count."""
    guarded: list[dict[str, str]] = []
    total = grand
    for axis, totals in enumerate((across, down)):
        lines = {label: [shown for key, shown in grid.items() if key[axis] == label] for label in totals}
        kept = {label: SUPPRESSED if _gives_away(lines[label], shown) else shown for label, shown in totals.items()}
        # A total just withheld must not come back as the grand total less the others, so
        # the grand total is tried against that line's own cells.
        parts: list[str] = []
        for label, shown in totals.items():
            parts += [shown] if kept[label] == shown else lines[label]
        if _gives_away(parts, grand):
            total = SUPPRESSED
        guarded.append(kept)
    return guarded[0], guarded[1], total


def _gives_away(parts: Sequence[str], total: str) -> bool:
    """Whether a total, less what is shown beside it, narrows a withheld count.

    Rounding leaves most totals safe, not all: with `*`, 25 and 10 beside a total of 30, the
    hidden count can only be 1 (32 - 23 - 8). A total may rule out the lowest and the highest
    value a withheld count could have and no more; if it had to leave only one value to be
    withheld, the withholding would itself give that value away. One line is looked at alone;
    several together can narrow a count further, in trials on 15,000 tables never to one value.
    """
    if total in (SUPPRESSED, OUTSIDE_LOW):
        return False
    ranges = [_range(part) for part in parts]
    least_sum, most_sum = sum(low for low, _ in ranges), sum(high for _, high in ranges)
    total_low, total_high = _range(total)
    for part, (low, high) in zip(parts, ranges, strict=True):
        least = total_low - (most_sum - high)
        most = total_high - (least_sum - low)
        # most < low shows only that doctors are in several cells, so nothing can be taken away.
        if part in (SUPPRESSED, OUTSIDE_LOW) and (least > low + 1 or low <= most < high - 1):
            return True
    return False


def _range(released: str) -> tuple[int, int]:
    """Lowest and highest number of doctors a reader must reckon with."""
    if released in (SUPPRESSED, OUTSIDE_LOW):
        return int(released == SUPPRESSED), FLOOR - 1
    shown = int(released)
    return (shown - ROUND_TO // 2, shown + ROUND_TO // 2) if shown else (0, 0)


def _cells_frame(grid: Grid) -> pd.DataFrame:
    shades = [float(shown) if shown.isdigit() else float("nan") for shown in grid.values()]
    return pd.DataFrame(
        {
            "row": pd.Series([row for row, _ in grid], dtype=str),
            "column": pd.Series([column for _, column in grid], dtype=str),
            "released": pd.Series(list(grid.values()), dtype=str),
            "shade": pd.Series(shades, dtype=float),
        }
    )


def _labels(wanted: Labels | None, present: Iterable[str]) -> list[str]:
    found = set(present)
    if wanted is None:
        return sorted(found)
    if found - set(wanted):
        raise ValueError("The counts have a label that is not among those to show.")
    return list(dict.fromkeys(wanted))
