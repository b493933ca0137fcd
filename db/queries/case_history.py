"""Who looked at a case, who opened its doctor's identity, and who changed what: newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Select, Text, cast, literal, null, select, union_all
from sqlalchemy.orm import Session

from db.access import Viewer, read_case
from db.choices import HistoryKind
from db.models import AccessLog, Audit, Volunteer

# Where the details of a change name a person.
PEOPLE = ("volunteer_id", "owner_id")


@dataclass(frozen=True)
class Happening:
    """One view, opened identity or change. `who` is None for an import or the command line; `about` is the
    person that a change is about, `reason` what was given for opening an identity."""

    at: datetime
    kind: HistoryKind
    who: str | None
    action: str
    details: dict[str, Any]
    about: str | None
    reason: str | None


def case_history(
    session: Session, viewer: Viewer, reference: str, kinds: tuple[HistoryKind, ...], shown: int
) -> list[Happening]:
    """The newest `shown`, newest first; one more row than asked tells that there are more. No kinds means all.

    For the team and leads; else the same NotFound as for no case at all.
    """
    case = read_case(session, viewer, reference)
    parts = [_part(kind, case.id, shown + 1) for kind in kinds or HistoryKind]
    lines = union_all(*parts).subquery()
    newest_first = (lines.c.at.desc(), lines.c.kind, lines.c.id.desc())
    query = select(lines, Volunteer.name.label("who")).outerjoin(Volunteer, Volunteer.id == lines.c.actor_id)
    rows = session.execute(query.order_by(*newest_first).limit(shown + 1)).all()
    names = _names(session, {id for row in rows for id in people_in(row.details)})
    return [
        Happening(
            at=row.at,
            kind=HistoryKind(row.kind),
            who=row.who,
            action=row.action,
            details=row.details or {},
            about=next((names.get(id) for id in people_in(row.details)), None),
            reason=row.reason,
        )
        for row in rows
    ]


def _part(kind: HistoryKind, case_id: int, most: int) -> Select[Any]:
    """Each kind cut to what a page can show of it, so that a case with a long past costs no more."""
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
    return select(query.order_by(source.at.desc(), source.id.desc()).limit(most).subquery())


def people_in(details: dict[str, Any] | None) -> list[int]:
    return [details[name] for name in PEOPLE if name in details] if details else []


def _names(session: Session, ids: set[int]) -> dict[int, str]:
    rows = session.execute(select(Volunteer.id, Volunteer.name).where(Volunteer.id.in_(ids))) if ids else ()
    return {row[0]: row[1] for row in rows}
