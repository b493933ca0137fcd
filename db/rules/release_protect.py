"""The release gate's protector: withholds until the auditor finds nothing that gives way, and no more than it must.

Source: domain.md §5. A release is protected as a whole: the same doctors in all its tables, totals included, and all
earlier releases. Row by row, for the rows of a table hang together through its column totals only, which are a row too.
"""

from collections import Counter
from collections.abc import Sequence

from db.rules.disclosure import OUTSIDE_LOW, SUPPRESSED
from db.rules.release_audit import (
    TOTAL,
    Breach,
    Knowledge,
    Known,
    Name,
    Worlds,
    attack,
    empty_columns,
    know_row,
    link_rows,
)
from db.rules.release_tables import FrozenTable, RawTable, Release, before_protection, frozen

__all__ = ["RULE_VERSION", "FrozenTable", "RawTable", "Release", "protect"]
RULE_VERSION = "2026-11"
# Breaches looked at together: enough to tell what they rest on.
AT_ONCE = 6
# Numbers up to which all rows are attacked together once more.
JOINTLY = 4_000


def protect(quarter: str, raw: Sequence[RawTable], earlier: Sequence[Release]) -> tuple[FrozenTable, ...]:
    """The tables as they may be shown beside all earlier releases, oldest first, in the order of `raw`."""
    releases = [_known(release) for release in earlier]
    releases.append(Known(quarter, tuple(raw), tuple(before_protection(table) for table in raw)))
    rows = list(dict.fromkeys(row for table in raw for row in (*table.rows, TOTAL)))
    for row in rows:
        _protect(releases, [row])
    if sum(table.framed().size for release in releases for table in release.raw) <= JOINTLY:
        _protect(releases, rows)
    return tuple(frozen(table, shown) for table, shown in zip(raw, releases[-1].shown, strict=True))


def _known(release: Release) -> Known:
    return Known(release.quarter, release.raw, tuple(table.framed() for table in release.frozen))


def _protect(releases: Sequence[Known], rows: Sequence[str | None]) -> None:
    knowledge = Knowledge()
    jointly = len(rows) > 1
    for row in rows:
        left_out: frozenset[tuple[str, str]] = frozenset() if jointly else empty_columns(releases, row)
        know_row(knowledge, releases, row, left_out=left_out)
    if jointly:
        link_rows(knowledge, releases)
    earlier = {number for name, number in knowledge.place.items() if name.release < len(releases) - 1}
    ours = set(range(len(knowledge.true))) - earlier
    worlds, before = Worlds.of(knowledge), list(knowledge.words)
    withheld: list[int] = []
    while breaches := attack(knowledge, worlds, most=AT_ONCE):
        while breaches:
            withheld += _withhold(breaches, worlds, ours)
            breaches = attack(knowledge, worlds, [breach.number for breach in breaches])
    _give_back(worlds, withheld, before)
    for row in rows:
        _write(knowledge, releases, row)


def _withhold(breaches: Sequence[Breach], worlds: Worlds, ours: set[int]) -> list[int]:
    """Withholds what most breaches rest on. Where nothing of this release that is shown is left to withhold, a low
    number, for a star says less than "0-7"; and where only stars are left, takes these as they read."""
    words = worlds.knowledge.words
    props = Counter(prop for breach in breaches for prop in (*worlds.props(breach.number), breach.number))
    for is_next in (str.isdecimal, OUTSIDE_LOW.__eq__):
        found = {prop: many for prop, many in props.items() if prop in ours and is_next(words[prop])}
        if found:
            number = max(found, key=lambda prop: (found[prop], -prop))
            worlds.shown_as(number, SUPPRESSED)
            return [number]
    stars = {prop for prop in props if words[prop] == SUPPRESSED} - worlds.knowledge.doubted
    if not stars:
        raise ValueError("Earlier releases give a number away, whatever this one withholds.")
    worlds.doubt(stars)
    return []


def _give_back(worlds: Worlds, withheld: Sequence[int], before: Sequence[str]) -> None:
    """Shows again what, after all, need not have been withheld: the first ones were chosen knowing least."""
    for number in withheld:
        worlds.shown_as(number, before[number])
        if attack(worlds.knowledge, worlds, most=1):
            worlds.shown_as(number, SUPPRESSED)


def _write(knowledge: Knowledge, releases: Sequence[Known], row: str | None) -> None:
    last = len(releases) - 1
    for raw, shown in zip(releases[last].raw, releases[last].shown, strict=True):
        if row is TOTAL or row in raw.rows:
            at = len(raw.rows) if row is TOTAL else raw.rows.index(row)
            for place, label in enumerate((*raw.columns, TOTAL)):
                number = knowledge.place.get(Name.of(last, raw, row, label))
                if number is not None:
                    shown[at, place] = knowledge.words[number]
