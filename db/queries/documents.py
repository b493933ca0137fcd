"""The documents of one case: what each is and where it is kept."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from db.access import Viewer, full_cases
from db.models import Case, CaseProcess, Document, Volunteer


@dataclass(frozen=True)
class Paper:
    """One document. A withdrawn one has no link, but who withdrew it, when and why."""

    id: int
    description: str
    link: str
    dated_on: date | None
    process: str | None
    added_by: str
    added_at: datetime
    withdrawn_by: str | None
    withdrawn_at: datetime | None
    withdrawn_why: str | None


def documents(session: Session, viewer: Viewer, reference: str) -> list[Paper]:
    """Newest first, withdrawn ones last. Empty for anybody who may not open the case."""
    withdrawer = aliased(Volunteer)
    query = (
        select(
            Document.id,
            Document.description,
            Document.link,
            Document.dated_on,
            CaseProcess.process,
            Volunteer.name.label("added_by"),
            Document.added_at,
            withdrawer.name.label("withdrawn_by"),
            Document.withdrawn_at,
            Document.withdrawn_why,
        )
        .join(Case, Case.id == Document.case_id)
        .join(Volunteer, Volunteer.id == Document.added_by_id)
        .outerjoin(CaseProcess, CaseProcess.id == Document.case_process_id)
        .outerjoin(withdrawer, withdrawer.id == Document.withdrawn_by_id)
        .where(Case.reference == reference.strip().upper(), full_cases(viewer))
        .order_by(Document.withdrawn_at.is_not(None), Document.added_at.desc(), Document.id.desc())
    )
    return [Paper(**row._mapping) for row in session.execute(query)]
