"""Releases: what everybody may see of them, and what a new one is computed from."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer
from db.choices import EXAMINED, Dimension, FindingKind
from db.errors import NotFound
from db.models import Release, ReleaseTable
from db.queries.examined import CONDITIONS, listed
from db.queries.heatmap import Heatmap, HeatmapFilters, Stamp
from db.queries.heatmap_lines import NONE_LABELS, Line, column_labels, finding_lines
from db.queries.release_counts import ALL, CASELOAD, CLOSED, DOCTORS, EARLIER, NO_ONE, OPEN, OPENED, counted
from db.queries.same_doctor import open_pairs
from db.release_rows import standing_releases
from db.rules.disclosure import LEGEND
from db.rules.facts import EXAMINERS
from db.rules.quarters import is_quarter, quarter_of
from db.rules.release_protect import FrozenTable
from db.rules.release_protect import Release as Protected
from db.rules.release_record import Ready, frozen_table, raw_table


@dataclass(frozen=True)
class Signed:
    """A release that may be shown: its quarter, when it was signed, its periods ("all", then years, newest first)."""

    quarter: str
    signed_on: date
    periods: tuple[str, ...]
    has_examined: bool = False


@dataclass(frozen=True)
class Totals:
    """The totals of a signed release, for observers: strings as released, never raw."""

    quarter: str
    signed_on: date
    open: str
    opened_this_year: str
    closed_this_year: str


def ready(session: Session, quarter: str) -> Ready:
    """Everything this quarter's release is computed from. Over all cases, so none of it may be shown."""
    at, earlier = clock.now(), [row for row in standing_releases(session) if row.quarter < quarter]
    found = counted(session, quarter)
    return Ready(
        quarter=quarter,
        computed_at=at,
        raw=found.tables,
        left_out=found.left_out,
        open_pairs=open_pairs(session),
        earlier=tuple(protected_release(session, row) for row in earlier),
        beside=tuple(row.fingerprint for row in earlier),
    )


def is_due(session: Session, quarter: str) -> bool:
    """Whether neither this quarter nor a later one has a release."""
    return all(row.quarter < quarter for row in standing_releases(session))


def protected_release(session: Session, row: Release) -> Protected:
    """A release with its exact tables: of all cases, so nothing of it may be shown."""
    frozen, raw = [], []
    for table in session.scalars(
        select(ReleaseTable).where(ReleaseTable.release_id == row.id).order_by(ReleaseTable.id)
    ):
        frozen.append(frozen_table(table.dimension, table.period, table.frozen))
        raw.append(raw_table(frozen[-1], table.raw))
    return Protected(quarter=row.quarter, raw=tuple(raw), frozen=tuple(frozen))


def _frozen(session: Session, row: Release) -> list[FrozenTable]:
    parts = (ReleaseTable.dimension, ReleaseTable.period, ReleaseTable.frozen)
    tables = select(*parts).where(ReleaseTable.release_id == row.id).order_by(ReleaseTable.id)
    return [frozen_table(*table) for table in session.execute(tables)]


def signed_releases(session: Session, _viewer: Viewer) -> list[Signed]:
    """The releases that may be shown, newest first; the same for everybody."""
    offered = offered_by(session)
    return [
        Signed(row.quarter, clock.london_day(row.signed_at), *offered[row.id])
        for row in reversed(standing_releases(session))
        if row.signed_at is not None
    ]


class Offered(NamedTuple):
    """What a release has tables for: all time, then its years, newest first; and whether it has EXAMINED."""

    periods: tuple[str, ...]
    has_examined: bool


def offered_by(session: Session) -> dict[int, Offered]:
    """By release."""
    examined = ReleaseTable.dimension == EXAMINED
    rows = session.execute(select(ReleaseTable.release_id, ReleaseTable.period, examined).distinct()).all()
    found: dict[int, list[str]] = {}
    for release_id, period, _ in rows:
        found.setdefault(release_id, []).append(period)
    having = {release_id for release_id, _, has_it in rows if has_it}
    return {id: Offered((ALL, *sorted(set(years) - {ALL}, reverse=True)), id in having) for id, years in found.items()}


def signed_tables(session: Session) -> list[tuple[str, datetime, list[FrozenTable]]]:
    """(quarter, signed at, tables) of every release that may be shown, oldest first."""
    return [
        (row.quarter, row.signed_at, _frozen(session, row))
        for row in standing_releases(session)
        if row.signed_at is not None
    ]


