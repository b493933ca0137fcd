"""What was never examined: conditions on the day against who examined them, in distinct doctors.

Exact for leads, over the cases they may see; for everybody else a table of a release, like those of findings.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

import numpy as np
from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from db.access import Viewer, barred_cases, full_cases, require_lead, visible_cases
from db.case_fact_rows import stands
from db.choices import EXAMINED
from db.models import Case, CaseFact, CodedTerm
from db.queries.case_rows import rows_of
from db.queries.heatmap import Heatmap, HeatmapFilters
from db.queries.heatmap_cases import MOST, CasesBehind
from db.queries.heatmap_lines import Line
from db.queries.organisation import there
from db.rules.examined import DECIDERS, Looked, share
from db.rules.facts import EXAMINERS, FactKind
from db.rules.tally import NO_BODY, Tally, seats_of, tally

CONDITIONS = "circumstance"
NOTE = (
    "Exact numbers of doctors. Several may have examined one condition, and a doctor with one in two cases counts "
    "once, so cells may not add up to totals."
)


class Condition(NamedTuple):
    """A condition on the day as it stands, or stood at the end of a quarter."""

    code: str
    examined_by: tuple[str, ...]
    case: int
    doctor: int
    body: int


@dataclass(frozen=True)
class ExaminedThere:
    """Of the conditions on the day in an organisation's cases: how many each of DECIDERS examined, and how many any of
    them did. `cases` have at least one."""

    any: Looked
    by: tuple[tuple[str, Looked], ...]
    cases: int


def conditions(session: Session, *, before: datetime | None = None) -> list[Condition]:
    """Every condition on the day, of all cases: not for showing."""
    asked = (
        select(CaseFact, Case.doctor_id, func.coalesce(Case.organisation_id, NO_BODY))
        .join(Case, Case.id == CaseFact.case_id)
        .where(CaseFact.kind == FactKind.CIRCUMSTANCE)
        .order_by(CaseFact.case_id, CaseFact.number, CaseFact.edition)
    )
    asked = asked.where(stands()) if before is None else asked.where(CaseFact.at < before)
    newest = {(row.case_id, row.number): (row, doctor, body) for row, doctor, body in session.execute(asked)}
    return [
        Condition(row.code or "", tuple(row.examined_by.split()), row.case_id, doctor, body)
        for row, doctor, body in newest.values()
        if not row.withdrawn
    ]


def listed(session: Session, name: str) -> dict[str, str]:
    terms = select(CodedTerm.code, CodedTerm.label).where(CodedTerm.list == name).order_by(CodedTerm.position)
    return dict(session.execute(terms).all())


def counted(found: Sequence[Condition], rows: Sequence[str], columns: Sequence[str]) -> Tally:
    """Distinct doctors by condition and by who examined it."""
    lines = [
        (rows.index(one.code), columns.index(who), one.doctor, one.body)
        for one in found
        for who in one.examined_by
        if one.code in rows and who in columns
    ]
    row, column, doctor, body = np.array(lines, dtype=np.int64).reshape(-1, 4).T
    seat, seats = seats_of(doctor, np.searchsorted(np.unique(np.append(body, NO_BODY)), body).astype(np.int64))
    return tally(row, column, seat, seats, rows=len(rows), columns=len(columns))


def examined(session: Session, viewer: Viewer) -> Heatmap:
    """Exact, over the cases a lead may see; without conditions that nobody has. Refuses anybody else."""
    require_lead(viewer)
    rows, columns = listed(session, CONDITIONS), listed(session, EXAMINERS)
    barred = set(session.scalars(barred_cases(viewer.id)))
    found = [one for one in conditions(session) if one.case not in barred]
    counts = counted(found, list(rows), list(columns))
    kept = np.flatnonzero(counts.rows.doctors).tolist()
    codes, across, down = list(rows), counts.rows.doctors.tolist(), counts.columns.doctors.tolist()
    return Heatmap(
        filters=HeatmapFilters(),
        rows=tuple(Line(codes[at], rows[codes[at]], str(across[at])) for at in kept),
        columns=tuple(Line(code, label, str(total)) for (code, label), total in zip(columns.items(), down, strict=True))
        if kept
        else (),
        cells=tuple(tuple(map(str, counts.cells.doctors[at].tolist())) for at in kept),
        total=str(counts.total.doctors),
        note=NOTE,
        table=EXAMINED,
    )


def examined_cases(session: Session, viewer: Viewer, condition: str, examiner: str, today: date) -> CasesBehind:
    """The cases with this condition, examined by this one: all for a lead, a volunteer's own, none for an observer."""
    if condition not in listed(session, CONDITIONS) or examiner not in listed(session, EXAMINERS):
        return CasesBehind((), 0)
    padded = " " + CaseFact.examined_by + " "
    has = select(CaseFact.case_id).where(
        CaseFact.kind == FactKind.CIRCUMSTANCE,
        CaseFact.code == condition,
        padded.contains(f" {examiner} ", autoescape=True),
        stands(),
    )
    where = and_(full_cases(viewer), Case.id.in_(has))
    total = session.scalar(select(func.count()).select_from(Case).where(where)) or 0
    newest = select(Case.id).where(where).order_by(Case.opened_on.desc(), Case.reference).limit(MOST)
    return CasesBehind(rows_of(session, viewer, session.scalars(newest).all(), today), total)


def organisation_examined(session: Session, viewer: Viewer, code: str) -> ExaminedThere:
    """Counts conditions, not doctors, in the cases that the viewer may see. Refuses (NotFound): see `there`."""
    here = there(session, viewer, code)
    asked = select(CaseFact.case_id, CaseFact.examined_by).join(Case, Case.id == CaseFact.case_id)
    # What it is about happened where the case is, whoever runs its processes.
    at = Case.organisation_id.in_(here.ids)
    where = (CaseFact.kind == FactKind.CIRCUMSTANCE, stands(), visible_cases(viewer), at)
    rows = session.execute(asked.where(*where)).all()
    found = [tuple(row.examined_by.split()) for row in rows]
    return ExaminedThere(
        any=share(found, DECIDERS),
        by=tuple((who, share(found, (who,))) for who in DECIDERS),
        cases=len({row.case_id for row in rows}),
    )
