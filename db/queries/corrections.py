"""What can be corrected on a case, as it stands, and what has been corrected so far."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.access import Viewer, read_case
from db.case_said import body_said, facts_said, identity_edition
from db.models import Case, Correction, Volunteer
from db.rules.corrections import Corrected, Facts, SaidBody


@dataclass(frozen=True)
class Noted:
    """One thing that was corrected. `was` is None where the old value is not kept."""

    what: Corrected
    was: str | None
    reason: str
    by: str | None
    at: datetime


@dataclass(frozen=True)
class Correctable:
    """What the forms begin with. Of the doctor's identity only how often it was corrected (`identity_edition`)."""

    summary: str
    facts: Facts
    body: SaidBody
    identity_edition: int
    noted: tuple[Noted, ...]


def correctable(session: Session, viewer: Viewer, reference: str) -> Correctable:
    """Refuses (NotFound) anybody who may not read the case in full."""
    case = read_case(session, viewer, reference)
    return Correctable(
        summary=case.summary,
        facts=facts_said(session, case),
        body=body_said(case),
        identity_edition=identity_edition(session, case),
        noted=_noted(session, case),
    )


def _noted(session: Session, case: Case) -> tuple[Noted, ...]:
    """Newest first."""
    rows = session.execute(
        select(Correction, Volunteer.name)
        .outerjoin(Volunteer, Volunteer.id == Correction.by_id)
        .where(Correction.case_id == case.id)
        .order_by(Correction.id.desc())
    )
    return tuple(Noted(row.what, row.was, row.reason, name, row.at) for row, name in rows)
