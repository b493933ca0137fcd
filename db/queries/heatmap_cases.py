"""The cases behind a cell of the heatmap, if the viewer may open them."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, String, and_, cast, exists, func, not_, select, true
from sqlalchemy.orm import Session

from db.access import Viewer, full_cases
from db.choices import Dimension
from db.code_mapping import counts_as
from db.models import Case, CaseGround, CaseProcess, Finding
from db.queries.case_rows import CaseRow, rows_of
from db.queries.finding_arrays import CASE_COLUMNS, NONE
from db.queries.heatmap import Asked, HeatmapFilters, Part
from db.queries.heatmap_organisations import in_organisation

MOST = 200


@dataclass(frozen=True)
class CasesBehind:
    """At most `MOST` cases, newest first; `total` is how many there are."""

    rows: tuple[CaseRow, ...]
    total: int


def heatmap_cases(
    session: Session,
    viewer: Viewer,
    filters: HeatmapFilters,
    code: str,
    column: str,
    today: date,
    beside: tuple[str, ...] = (),
) -> CasesBehind:
    """The cases with this finding in this column, counted as the filters say: all for a lead, a volunteer's own, none
    for an observer, and none the viewer is barred from. `beside` are all columns, if one of them is for the others."""
    found = exists().where(Finding.case_id == Case.id, counts_as(code), *map(_narrowed, filters.conditions()))
    if filters.dimension is Dimension.GROUND:
        conditions = [found, _alleged(column)]
    elif filters.dimension is Dimension.ORGANISATION:
        conditions = [found, in_organisation(viewer, column, beside)]
    elif filters.dimension is Dimension.FINDING:
        conditions = [found, _has_also(code, column)]
    elif filters.dimension in CASE_COLUMNS:
        conditions = [found, CASE_COLUMNS[filters.dimension] == column]
    else:
        conditions = [found.where(_in_column(filters.dimension, column))]
    if filters.is_open is not None:
        conditions.append(Case.is_open.is_(filters.is_open))
    where = and_(full_cases(viewer), *conditions)
    total = session.scalar(select(func.count()).select_from(Case).where(where)) or 0
    newest = select(Case.id).where(where).order_by(Case.opened_on.desc(), Case.reference).limit(MOST)
    return CasesBehind(rows_of(session, viewer, session.scalars(newest).all(), today), total)


def _narrowed(asked: Asked) -> ColumnElement[bool]:
    match asked.part:
        case Part.QUARTER:
            return asked.of(Finding.quarter)
        case Part.EVIDENCE:
            return asked.of(Finding.evidence)
        case Part.PROCESS:
            return _of_process(asked.of(CaseProcess.process))


def _has_also(code: str, other: str) -> ColumnElement[bool]:
    if other == NONE:
        return ~exists().where(Finding.case_id == Case.id, not_(counts_as(code)))
    return exists().where(Finding.case_id == Case.id, counts_as(other))


def _in_column(dimension: Dimension, column: str) -> ColumnElement[bool]:
    """The condition on `Finding` for a column that belongs to the finding, not to its case."""
    if dimension is Dimension.QUARTER:
        # The column of a release for everything before its first quarter, which the filters limit.
        return true() if column == NONE else Finding.quarter == column
    if dimension is Dimension.MONTH:
        return func.substr(cast(Finding.coded_at, String), 1, 7) == column
    if column == NONE:
        return Finding.case_process_id.is_(None)
    process, _, stage = column.partition(":")
    if dimension is Dimension.PROCESS:
        return _of_process(CaseProcess.process == process)
    at_stage = Finding.process_stage == stage if stage else Finding.process_stage.is_(None)
    return and_(_of_process(CaseProcess.process == process), at_stage)


def _of_process(asked: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(CaseProcess.id == Finding.case_process_id, asked)


def _alleged(ground: str) -> ColumnElement[bool]:
    if ground == NONE:
        return ~exists().where(CaseGround.case_id == Case.id)
    return exists().where(CaseGround.case_id == Case.id, CaseGround.ground == ground)
