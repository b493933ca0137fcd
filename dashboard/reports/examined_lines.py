"""What was never examined, as a table of a file: by condition on the day, doctors and who looked at it."""

from dashboard.reports.document import Row, Section
from db.queries.heatmap import Heatmap
from db.rules.disclosure import LEGEND, OUTSIDE_LOW
from db.rules.measures import NOTHING, share

TITLE = "What was never examined"
MEANING = (
    "Conditions on the day, by who looked at them: doctors, and their share of those with that condition. Several may "
    "have looked at one. “Not examined” means that nothing in the papers we have shows it."
)
ROUNDED = f"Shares are of rounded numbers, to the nearest 5%; {NOTHING} stands where one is low or withheld."
LEFT_OUT = f"Conditions of {OUTSIDE_LOW} doctors are left out."


def section(table: Heatmap, when: str) -> Section | None:
    """`when` says of what time the numbers are. Of a release, what it shows and nothing else. None without a number."""
    rounded = not table.is_raw
    shown = [
        Row(line.label, (line.total, *(_told(cell, line.total, rounded=rounded) for cell in cells)))
        for line, cells in zip(table.rows, table.cells, strict=True)
        if line.total != OUTSIDE_LOW
    ]
    if not shown:
        return None
    columns = ("Doctors", *(column.label for column in table.columns))
    method = " ".join((MEANING, *((ROUNDED, LEFT_OUT, LEGEND) if rounded else (table.note,))))
    return Section(f"{TITLE}, {when}", columns, tuple(shown), method)


def _told(cell: str, whole: str, *, rounded: bool) -> str:
    part = share(cell, whole, is_rounded=rounded)
    return cell if part == NOTHING else f"{cell} ({part})"
