"""Days, and a number with what it counts, as people say them."""

from datetime import date


def day(on: date) -> str:
    """“26 Nov 2026”."""
    return f"{on:%-d %b %Y}"


def noun(count: int, one: str, several: str = "") -> str:
    """“case” for 1, “cases” for any other; `several` where the plural does not end in s, or a verb follows."""
    return one if count == 1 else several or f"{one}s"


def many(count: int, one: str, several: str = "") -> str:
    """“1 case”, “1,200 cases”, “0 people”, “3 cases have”."""
    return f"{count:,} {noun(count, one, several)}"
