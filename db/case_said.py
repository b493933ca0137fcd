"""What a case says that can be corrected, as it stands; for commands and queries alike."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import Case, CaseGround, Correction, Finding, FindingEdition
from db.rules.corrections import OF_IDENTITY, Facts, SaidBody, SaidFinding


def facts_said(session: Session, case: Case) -> Facts:
    grounds = select(CaseGround.ground).where(CaseGround.case_id == case.id).order_by(CaseGround.ground)
    return Facts(
        grade=case.grade,
        specialty_group=case.specialty_group,
        channel=case.channel,
        immediate_danger=case.immediate_danger,
        representation=case.representation,
        received_at=case.received_at,
        grounds=tuple(session.scalars(grounds)),
    )


def body_said(case: Case) -> SaidBody:
    typed = "" if case.organisation_id is not None else case.body_text or ""
    return SaidBody(case.organisation_id, typed, case.body_kind, case.region, case.nation)


def identity_edition(session: Session, case: Case) -> int:
    """How many times something in the doctor's identity was corrected."""
    of_identity = (Correction.case_id == case.id, Correction.what.in_(OF_IDENTITY))
    return session.scalar(select(func.count()).where(*of_identity)) or 0


def finding_said(row: Finding | FindingEdition) -> SaidFinding:
    return SaidFinding(row.code, row.evidence, row.case_process_id, row.quarter, row.note, row.doctor_view)


def finding_editions(session: Session, case: Case) -> dict[int, int]:
    """{finding id: its edition}; without those never corrected, which are in their first."""
    counted = select(FindingEdition.finding_id, func.count()).where(
        FindingEdition.case_id == case.id, FindingEdition.finding_id.is_not(None)
    )
    rows = session.execute(counted.group_by(FindingEdition.finding_id))
    return {finding_id: corrected + 1 for finding_id, corrected in rows if finding_id is not None}
