"""The timeline of a case, newest first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.access import Viewer, full_cases
from db.choices import Contact, EntryKind, Wellbeing
from db.models import Case, Entry, Volunteer


@dataclass(frozen=True)
class Line:
    """One line of the timeline."""

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


def timeline(session: Session, viewer: Viewer, reference: str, kinds: tuple[str, ...], shown: int) -> list[Line]:
    """The newest `shown` entries, newest first; one more row than asked tells that there are more.

    Empty for whoever may not open the case.
    """
    query = (
        select(
            Entry.id, Entry.at, Entry.kind, Entry.contact, Entry.wellbeing, Entry.code, Entry.text,
            Entry.blocked_by, Entry.help_wanted, Entry.corrects_id, Volunteer.name.label("author"),
        )
        .join(Case, Case.id == Entry.case_id)
        .outerjoin(Volunteer, Volunteer.id == Entry.author_id)
        .where(Case.reference == reference.strip().upper(), full_cases(viewer))
        .order_by(Entry.at.desc(), Entry.id.desc())
        .limit(shown + 1)
    )  # fmt: skip
    if kinds:
        query = query.where(Entry.kind.in_(kinds))
    return [Line(**row._mapping) for row in session.execute(query)]
