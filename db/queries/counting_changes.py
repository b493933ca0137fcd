"""What changed in the counting between two days, where that is recorded: lists, rules, mappings, corrections."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from db.access import Viewer, barred_cases, require_lead
from db.base import Base
from db.models import (
    Audit,
    CodedTerm,
    Correction,
    FindingCode,
    OrganisationMerger,
    OutcomeTerm,
    Process,
    ProcessOutcome,
    TimeRule,
)
from db.queries.conditions import midnight
from db.rules.corrections import OF_IDENTITY

LISTS = (
    (FindingCode, "Finding"),
    (OutcomeTerm, "Outcome of a process"),
    (Process, "Process"),
    (TimeRule, "Time rule"),
    (CodedTerm, "Code"),
)


@dataclass(frozen=True)
class TermChange:
    """A code or a rule that began to hold, or held for the last time, on this day."""

    what: str
    label: str
    on: date
    began: bool


@dataclass(frozen=True)
class CountingChanges:
    """`terms`: codes and rules, oldest first. The rest are counts, over the cases this lead may see: cases matched to
    an organisation after they were opened; mergers recorded; corrections of what a case says; and of outcomes of a
    process."""

    terms: tuple[TermChange, ...]
    matched: int
    merged: int
    corrected: int
    outcomes: int


def counting_changes(session: Session, viewer: Viewer, first: date, last: date) -> CountingChanges:
    """Both days included. Refuses anybody but a lead."""
    require_lead(viewer)
    barred = barred_cases(viewer.id)

    def counted(model: type[Base], *where: ColumnElement[bool]) -> int:
        return session.scalar(select(func.count()).select_from(model).where(*where)) or 0

    matched = (Audit.action == "match_body", _in(Audit.at, first, last), Audit.case_id.not_in(barred))
    # No count depends on how a doctor is reached.
    of_fact = Correction.what.not_in(OF_IDENTITY)
    corrected = (of_fact, _in(Correction.at, first, last), Correction.case_id.not_in(barred))
    again = (ProcessOutcome.edition > 1, _in(ProcessOutcome.at, first, last), ProcessOutcome.case_id.not_in(barred))
    return CountingChanges(
        terms=tuple(sorted(_terms(session, first, last), key=lambda change: (change.on, change.what, change.label))),
        matched=counted(Audit, *matched),
        merged=counted(OrganisationMerger, _in(OrganisationMerger.recorded_at, first, last)),
        corrected=counted(Correction, *corrected),
        outcomes=counted(ProcessOutcome, *again),
    )


def _terms(session: Session, first: date, last: date) -> Iterator[TermChange]:
    for model, what in LISTS:
        moved = or_(model.valid_from.between(first, last), model.valid_to.between(first, last))
        for label, begins, ends in session.execute(select(model.label, model.valid_from, model.valid_to).where(moved)):
            if begins is not None and first <= begins <= last:
                yield TermChange(what, label, begins, began=True)
            if ends is not None and first <= ends <= last:
                yield TermChange(what, label, ends, began=False)


def _in(moment: InstrumentedAttribute[datetime], first: date, last: date) -> ColumnElement[bool]:
    return and_(moment >= midnight(first), moment < midnight(last + timedelta(days=1)))
