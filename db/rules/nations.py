"""Which nations a process is of: another nation's is offered only on purpose, and marked so (docs/domain.md §1.8)."""

from collections.abc import Iterable

NAMES = {"england": "England", "wales": "Wales", "scotland": "Scotland", "northern_ireland": "Northern Ireland"}
REGIONS_OF_ENGLAND = (
    "east_of_england",
    "london",
    "midlands",
    "north_east_yorkshire",
    "north_west",
    "south_east",
    "south_west",
)
# The nations by code; none for the whole UK.
Scope = tuple[str, ...]


def is_offered(scope: Scope, nation: str) -> bool:
    """Whether a process is the nation's own. Everything is, where the nation is not one of the four or not known."""
    return not scope or nation not in NAMES or nation in scope


def named(scope: Iterable[str]) -> str:
    """“England and Wales”, “England, Wales and Northern Ireland”."""
    *first, last = [NAMES.get(code, code) for code in scope]
    return f"{', '.join(first)} and {last}" if first else last
