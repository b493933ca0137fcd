"""The heatmap by organisation, for leads: the ones with the most doctors, then all others together.

Which columns there are, and their order, follows from counts: those of the cases this lead may see. No organisation the
lead belongs or belonged to has a column, nor any that counts as one with it: what may be seen there is with the others.
"""

import numpy as np
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from db.access import Viewer
from db.models import Case, Organisation
from db.queries.finding_arrays import NONE, Coded, place
from db.queries.heatmap_lines import Line
from db.rules.tally import Ints
from db.walls import barred_bodies

MOST = 20
# Before the code of an organisation, so that it is never taken for one of the words below, or for a total.
AT = "at:"
OTHERS = "others"


def organisation_columns(session: Session, viewer: Viewer, coded: Coded, doctor: Ints) -> tuple[list[Line], Ints]:
    """The columns and the column of each line, from its organisation (an id as text) and its doctor."""
    doctors = _doctors_by_code(coded, doctor)
    barred = {str(id) for id in session.scalars(barred_bodies(viewer.id))}
    found = [code for code, many in doctors.items() if many and code not in (barred | {NONE})]
    first = sorted(found, key=lambda code: (-doctors[code], int(code)))[:MOST]
    asked = select(Organisation.id, Organisation.code, Organisation.name)
    rows = session.execute(asked.where(Organisation.id.in_([int(code) for code in first]))).all()
    rows = sorted(rows, key=lambda row: (-doctors[str(row.id)], row.name, row.code))
    names = [row.name for row in rows]
    columns = [
        Line(f"{AT}{row.code}", row.name if names.count(row.name) == 1 else f"{row.name} ({row.code})") for row in rows
    ]
    columns += [Line(OTHERS, "All others"), Line(NONE, "Not matched yet")]
    column = place(coded, [*(str(row.id) for row in rows), OTHERS, NONE], otherwise=len(rows))
    return columns, column


def _doctors_by_code(coded: Coded, doctor: Ints) -> dict[str, int]:
    width = int(doctor.max(initial=0)) + 1
    pairs = np.unique(coded.at * width + doctor)
    counted = np.bincount(pairs // width, minlength=len(coded.codes))
    return dict(zip(coded.codes, counted.tolist(), strict=True))


def in_organisation(viewer: Viewer, column: str, beside: tuple[str, ...]) -> ColumnElement[bool]:
    """The condition on `Case` for one of these columns; `beside` are all of them."""
    if column == NONE:
        return Case.organisation_id.is_(None)
    codes = beside if column == OTHERS else (column,)
    coded = Organisation.code.in_([code.removeprefix(AT) for code in codes if code.startswith(AT)])
    these = Case.organisation_id.in_(
        select(Organisation.id).where(coded, Organisation.id.not_in(barred_bodies(viewer.id)))
    )
    return and_(Case.organisation_id.is_not(None), ~these) if column == OTHERS else these
