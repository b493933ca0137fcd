"""Quarters of a year, written like 2026Q4, so that they sort as text."""

from collections.abc import Iterable
from datetime import date


def quarter_of(day: date) -> str:
    return f"{day.year}Q{(day.month + 2) // 3}"


def is_quarter(text: str) -> bool:
    return len(text) == 6 and text[:4].isdecimal() and text[:4].isascii() and text[4] == "Q" and text[5] in "1234"


def quarter_start(quarter: str) -> date:
    return date(int(quarter[:4]), int(quarter[5]) * 3 - 2, 1)


def quarter_before(quarter: str) -> str:
    return quarter_of(quarter_start(quarter) - date.resolution)


def quarter_after(quarter: str) -> str:
    year, number = int(quarter[:4]), int(quarter[5])
    return f"{year}Q{number + 1}" if number < 4 else f"{year + 1}Q1"


def last_quarters(last: str, many: int) -> list[str]:
    """This many quarters up to and including the last, newest first."""
    found = [last]
    while len(found) < many:
        found.append(quarter_before(found[-1]))
    return found


def quarters_between(quarters: Iterable[str]) -> list[str]:
    """Every quarter from the earliest to the latest of these, in order."""
    known = sorted(quarters)
    if not known:
        return []
    found = [known[-1]]
    while found[-1] > known[0]:
        found.append(quarter_before(found[-1]))
    return found[::-1]
