"""A case's history: who viewed it, opened the doctor's identity or changed what; newest first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import JSON, Select, Text, cast, literal, null, select, union_all
from sqlalchemy.orm import Session

from db.access import Viewer, read_case
from db.case_fact_rows import listed, said_of
from db.choices import HistoryKind
from db.coding_access import is_blind
from db.declared import naming_others
from db.models import AccessLog, Audit, CaseFact, Correction, Volunteer
from db.queries.paired import may_know, others_in, read_among
from db.rules.codings import OF_FINDINGS
from db.rules.facts import FactKind, in_words

# The number of a fact and its edition.
FactEdition = tuple[int, int]
# The details of a change that name a person.
PEOPLE = ("volunteer_id", "owner_id")


class PutRight(NamedTuple):
    """What a change of a fact left, in words, and why it was made."""

    was: str | None
    reason: str


@dataclass(frozen=True)
class Happening:
    """One view, opened identity or change. `who` is None for an import or the command line; `about` is the person a
    change is about, `reason` the reason for opening an identity or for putting something right, `others` the references
    of other cases it names, `before` the old values that it left."""

    at: datetime
    kind: HistoryKind
    who: str | None
    action: str
    details: dict[str, Any]
    about: str | None
    reason: str | None
    others: tuple[str, ...] = ()
    before: tuple[str, ...] = ()


def case_history(
    session: Session, viewer: Viewer, reference: str, kinds: tuple[HistoryKind, ...], shown: int
) -> list[Happening]:
    """The newest first; one row more than `shown` means that there are more. No kinds means all.

    Refuses (NotFound) anybody who may not read the case in full.
    """
    case = read_case(session, viewer, reference)
    others, hidden = _paired(session, viewer, case.id)
    unsaid = OF_FINDINGS if is_blind(session, viewer, case) else frozenset()
    parts = [_part(kind, case.id, shown + 1, hidden, unsaid) for kind in kinds or HistoryKind]
    lines = union_all(*parts).subquery()
    newest_first = (lines.c.at.desc(), lines.c.kind, lines.c.id.desc())
    query = select(lines, Volunteer.name.label("who")).outerjoin(Volunteer, Volunteer.id == lines.c.actor_id)
    rows = session.execute(query.order_by(*newest_first).limit(shown + 1)).all()
    names = _names(session, {id for row in rows for id in people_in(row.details)})
    noted = _corrections(session, case.id, {id for row in rows for id in _corrections_in(row.details)})
    changed = _facts(session, case.id, {fact for row in rows if (fact := _fact_in(row.details))})
    return [
        Happening(
            at=row.at,
            kind=HistoryKind(row.kind),
            who=row.who,
            action=row.action,
            details=row.details or {},
            about=next((names.get(id) for id in people_in(row.details)), None),
            reason=row.reason or next((one.reason for one in _of(noted, changed, row.details)), None),
            before=tuple(one.was for one in _of(noted, changed, row.details) if one.was),
            others=tuple(others[other] for other in others_in(row.details)),
        )
        for row in rows
    ]


def _corrections_in(details: Mapping[str, object] | None) -> list[int]:
    ids = details.get("correction_ids") if details else None
    return [id for id in ids if isinstance(id, int)] if isinstance(ids, list) else []


def _corrections(session: Session, case_id: int, ids: set[int]) -> dict[int, Correction]:
    # Not from the audit, which nothing can be taken out of.
    query = select(Correction).where(Correction.case_id == case_id, Correction.id.in_(ids))
    return {row.id: row for row in session.scalars(query)} if ids else {}


def _fact_in(details: Mapping[str, object] | None) -> FactEdition | None:
    found = details.get("fact") if details else None
    is_edition = isinstance(found, list) and len(found) == 2 and all(isinstance(one, int) for one in found)
    return (found[0], found[1]) if isinstance(found, list) and is_edition else None


def _facts(session: Session, case_id: int, editions: set[FactEdition]) -> dict[FactEdition, PutRight]:
    """Why each of these editions was made, and the one before in words; of a ground only why."""
    if not editions:
        return {}
    lists, numbers = listed(session), {number for number, _ in editions}
    rows = session.scalars(select(CaseFact).where(CaseFact.case_id == case_id, CaseFact.number.in_(numbers))).all()
    by_edition = {(row.number, row.edition): row for row in rows}
    found = {}
    for number, edition in editions:
        after, before = by_edition.get((number, edition)), by_edition.get((number, edition - 1))
        if after is not None and before is not None:
            words = None if before.kind is FactKind.GROUND else in_words(before.kind, said_of(before), lists)
            found[number, edition] = PutRight(words, after.reason or "")
    return found


def _of(
    noted: Mapping[int, Correction],
    changed: Mapping[FactEdition, PutRight],
    details: Mapping[str, object] | None,
) -> list[Correction | PutRight]:
    fact = _fact_in(details)
    facts = [changed[fact]] if fact is not None and fact in changed else []
    return [*(noted[id] for id in _corrections_in(details) if id in noted), *facts]


def _paired(session: Session, viewer: Viewer, case_id: int) -> tuple[dict[int, str], list[int]]:
    """The references of other cases that this case's changes name, and the changes the viewer must not know of. Those
    are left out before the page is cut, or its length would reveal them."""
    rows = session.execute(
        select(Audit.id, Audit.action, Audit.details).where(Audit.case_id == case_id, Audit.action.in_(naming_others()))
    ).all()
    others = read_among(session, viewer, {other for row in rows for other in others_in(row.details)})
    return others, [row.id for row in rows if not may_know(viewer, row.action, row.details, others)]


def _part(
    kind: HistoryKind, case_id: int, most: int, hidden: list[int], unsaid: frozenset[str]
) -> Select[*tuple[object, ...]]:
    """Each kind limited to what a page can show, so that a long history is not slow."""
    source: type[Audit | AccessLog] = Audit if kind is HistoryKind.CHANGE else AccessLog
    query = select(
        source.id,
        source.at,
        source.actor_id,
        source.action,
        literal(kind.value).label("kind"),
        (Audit.details if source is Audit else cast(null(), JSON)).label("details"),
        (AccessLog.reason if source is AccessLog else cast(null(), Text)).label("reason"),
    ).where(source.case_id == case_id)
    if source is AccessLog:
        query = query.where(AccessLog.action == kind.value)
    else:
        query = query.where(Audit.id.not_in(hidden)) if hidden else query
        query = query.where(Audit.action.not_in(unsaid)) if unsaid else query
    return select(query.order_by(source.at.desc(), source.id.desc()).limit(most).subquery())


def people_in(details: Mapping[str, object] | None) -> list[int]:
    return [id for name in PEOPLE if isinstance(id := details.get(name), int)] if details else []


def _names(session: Session, ids: set[int]) -> dict[int, str]:
    rows = session.execute(select(Volunteer.id, Volunteer.name).where(Volunteer.id.in_(ids))) if ids else ()
    return {row[0]: row[1] for row in rows}
