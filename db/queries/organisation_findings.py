"""Findings about one organisation, exact: how many doctors have each, and by quarter. For leads only, never shared."""

from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session

from db.access import Viewer
from db.choices import FindingKind
from db.models import Case, CaseProcess, Finding, FindingCode
from db.queries.organisation import There, there

Q = TypeVar("Q", bound=Select[*tuple[object, ...]])


@dataclass(frozen=True)
class FoundThere:
    """One finding, in doctors: ever, in the last four quarters, and in the four before those."""

    code: str
    label: str
    kind: FindingKind
    ever: int
    lately: int
    before: int


@dataclass(frozen=True)
class FindingsThere:
    """`findings` are those anybody has, by kind, the most frequent first; `doctors` have at least one. `by_quarter` has
    the doctors by kind and quarter, 0 included."""

    findings: tuple[FoundThere, ...]
    doctors: int
    by_quarter: tuple[tuple[FindingKind, str, int], ...]


def organisation_findings(session: Session, viewer: Viewer, code: str, quarters: tuple[str, ...]) -> FindingsThere:
    """`quarters` are the ones to tell of, the newest last, at least eight. Refuses (NotFound): see `there`."""
    here = there(session, viewer, code)
    kinds = list(FindingKind)

    found = (FindingCode.code, FindingCode.label, FindingCode.kind)
    lately, before = _doctors(quarters[-4], quarters[-1]), _doctors(quarters[-8], quarters[-5])
    counted = select(*found, _doctors(), lately, before).group_by(*found)
    rows = session.execute(_about(here, viewer, counted)).all()
    by_quarter = select(FindingCode.kind, Finding.quarter, _doctors()).group_by(FindingCode.kind, Finding.quarter)
    told = session.execute(_about(here, viewer, by_quarter).where(Finding.quarter >= quarters[0]))
    counts = {(kind, quarter): doctors for kind, quarter, doctors in told}
    return FindingsThere(
        findings=tuple(
            FoundThere(*row) for row in sorted(rows, key=lambda row: (kinds.index(row.kind), -row[3], row.code))
        ),
        doctors=session.scalar(_about(here, viewer, select(_doctors()))) or 0,
        by_quarter=tuple((kind, quarter, counts.get((kind, quarter), 0)) for kind in kinds for quarter in quarters),
    )


def _doctors(first: str = "", last: str = "") -> ColumnElement[int]:
    """How many of them, in all or in these quarters."""
    inside = Finding.quarter.between(first, last)
    return func.count((sql_case((inside, Case.doctor_id)) if first else Case.doctor_id).distinct())


def _about(here: There, viewer: Viewer, query: Q) -> Q:
    return (
        query.select_from(Finding)
        .join(FindingCode, FindingCode.code == Finding.code)
        .join(Case, Case.id == Finding.case_id)
        .outerjoin(CaseProcess, CaseProcess.id == Finding.case_process_id)
        .where(here.cases(viewer), here.answers_for(Finding.case_process_id))
    )
