"""Findings about one organisation, exact: how many doctors have each, and by quarter. For leads only, never shared."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.access import Viewer, visible_cases
from db.choices import FindingKind
from db.code_mapping import counted_code
from db.models import Case, CaseProcess, Finding, FindingCode
from db.queries.organisation import there


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
    labels = {row.code: row for row in session.scalars(select(FindingCode))}
    told = select(counted_code(), Finding.quarter, Case.doctor_id).join(Case, Case.id == Finding.case_id)
    ever: dict[str, set[int]] = defaultdict(set)
    lately: dict[str, set[int]] = defaultdict(set)
    before: dict[str, set[int]] = defaultdict(set)
    by_quarter: dict[tuple[FindingKind, str], set[int]] = defaultdict(set)
    for whose in here.put_down(Finding.case_process_id):
        joined = told.outerjoin(CaseProcess, CaseProcess.id == Finding.case_process_id)
        for found, quarter, doctor in session.execute(joined.where(visible_cases(viewer), whose)):
            ever[found].add(doctor)
            by_quarter[labels[found].kind, quarter].add(doctor)
            if quarters[-4] <= quarter <= quarters[-1]:
                lately[found].add(doctor)
            elif quarters[-8] <= quarter < quarters[-4]:
                before[found].add(doctor)
    order = sorted(ever, key=lambda one: (kinds.index(labels[one].kind), -len(ever[one]), one))
    return FindingsThere(
        findings=tuple(
            FoundThere(one, labels[one].label, labels[one].kind, len(ever[one]), len(lately[one]), len(before[one]))
            for one in order
        ),
        doctors=len(set().union(*ever.values())),
        by_quarter=tuple((kind, one, len(by_quarter[kind, one])) for kind in kinds for one in quarters),
    )
