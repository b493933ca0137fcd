"""The facts of a case as they stand, and their earlier editions. What the doctor told of themselves is not among them:
no query reads it."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.access import Viewer, read_case
from db.case_fact_rows import said_of
from db.coding_access import is_blind
from db.models import CaseFact, CaseProcess, Finding, Volunteer
from db.rules.facts import FactKind, SaidFact


@dataclass(frozen=True)
class Fact:
    """A fact as it stands: by whom and when this edition was made."""

    number: int
    kind: FactKind
    said: SaidFact
    by: str | None
    at: datetime


@dataclass(frozen=True)
class EarlierFact:
    """A fact before a change, or before it was withdrawn. `reason`, `by` and `at` are those of the change."""

    number: int
    kind: FactKind
    said: SaidFact
    withdrawn: bool
    reason: str
    by: str | None
    at: datetime


@dataclass(frozen=True)
class CodedOn:
    """A finding that a ground may have touched: its code, and the code of its process."""

    code: str
    process: str | None
    case_process_id: int | None


@dataclass(frozen=True)
class CaseFacts:
    """`standing` in the order they were recorded, `earlier` the newest change first."""

    standing: tuple[Fact, ...] = ()
    earlier: tuple[EarlierFact, ...] = ()
    findings: dict[int, CodedOn] | None = None

    def of(self, *kinds: FactKind) -> list[Fact]:
        """By day, those of an unknown day last."""
        found = [fact for fact in self.standing if fact.kind in kinds]
        return sorted(found, key=lambda fact: (fact.said.took_place_on is None, fact.said.took_place_on, fact.number))


def case_facts(session: Session, viewer: Viewer, reference: str) -> CaseFacts:
    """Nothing that touched a finding for whoever codes the case without sight of them. Refuses (NotFound) anybody who
    may not read the case in full."""
    case = read_case(session, viewer, reference)
    blind = is_blind(session, viewer, case)
    rows = session.execute(
        select(CaseFact, Volunteer.name)
        .outerjoin(Volunteer, Volunteer.id == CaseFact.by_id)
        .where(CaseFact.case_id == case.id)
        .order_by(CaseFact.number, CaseFact.edition)
    ).all()
    newest = {row.number: (row, name) for row, name in rows}
    standing = [
        Fact(row.number, row.kind, said_of(row), name, row.at) for row, name in newest.values() if not row.withdrawn
    ]
    changes = [
        (before, after, name)
        for (before, _), (after, name) in pairwise(rows)
        # Of a ground nothing stays once it was withdrawn.
        if before.number == after.number and not (before.kind is FactKind.GROUND and before.code is None)
    ]
    earlier = [
        EarlierFact(before.number, before.kind, said_of(before), after.withdrawn, after.reason or "", name, after.at)
        for before, after, name in sorted(changes, key=lambda change: change[1].id, reverse=True)
    ]
    if blind:
        standing = [fact for fact in standing if fact.said.finding_id is None]
        earlier = [fact for fact in earlier if fact.said.finding_id is None]
    return CaseFacts(tuple(standing), tuple(earlier), {} if blind else _findings(session, case.id))


def _findings(session: Session, case_id: int) -> dict[int, CodedOn]:
    rows = session.execute(
        select(Finding.id, Finding.code, CaseProcess.process, Finding.case_process_id)
        .outerjoin(CaseProcess, CaseProcess.id == Finding.case_process_id)
        .where(Finding.case_id == case_id)
        .order_by(Finding.code, Finding.id)
    )
    return {row.id: CodedOn(row.code, row.process, row.case_process_id) for row in rows}
