"""The documents of one case: what each is and where it is kept."""

import functools
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, aliased

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


def papers_of(session: Session, case: Case) -> tuple[Paper, ...]:
    """Newest first, withdrawn ones last. Only for a case the viewer may read in full."""
    return tuple(Paper(**row._mapping) for row in session.execute(_papers(), {"case_id": case.id}))


@functools.cache
def _papers() -> Select[*tuple[object, ...]]:
    withdrawer = aliased(Volunteer)
    return (
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
        .join(Volunteer, Volunteer.id == Document.added_by_id)
        .outerjoin(CaseProcess, CaseProcess.id == Document.case_process_id)
        .outerjoin(withdrawer, withdrawer.id == Document.withdrawn_by_id)
        .where(Document.case_id == bindparam("case_id"))
        .order_by(Document.withdrawn_at.is_not(None), Document.added_at.desc(), Document.id.desc())
    )
