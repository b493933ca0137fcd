"""The timeline of a case, newest first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from db.access import Viewer, full_cases
from db.choices import Contact, EntryKind, Wellbeing
from db.models import Case, Entry, Redaction, Volunteer


@dataclass(frozen=True)
class Line:
    """One entry on the timeline."""

    id: int
    at: datetime
    kind: EntryKind
    contact: Contact | None
    wellbeing: Wellbeing | None
    code: str | None
    text: str
    blocked_by: str | None
    help_wanted: str | None
    corrects_id: int | None
    author: str | None
    redacted_at: datetime | None
    redacted_by: str | None
    redacted_why: str | None


def timeline(session: Session, viewer: Viewer, reference: str, kinds: tuple[str, ...], shown: int) -> list[Line]:
    """The entries, newest first; one more than `shown` means that there are more.

    Empty for anybody who may not open the case.
    """
    redactor, any_of_it = aliased(Volunteer), aliased(Redaction)
    last = (
        select(func.max(any_of_it.id))
        .where(any_of_it.place == Entry.__tablename__, any_of_it.row_id == Entry.id)
        .scalar_subquery()
    )
    query = (
        select(
            Entry.id,
            Entry.at,
            Entry.kind,
            Entry.contact,
            Entry.wellbeing,
            Entry.code,
            Entry.text,
            Entry.blocked_by,
            Entry.help_wanted,
            Entry.corrects_id,
            Volunteer.name.label("author"),
            Redaction.at.label("redacted_at"),
            redactor.name.label("redacted_by"),
            Redaction.why.label("redacted_why"),
        )
        .join(Case, Case.id == Entry.case_id)
        .outerjoin(Volunteer, Volunteer.id == Entry.author_id)
        .outerjoin(Redaction, Redaction.id == last)
        .outerjoin(redactor, redactor.id == Redaction.by_id)
        .where(Case.reference == reference.strip().upper(), full_cases(viewer))
        .order_by(Entry.at.desc(), Entry.id.desc())
        .limit(shown + 1)
    )
    if kinds:
        query = query.where(Entry.kind.in_(kinds))
    return [Line(**row._mapping) for row in session.execute(query)]
