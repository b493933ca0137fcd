"""Everything recorded about the stages of a case's processes."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.access import Viewer, full_cases
from db.models import Case, CaseProcess, Organisation, ProcessEvent, Volunteer


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
class Pathway:
    """A process of the case, with every edition of its events."""

    id: int
    process: str
    stage: str
    started_on: date
    ended_on: date | None
    body: str | None
    events: tuple[StageTold, ...]


def pathways(session: Session, viewer: Viewer, reference: str) -> list[Pathway]:
    """Current processes first, then by start. Empty for anybody who may not open the case."""
    mine = (Case.reference == reference.strip().upper(), full_cases(viewer))
    told = session.execute(
        select(ProcessEvent, Volunteer.name)
        .join(CaseProcess, CaseProcess.id == ProcessEvent.case_process_id)
        .join(Case, Case.id == CaseProcess.case_id)
        .outerjoin(Volunteer, Volunteer.id == ProcessEvent.by_id)
        .where(*mine)
        .order_by(ProcessEvent.number, ProcessEvent.edition)
    )
    events: dict[int, list[StageTold]] = defaultdict(list)
    for row, name in told:
        events[row.case_process_id].append(
            StageTold(
                number=row.number,
                edition=row.edition,
                stage=row.stage,
                since=row.since,
                is_exact=row.is_exact,
                until=row.until,
                beside=row.beside,
                withdrawn=row.withdrawn,
                by=name,
                at=row.at,
            )
        )
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
    return [Pathway(**row._mapping, events=tuple(events[row.id])) for row in found]
