"""The timeline of a case, newest first."""

import functools
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from db.access import Viewer, read_case
from db.choices import Contact, EntryKind, TimelineKind, Wellbeing
from db.coding_access import is_blind
from db.errors import NotFound
from db.models import Case, Document, Entry, Redaction, Volunteer
from db.rules import timeline_lines as lines


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


# How many there are at first.
STEP = 30
# Lines of people by what they are filtered by. Lines of the record itself are told apart by their first words.
WRITTEN: dict[TimelineKind, tuple[EntryKind, ...]] = {
    TimelineKind.CONTACT: (EntryKind.UPDATE, EntryKind.CONTACT),
    TimelineKind.NOTE: (EntryKind.NOTE, EntryKind.DECISION, EntryKind.MEETING),
    TimelineKind.HELP: (EntryKind.SUPPORT, EntryKind.ADVOCACY),
    TimelineKind.ACTION: (EntryKind.ACTION,),
    TimelineKind.DOCUMENT: (EntryKind.DOCUMENT,),
}
OF_RECORD = Entry.kind == EntryKind.SYSTEM


def timeline(
    session: Session, viewer: Viewer, reference: str, kinds: tuple[TimelineKind, ...], shown: int
) -> list[Line]:
    """The entries, newest first; one more than `shown` means that there are more. No kinds means all.

    Without the lines that only announce a stage move, a finding or a document, which `CaseDetail` has in full. Empty
    for anybody who may not open the case.
    """
    try:
        case = read_case(session, viewer, reference)
    except NotFound:
        return []
    return lines_of(session, case, kinds, shown, blind=is_blind(session, viewer, case))


def lines_of(
    session: Session, case: Case, kinds: tuple[TimelineKind, ...], shown: int, *, blind: bool = False
) -> list[Line]:
    """The same, for a case the viewer may read in full; if `blind`, without lines that say what findings it has."""
    query = _lines()
    if blind:
        query = query.where(not_(and_(OF_RECORD, or_(_begins(*lines.OF_FINDINGS), Entry.text.contains(lines.TOUCHED)))))
    if kinds:
        query = query.where(or_(*(_of(kind) for kind in kinds)))
    rows = session.execute(query, {"case_id": case.id, "most": shown + 1})
    return [Line(**row._mapping) for row in rows]


def _of(kind: TimelineKind) -> ColumnElement[bool]:
    if kind in (TimelineKind.STAGE, TimelineKind.FINDING):
        return false()
    if kind is TimelineKind.OTHER:
        return and_(OF_RECORD, not_(_begins(lines.DEADLINE, lines.NEXT_REVIEW, lines.WITHDRAWN)))
    if kind is TimelineKind.DEADLINE:
        return and_(OF_RECORD, _begins(lines.DEADLINE, lines.NEXT_REVIEW))
    written = Entry.kind.in_(WRITTEN[kind])
    return or_(written, and_(OF_RECORD, _begins(lines.WITHDRAWN))) if kind is TimelineKind.DOCUMENT else written


def _begins(*words: str) -> ColumnElement[bool]:
    return or_(*(Entry.text.startswith(word) for word in words))


@functools.cache
def _lines() -> Select[*tuple[object, ...]]:
    redactor, any_of_it = aliased(Volunteer), aliased(Redaction)
    last = (
        select(func.max(any_of_it.id))
        .where(any_of_it.place == Entry.__tablename__, any_of_it.row_id == Entry.id)
        .scalar_subquery()
    )
    announced = exists().where(
        Document.case_id == Entry.case_id, Entry.text == literal(lines.ADDED) + Document.description + "."
    )
    return (
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
        .outerjoin(Volunteer, Volunteer.id == Entry.author_id)
        .outerjoin(Redaction, Redaction.id == last)
        .outerjoin(redactor, redactor.id == Redaction.by_id)
        .where(
            Entry.case_id == bindparam("case_id"),
            not_(and_(OF_RECORD, _begins(lines.STAGE, lines.FINDING))),
            not_(and_(Entry.kind == EntryKind.DOCUMENT, announced)),
        )
        .order_by(Entry.at.desc(), Entry.id.desc())
        .limit(bindparam("most"))
    )
