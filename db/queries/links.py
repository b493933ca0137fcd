"""Cases linked with a case, for whoever may read both."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, or_, select
from sqlalchemy.orm import Session

from db.access import Viewer, full_cases, read_case
from db.choices import Stage
from db.models import Case, CaseLink, Organisation, Volunteer

SAME_DOCTOR = "same_doctor"


@dataclass(frozen=True)
class Linked:
    """The other case of a link. `is_earlier`: its message reached us first. `body` is as matched or as typed."""

    reference: str
    kind: str
    is_earlier: bool
    stage: Stage
    grade: str
    specialty_group: str
    body: str
    by: str
    at: datetime


def linked(session: Session, viewer: Viewer, reference: str) -> tuple[Linked, ...]:
    """The live links of a case, by kind, the newest first: those to cases that the viewer may read in full. Refuses
    with NotFound anybody who may not read this one so."""
    own = read_case(session, viewer, reference)
    other_id = case((CaseLink.one_id == own.id, CaseLink.other_id), else_=CaseLink.one_id)
    query = (
        select(Case, CaseLink.kind, CaseLink.at, Organisation.name, Volunteer.name)
        .select_from(CaseLink)
        .join(Case, and_(Case.id == other_id, full_cases(viewer)))
        .join(Volunteer, Volunteer.id == CaseLink.by_id)
        .outerjoin(Organisation, Organisation.id == Case.organisation_id)
        .where(or_(CaseLink.one_id == own.id, CaseLink.other_id == own.id), CaseLink.ended_at.is_(None))
        .order_by(CaseLink.kind, CaseLink.at.desc(), CaseLink.id.desc())
    )
    return tuple(
        Linked(
            reference=other.reference,
            kind=kind,
            is_earlier=(other.received_at, other.id) < (own.received_at, own.id),
            stage=other.stage,
            grade=other.grade,
            specialty_group=other.specialty_group,
            body=body or other.body_text or "",
            by=by,
            at=at,
        )
        for other, kind, at, body, by in session.execute(query)
    )
