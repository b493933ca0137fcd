"""Everything recorded about the stages of a case's processes, and what they came to."""

from collections import defaultdict
from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from db.access import Viewer, full_cases
from db.choices import YesNo
from db.models import Case, CaseProcess, Organisation, ProcessEvent, ProcessOutcome, Volunteer


@dataclass(frozen=True)
class StageTold:
    """One edition of one event (see `db.models.ProcessEvent`), who recorded it, if that was kept, and when."""

    number: int
    edition: int
    stage: str
    since: date
    is_exact: bool
    until: date | None
    beside: bool
    withdrawn: bool
    by: str | None
    at: datetime


@dataclass(frozen=True)
class OutcomeTold:
    """One edition of one outcome (see `db.models.ProcessOutcome`), who recorded it and when. `costs_threat` and
    `confidential` are None where that is not asked of it."""

    number: int
    edition: int
    outcome: str
    happened_on: date
    end_on: date | None
    review_on: date | None
    changes: int | None
    effect: str | None
    costs_threat: YesNo | None
    confidential: YesNo | None
    note: str
    ended: bool
    withdrawn: bool
    by: str | None
    at: datetime


@dataclass(frozen=True)
class Pathway:
    """A process of the case, with every edition of its events and of its outcomes."""

    id: int
    process: str
    stage: str
    started_on: date
    ended_on: date | None
    body: str | None
    events: tuple[StageTold, ...]
    outcomes: tuple[OutcomeTold, ...] = ()


def pathways(session: Session, viewer: Viewer, reference: str) -> list[Pathway]:
    """Current processes first, then by start. Empty for anybody who may not open the case."""
    mine = (Case.reference == reference.strip().upper(), full_cases(viewer))
    events, outcomes = _events(session, mine), _outcomes(session, mine)
    found = session.execute(
        select(
            CaseProcess.id,
            CaseProcess.process,
            CaseProcess.stage,
            CaseProcess.started_on,
            CaseProcess.ended_on,
            Organisation.name.label("body"),
        )
        .join(Case, Case.id == CaseProcess.case_id)
        .outerjoin(Organisation, Organisation.id == CaseProcess.organisation_id)
        .where(*mine)
        .order_by(CaseProcess.ended_on.is_not(None), CaseProcess.started_on, CaseProcess.id)
    )
    return [Pathway(**row._mapping, events=tuple(events[row.id]), outcomes=tuple(outcomes[row.id])) for row in found]


def _events(session: Session, mine: tuple[ColumnElement[bool], ...]) -> dict[int, list[StageTold]]:
    told = session.execute(
        select(ProcessEvent, Volunteer.name)
        .join(CaseProcess, CaseProcess.id == ProcessEvent.case_process_id)
        .join(Case, Case.id == CaseProcess.case_id)
        .outerjoin(Volunteer, Volunteer.id == ProcessEvent.by_id)
        .where(*mine)
        .order_by(ProcessEvent.number, ProcessEvent.edition)
    )
    found: dict[int, list[StageTold]] = defaultdict(list)
    for row, name in told:
        values = {part.name: getattr(row, part.name) for part in fields(StageTold) if part.name != "by"}
        found[row.case_process_id].append(StageTold(**values, by=name))
    return found


def _outcomes(session: Session, mine: tuple[ColumnElement[bool], ...]) -> dict[int, list[OutcomeTold]]:
    told = session.execute(
        select(ProcessOutcome, Volunteer.name)
        .join(Case, Case.id == ProcessOutcome.case_id)
        .outerjoin(Volunteer, Volunteer.id == ProcessOutcome.by_id)
        .where(*mine)
        .order_by(ProcessOutcome.number, ProcessOutcome.edition)
    )
    found: dict[int, list[OutcomeTold]] = defaultdict(list)
    for row, name in told:
        values = {part.name: getattr(row, part.name) for part in fields(OutcomeTold) if part.name != "by"}
        found[row.case_process_id].append(OutcomeTold(**values, by=name))
    return found