def released_heatmap(
    session: Session, viewer: Viewer, quarter: str, dimension: Dimension, period: str, kind: FindingKind | None
) -> Heatmap:
    """One table of a release, as released. Refuses (NotFound): a table that does not exist and, for anybody but leads,
    one that is not signed."""
    row, table = _table(session, viewer, quarter, dimension.value, period)
    rows = {line.code: line for line in finding_lines(session, kind, replaced=True)}
    kept = [at for at, code in enumerate(table.rows) if code in rows]
    words = release_labels(session, dimension, table)
    filters = HeatmapFilters(
        dimension=dimension,
        kind=kind,
        period_from=None if period == ALL else f"{period}Q1",
        period_to=quarter if period in (ALL, quarter[:4]) else f"{period}Q4",
    )
    return Heatmap(
        filters=filters,
        rows=tuple(replace(rows[table.rows[at]], total=table.row_totals[at]) for at in kept),
        columns=tuple(
            Line(code, words[code], total) for code, total in zip(table.columns, table.column_totals, strict=True)
        ),
        cells=tuple(table.cells[at] for at in kept),
        total=table.total,
        note=LEGEND,
        stamp=Stamp(quarter, period, clock.london_day(row.signed_at) if row.signed_at else None),
    )


def released_examined(session: Session, viewer: Viewer, quarter: str) -> Heatmap:
    """What was examined, as released. Refuses like `released_heatmap`."""
    row, table = _table(session, viewer, quarter, EXAMINED, ALL)
    rows, columns = listed(session, CONDITIONS), listed(session, EXAMINERS)
    return Heatmap(
        filters=HeatmapFilters(),
        rows=tuple(
            Line(code, rows.get(code, code), total) for code, total in zip(table.rows, table.row_totals, strict=True)
        ),
        columns=tuple(
            Line(code, columns.get(code, code), total)
            for code, total in zip(table.columns, table.column_totals, strict=True)
        ),
        cells=table.cells,
        total=table.total,
        note=LEGEND,
        stamp=Stamp(quarter, ALL, clock.london_day(row.signed_at) if row.signed_at else None),
        table=EXAMINED,
    )


def release_labels(session: Session, dimension: Dimension, table: FrozenTable) -> dict[str, str]:
    if dimension is Dimension.QUARTER:
        return {code: "Earlier" if code == EARLIER else f"{code[:4]} {code[4:]}" for code in table.columns}
    known = column_labels(session, dimension, ()) | {NO_ONE: NONE_LABELS.get(dimension, "Not stated")}
    return {code: known.get(code, code) for code in table.columns}


def _table(session: Session, viewer: Viewer, quarter: str, dimension: str, period: str) -> tuple[Release, FrozenTable]:
    query = select(Release, ReleaseTable.frozen).join(ReleaseTable, ReleaseTable.release_id == Release.id)
    query = query.where(Release.quarter == quarter, Release.discarded_at.is_(None))
    if not viewer.is_lead:
        query = query.where(Release.signed_at.is_not(None))
    asked = query.where(ReleaseTable.dimension == dimension, ReleaseTable.period == period)
    # Only well-formed values are looked up: PostgreSQL refuses some characters.
    known = is_quarter(quarter) and (period == ALL or (period.isascii() and period.isdecimal()))
    found = session.execute(asked).one_or_none() if known else None
    if found is None:
        raise NotFound
    row, frozen = found
    return row, frozen_table(dimension, period, frozen)


def frozen_one(session: Session, viewer: Viewer, quarter: str, dimension: str, period: str) -> FrozenTable:
    """The table itself. Refuses what `released_heatmap` refuses."""
    return _table(session, viewer, quarter, dimension, period)[1]


def released_totals(session: Session, viewer: Viewer) -> Totals | None:
    """The numbers of doctors in the latest signed release; None if there is none yet."""
    signed = signed_releases(session, viewer)
    return _totals(session, viewer, signed[0]) if signed else None


def released_caseloads(session: Session, viewer: Viewer) -> list[Totals]:
    """The numbers of doctors in every signed release, newest first; the same for everybody."""
    return [_totals(session, viewer, release) for release in signed_releases(session, viewer)]


def _totals(session: Session, viewer: Viewer, release: Signed) -> Totals:
    def shown(period: str, row: str) -> str:
        table = _table(session, viewer, release.quarter, CASELOAD, period)[1]
        return table.cells[table.rows.index(row)][table.columns.index(DOCTORS)]

    year = release.quarter[:4]
    return Totals(release.quarter, release.signed_on, shown(ALL, OPEN), shown(year, OPENED), shown(year, CLOSED))


def closes_next(today: date) -> date:
    """The last day of the current quarter."""
    day = today
    while quarter_of(day + timedelta(days=1)) == quarter_of(today):
        day += timedelta(days=1)
    return day
