"""Statistical disclosure control: how one count of doctors may be shown.

Source: docs/domain.md §5 (modelled on NHS Digital's rule of September 2018: 1-7 withheld, everything else rounded to
the nearest 5, totals worked out and then rounded). The unit is always distinct doctors, never findings or cases.
Protecting single numbers is not enough: everything outside the leads' view comes from a release, protected as a whole
(`db/rules/release_protect.py`).
"""

FLOOR = 8  # the smallest number of doctors that may be shown
ROUND_TO = 5
MIN_BODIES = 3
SUPPRESSED = "*"
OUTSIDE_LOW = f"0-{FLOOR - 1}"
# Explains the strings of a release to its readers.
LEGEND = (
    f"{OUTSIDE_LOW} means none to {FLOOR - 1} doctors. {SUPPRESSED} means {FLOOR} or more, withheld because they come "
    "from too few organisations, or because it would reveal another number. Other numbers are rounded to the "
    f"nearest {ROUND_TO}, so cells may not add up to totals. A doctor counts once in each cell and in each total."
)


def release_count(n: int, *, outside: bool = False) -> str:
    """What `n` distinct doctors may be shown as (docs/domain.md §5, rule 1).

    From `FLOOR` up, the nearest 5; a whole number is never halfway between two multiples of 5, so there are no ties.
    Inside the campaign 1-7 is "*" and 0 is "0"; outside both are "0-7", because a known zero also reveals something.
    """
    if n < 0:
        raise ValueError("A count of doctors cannot be negative.")
    if n >= FLOOR:
        return str((n + ROUND_TO // 2) // ROUND_TO * ROUND_TO)
    if outside:
        return OUTSIDE_LOW
    return SUPPRESSED if n else "0"


def is_thin(doctors: int, bodies: int, largest: int) -> bool:
    """Whether a count comes from fewer than `MIN_BODIES` organisations, or over half of it from one (rule 4)."""
    return bodies < MIN_BODIES or 2 * largest > doctors
