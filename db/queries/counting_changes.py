"""What changed in the counting between two days, where that is recorded: lists, rules, mappings, corrections."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from db import clock
from db.access import Viewer, barred_cases, require_lead
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
    of_fact = Correction.what.not_in(OF_IDENTITY)  # No count depends on how a doctor is reached.
    counts = (
        (Audit, Audit.action == "match_body", _in(Audit.at, first, last), Audit.case_id.not_in(barred)),
        (OrganisationMerger, _in(OrganisationMerger.recorded_at, first, last)),
        (Correction, of_fact, _in(Correction.at, first, last), Correction.case_id.not_in(barred)),
        (
            ProcessOutcome,
            ProcessOutcome.edition > 1,
            _in(ProcessOutcome.at, first, last),
            ProcessOutcome.case_id.not_in(barred),
        ),
    )
    each = [select(func.count()).select_from(of).where(*where).scalar_subquery() for of, *where in counts]
    matched, merged, corrected, outcomes = (int(count) for count in session.execute(select(*each)).one())
    terms = sorted(_terms(session, first, last), key=lambda change: (change.on, change.what, change.label))
    return CountingChanges(tuple(terms), matched, merged, corrected, outcomes)


def _terms(session: Session, first: date, last: date) -> Iterator[TermChange]:
    lists = [
        select(literal(what).label("what"), model.label, model.valid_from, model.valid_to).where(
            or_(model.valid_from.between(first, last), model.valid_to.between(first, last))
        )
        for model, what in LISTS
    ]
    for what, label, begins, ends in session.execute(union_all(*lists)):
        if begins is not None and first <= begins <= last:
            yield TermChange(what, label, begins, began=True)
        if ends is not None and first <= ends <= last:
            yield TermChange(what, label, ends, began=False)


def _in(moment: InstrumentedAttribute[datetime], first: date, last: date) -> ColumnElement[bool]:
    return and_(moment >= clock.midnight(first), moment < clock.midnight(last + timedelta(days=1)))
