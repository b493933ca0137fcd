"""What can be corrected on a case, as it stands, and what has been corrected so far."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from db.access import Viewer, read_case
from db.case_said import body_said, facts_said, finding_said, identity_edition
from db.coding_access import is_blind
from db.models import Case, CaseProcess, Correction, Finding, FindingEdition, Organisation, Volunteer
from db.rules.corrections import Corrected, Facts, SaidBody, SaidFinding


@dataclass(frozen=True)
class Noted:
    """One thing that was corrected. `was` is None where the old value is not kept."""

    what: Corrected
    was: str | None
    reason: str
    by: str | None
    at: datetime


@dataclass(frozen=True)
class EarlierFinding:
    """A finding before a correction, or (`finding_id` is None) before it was withdrawn. `reason`, `by` and `at` are the
    correction's."""

    finding_id: int | None
    edition: int
    said: SaidFinding
    coded_by: str | None
    coded_at: datetime
    reason: str
    by: str | None
    at: datetime


@dataclass(frozen=True)
class Correctable:
    """What the forms begin with. Of the doctor's identity only how often it was corrected (`identity_edition`).
    `process_bodies` is {process id: (organisation id, its name)}, `findings` {finding id: as it is now}."""

    summary: str
    facts: Facts
    body: SaidBody
    identity_edition: int
    process_bodies: dict[int, tuple[int | None, str]]
    findings: dict[int, SaidFinding]
    earlier: tuple[EarlierFinding, ...]
    noted: tuple[Noted, ...]


def correctable(session: Session, viewer: Viewer, reference: str) -> Correctable:
    """No findings for whoever codes the case without sight of them. Refuses (NotFound) anybody who may not read the
    case in full."""
    case = read_case(session, viewer, reference)
    blind = is_blind(session, viewer, case)
    noted = _noted(session, case)
    return Correctable(
        summary=case.summary,
        facts=facts_said(session, case),
        body=body_said(case),
        identity_edition=identity_edition(session, case),
        process_bodies=_process_bodies(session, case),
        findings={} if blind else _findings(session, case),
        earlier=() if blind else _earlier(session, case),
        noted=tuple(one for one in noted if one.what is not Corrected.FINDING) if blind else noted,
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


def _process_bodies(session: Session, case: Case) -> dict[int, tuple[int | None, str]]:
    rows = session.execute(
        select(CaseProcess.id, CaseProcess.organisation_id, Organisation.name)
        .outerjoin(Organisation, Organisation.id == CaseProcess.organisation_id)
        .where(CaseProcess.case_id == case.id)
        .order_by(CaseProcess.id)
    )
    return {row.id: (row.organisation_id, row.name or "") for row in rows}


def _findings(session: Session, case: Case) -> dict[int, SaidFinding]:
    rows = session.scalars(select(Finding).where(Finding.case_id == case.id).order_by(Finding.code, Finding.id))
    return {row.id: finding_said(row) for row in rows}


def _earlier(session: Session, case: Case) -> tuple[EarlierFinding, ...]:
    """Newest correction first."""
    coder, corrector = aliased(Volunteer), aliased(Volunteer)
    rows = session.execute(
        select(FindingEdition, Correction, coder.name.label("coded_by"), corrector.name.label("by"))
        .join(Correction, Correction.id == FindingEdition.correction_id)
        .outerjoin(coder, coder.id == FindingEdition.coded_by_id)
        .outerjoin(corrector, corrector.id == Correction.by_id)
        .where(FindingEdition.case_id == case.id)
        .order_by(Correction.id.desc())
    )
    return tuple(
        EarlierFinding(
            finding_id=row.finding_id,
            edition=row.edition,
            said=finding_said(row),
            coded_by=coded_by,
            coded_at=row.coded_at,
            reason=correction.reason,
            by=by,
            at=correction.at,
        )
        for row, correction, coded_by, by in rows
    )
