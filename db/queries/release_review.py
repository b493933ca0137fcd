"""For a lead's review of a release: the exact number beside each released one."""

import numpy as np
from sqlalchemy.orm import Session

from db.access import Viewer, barred_cases, require_lead
from db.choices import EXAMINED, Dimension
from db.left_out import doctors_left_out
from db.queries.examined import conditions
from db.queries.examined import counted as count_examined
from db.queries.finding_arrays import FindingArrays, place
from db.queries.release_counts import ALL, Period, column_of, end_of, within
from db.queries.releases import frozen_one
from db.rules.release_protect import FrozenTable
from db.rules.tally import Tally, tally

EVERY_ROW = ""


def exact_beside(
    session: Session, viewer: Viewer, quarter: str, dimension: Dimension, period: str
) -> dict[str, list[int]]:
    """The exact numbers for a released table: {row: [total, cells …]}, with the column totals under EVERY_ROW.

    Counted like the release, but only over cases this lead may see: exact numbers over all cases, minus their own exact
    view, would reveal cases they are barred from. Refuses anybody but a lead, and `NotFound`.
    """
    require_lead(viewer)
    table = frozen_one(session, viewer, quarter, dimension.value, period)
    arrays = FindingArrays(coded_before=end_of(quarter), with_process=True)
    first, last = ("", quarter) if period == ALL else (f"{period}Q1", min(f"{period}Q4", quarter))
    return _framed(_counted(session, viewer, arrays, table, Period(period, first, last)), table)


def exact_examined(session: Session, viewer: Viewer, quarter: str) -> dict[str, list[int]]:
    """The same for the table of what was examined."""
    require_lead(viewer)
    table = frozen_one(session, viewer, quarter, EXAMINED, ALL)
    barred, out = set(session.scalars(barred_cases(viewer.id))), set(doctors_left_out(session))
    found = conditions(session, before=end_of(quarter))
    kept = [one for one in found if one.case not in barred and one.doctor not in out]
    return _framed(count_examined(kept, table.rows, table.columns), table)


def _counted(session: Session, viewer: Viewer, arrays: FindingArrays, table: FrozenTable, period: Period) -> Tally:
    dimension = Dimension(table.dimension)
    findings, cases, at = arrays.findings(session), arrays.cases(session), arrays.case_position(session)
    barred = np.isin(findings.case_id, session.scalars(barred_cases(viewer.id)).all())
    out = np.isin(cases.doctor[at], doctors_left_out(session))
    row = place(findings.code, table.rows)
    kept = (row >= 0) & (at >= 0) & ~barred & ~out & within(findings.quarter, period)[findings.quarter.at]
    lines, coded = arrays.things(session, dimension)
    column = column_of(dimension, coded, table.columns)
    keep = kept[lines]
    return tally(
        row[lines][keep],
        column[keep],
        cases.seat[at[lines][keep]],
        cases.seats,
        rows=len(table.rows),
        columns=len(table.columns),
    )


def _framed(counts: Tally, table: FrozenTable) -> dict[str, list[int]]:
    totals = np.append(counts.total.doctors, counts.columns.doctors)
    grid = np.vstack([totals, np.column_stack([counts.rows.doctors, counts.cells.doctors])])
    return dict(zip((EVERY_ROW, *table.rows), grid.tolist(), strict=True))
