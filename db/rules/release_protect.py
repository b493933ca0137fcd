"""The release gate's protector: withholds numbers until the auditor can work out none, and no more than necessary.

Source: docs/domain.md §5. A release is protected as a whole, because the same doctors are in all its tables, totals and
earlier releases. It goes row by row, as rows of a table are related only through its column totals, which are a row
too; and then looks at the rows together: at all at once, or where that would take hours, column by column.
"""

import itertools
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from db.rules.disclosure import OUTSIDE_LOW, SUPPRESSED
from db.rules.release_audit import Breach, Worlds, attack
from db.rules.release_knowledge import (
    CASELOAD,
    TOTAL,
    Knowledge,
    Known,
    Name,
    column_says_nothing,
    know_column,
    know_row,
    link_rows,
    needless_columns,
    says_nothing,
)
from db.rules.release_tables import FrozenTable, RawTable, Release, before_protection, frozen

__all__ = ["RULE_VERSION", "FrozenTable", "RawTable", "Release", "protect"]
LOG = logging.getLogger(__name__)
RULE_VERSION = "2026-11"
# Breaches looked at together: enough to see which numbers they depend on.
AT_ONCE = 6
# Up to this many numbers, all rows are attacked together.
JOINTLY = 4_000


def protect(quarter: str, raw: Sequence[RawTable], earlier: Sequence[Release]) -> tuple[FrozenTable, ...]:
    """The tables as they may be shown besides all earlier releases (oldest first), in the order of `raw`."""
    releases = [_known(release) for release in earlier]
    releases.append(Known(quarter, tuple(raw), tuple(before_protection(table) for table in raw)))
    rows = list(dict.fromkeys(row for table in raw for row in (*table.rows, TOTAL)))
    withheld: dict[Name, str] = {}
    # The few rows of the caseload go with its totals.
    caseload = {row: None for table in raw if table.dimension == CASELOAD for row in table.rows}
    groups: list[list[str | None]] = [[row] for row in rows if row not in caseload and row is not TOTAL]
    for group in (*groups, [*caseload, TOTAL]):
        if not all(says_nothing(releases, row) for row in group):
            knowledge = _of_rows(releases, group)
            withheld |= _protect(releases, knowledge)
            _write(knowledge, releases, group)
    if sum(table.framed().size for release in releases for table in release.raw) <= JOINTLY:
        knowledge = _of_rows(releases, rows, linked=True)
        _protect(releases, knowledge, withheld)
        _write(knowledge, releases, rows)
    else:
        _protect_columns(releases)
    return tuple(frozen(table, shown) for table, shown in zip(raw, releases[-1].shown, strict=True))


def _known(release: Release) -> Known:
    return Known(release.quarter, release.raw, tuple(table.framed() for table in release.frozen))


def _of_rows(releases: Sequence[Known], rows: Sequence[str | None], *, linked: bool = False) -> Knowledge:
    """What is known of these rows. `linked`: these are all rows, and nothing is left out."""
    knowledge = Knowledge(linked=linked)
    for row in rows:
        left_out: frozenset[tuple[str, str]] = frozenset() if linked else needless_columns(releases, row)
        know_row(knowledge, releases, row, left_out=left_out)
    link_rows(knowledge, releases, rows)
    return knowledge


def _protect_columns(releases: Sequence[Known]) -> None:
    """The total of a column and all its rows tell of each other too."""
    columns = dict.fromkeys((table.dimension, label) for table in releases[-1].raw for label in table.columns)
    for dimension, label in columns:
        if dimension != CASELOAD and not column_says_nothing(releases, dimension, label):
            knowledge = Knowledge(linked=True)
            rows = know_column(knowledge, releases, dimension, label)
            link_rows(knowledge, releases, rows)
            withheld = _protect(releases, knowledge)
            _write(knowledge, releases, dict.fromkeys(name.row for name in withheld))


def _protect(
    releases: Sequence[Known], knowledge: Knowledge, withheld: Mapping[Name, str] = MappingProxyType({})
) -> dict[Name, str]:
    """Withholds numbers of the last release that are known here, and gives back what was `withheld` before and need
    not be any more. Returns what each withheld number would have been."""
    chosen = dict(withheld)
    if not knowledge.entries:
        return chosen
    # A number that an earlier release has is not ours to change, whatever its name is now.
    first = {number: name for name, number in reversed(knowledge.place.items())}
    ours = {number: name for number, name in first.items() if name.release == len(releases) - 1}
    worlds = Worlds.of(knowledge)
    while breaches := attack(knowledge, worlds, most=AT_ONCE):
        while breaches:
            chosen |= {ours[number]: words for number, words in _withhold(breaches, worlds, set(ours))}
            breaches = attack(knowledge, worlds, [breach.number for breach in breaches])
    _give_back(worlds, chosen)
    return chosen


def _withhold(breaches: Sequence[Breach], worlds: Worlds, ours: set[int]) -> list[tuple[int, str]]:
    """Withholds the number that most breaches depend on, and returns what it was. If there are no shown numbers of this
    release left, withholds a low one, as a star says less than "0-7". If only stars are left, no longer assumes that
    the attacker knows what they mean. If even that is not enough, earlier releases have given the numbers away.
    """
    words = worlds.knowledge.words
    props = Counter(prop for breach in breaches for prop in (*worlds.props(breach.number), breach.number))
    for is_next in (str.isdecimal, OUTSIDE_LOW.__eq__):
        found = {prop: many for prop, many in props.items() if prop in ours and is_next(words[prop])}
        if found:
            number = max(found, key=lambda prop: (found[prop], -prop))
            read = words[number]
            worlds.shown_as(number, SUPPRESSED)
            return [(number, read)]
    stars = {prop for prop in props if words[prop] == SUPPRESSED} - worlds.knowledge.doubted
    if stars:
        worlds.doubt(stars)
    else:
        # To stop here would end all releases for good, and call nothing back.
        LOG.warning("Earlier releases narrow down %d numbers, whatever this one withholds", len(breaches))
        worlds.knowledge.lost |= {breach.number for breach in breaches}
    return []


def _give_back(worlds: Worlds, withheld: dict[Name, str]) -> None:
    """Shows again what did not need to be withheld, as the first choices were made knowing least."""
    place = worlds.knowledge.place
    for name, read in list(withheld.items()):
        worlds.shown_as(place[name], read)
        if attack(worlds.knowledge, worlds, most=1):
            worlds.shown_as(place[name], SUPPRESSED)
        else:
            del withheld[name]


def _write(knowledge: Knowledge, releases: Sequence[Known], rows: Iterable[str | None]) -> None:
    """Shows these rows of the last release as they are known."""
    last = len(releases) - 1
    for row, (raw, shown) in itertools.product(rows, zip(releases[last].raw, releases[last].shown, strict=True)):
        if row is TOTAL or row in raw.rows:
            at = len(raw.rows) if row is TOTAL else raw.rows.index(row)
            for place, label in enumerate((*raw.columns, TOTAL)):
                number = knowledge.place.get(Name.of(last, raw, row, label))
                if number is not None:
                    shown[at, place] = knowledge.words[number]
