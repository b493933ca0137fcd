"""What a case's team may know of its wall, and the conflicts that leads have yet to check."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Date, Select, and_, bindparam, case, func, select
from sqlalchemy.orm import Session, aliased

from db.access import Viewer, barred_people, counted_cases, full_cases, kept, read_case
from db.choices import AuditAction, PartyRole, Role
from db.models import AccessLog, Case, ConflictNotice, Party, Recusal, Volunteer, WallException
from db.queries.names import namesakes


@dataclass(frozen=True)
class ExceptionRow:
    """An exception that is requested or in force. `agreed_by` is None while it waits for a second person."""

    id: int
    volunteer_id: int
    name: str
    reason: str
    asked_by_id: int
    asked_by: str
    agreed_by: str | None
    ends_on: date


@dataclass(frozen=True)
class AskedException:
    """An exception that a lead asked for and that waits for a second person."""

    reference: str
    name: str
    reason: str
    asked_by: str
    ends_on: date


@dataclass(frozen=True)
class SteppedBack:
    """Somebody who stepped back from the case, or of whom a lead noted a conflict, and why if they said."""

    name: str
    at: datetime
    why: str


@dataclass(frozen=True)
class Wall:
    """`barred` is {id: name} of active leads and volunteers who are barred, for leads only; `parties` the roles of
    people named in the case; `named` the role of each, by id, and when they were noted; `kept`, for leads only, is
    {id: name} of those whom only what the case said before a correction bars; `stepped_back`, for leads only, is the
    latest first."""

    barred: dict[int, str]
    exceptions: tuple[ExceptionRow, ...]
    parties: tuple[PartyRole, ...]
    named: dict[int, tuple[PartyRole, datetime]]
    kept: dict[int, str]
    stepped_back: tuple[SteppedBack, ...]


@dataclass(frozen=True)
class FoundConflict:
    """A conflict found after somebody had been on a case or viewed it, and what they had seen of it."""

    id: int
    reference: str
    name: str
    found_at: datetime
    views: int
    identities: int
    last_at: datetime | None


def wall_of(session: Session, viewer: Viewer, reference: str, today: date) -> Wall:
    """The wall of one case. Refuses (NotFound) anybody who may not read it in full."""
    found = read_case(session, viewer, reference)
    barred = select(Volunteer.id, Volunteer.name).where(
        Volunteer.active, Volunteer.role != Role.OBSERVER, Volunteer.id.in_(barred_people(found.id))
    )
    people = session.execute(barred.order_by(Volunteer.name, Volunteer.id)) if viewer.is_lead else ()
    apart = namesakes(session) if viewer.is_lead else {}
    parties = session.execute(
        select(Party.id, Party.role, Party.added_at).where(Party.case_id == found.id).order_by(Party.id)
    ).all()
    return Wall(
        barred={row.id: apart.get(row.id, row.name) for row in people},
        exceptions=_exceptions(session, found.id, today),
        parties=tuple(row.role for row in parties),
        named={row.id: (row.role, row.added_at) for row in parties},
        kept=_kept(session, found.id, apart) if viewer.is_lead else {},
        stepped_back=_stepped_back(session, found.id, apart) if viewer.is_lead else (),
    )


def _kept(session: Session, case_id: int, apart: Mapping[int, str]) -> dict[int, str]:
    query = select(Recusal.id, Volunteer.id.label("person"), Volunteer.name)
    query = query.join(Volunteer, Volunteer.id == Recusal.volunteer_id).where(Recusal.case_id == case_id)
    rows = session.execute(query.where(Recusal.is_kept, Volunteer.active).order_by(Volunteer.name, Volunteer.id))
    return {row.id: apart.get(row.person, row.name) for row in rows}


def _stepped_back(session: Session, case_id: int, apart: Mapping[int, str]) -> tuple[SteppedBack, ...]:
    query = select(Recusal.volunteer_id, Volunteer.name, Recusal.at, Recusal.reason)
    query = query.join(Volunteer, Volunteer.id == Recusal.volunteer_id).where(Recusal.case_id == case_id)
    rows = session.execute(query.where(Recusal.is_kept.is_(False)).order_by(Recusal.at.desc(), Recusal.id.desc()))
    return tuple(SteppedBack(apart.get(person, name), at, why) for person, name, at, why in rows)


def _exceptions(session: Session, case_id: int, today: date) -> tuple[ExceptionRow, ...]:
    asked, agreed = aliased(Volunteer), aliased(Volunteer)
    rows = session.execute(
        select(
            WallException.id,
            WallException.volunteer_id,
            Volunteer.name,
            WallException.reason,
            WallException.asked_by_id,
            asked.name.label("asked_by"),
            agreed.name.label("agreed_by"),
            WallException.ends_on,
        )
        .join(Volunteer, Volunteer.id == WallException.volunteer_id)
        .join(asked, asked.id == WallException.asked_by_id)
        .outerjoin(agreed, agreed.id == WallException.agreed_by_id)
        .where(WallException.case_id == case_id, WallException.ended_at.is_(None), WallException.ends_on >= today)
        .order_by(WallException.id)
    )
    return tuple(ExceptionRow(**row._mapping) for row in rows)


def asked_exceptions(session: Session, viewer: Viewer, today: date) -> list[AskedException]:
    """For leads: exceptions that wait for a second person, who may be this one, by the day on which they would end."""
    if not viewer.is_lead:
        return []
    return [AskedException(**row._mapping) for row in session.execute(_asked(viewer), {"today": today})]


@kept
def _asked(viewer: Viewer) -> Select[*tuple[object, ...]]:
    asked, row = aliased(Volunteer), WallException
    waits = (row.agreed_at.is_(None), row.ended_at.is_(None), row.ends_on >= bindparam("today", type_=Date))
    return (
        select(Case.reference, Volunteer.name, row.reason, asked.name.label("asked_by"), row.ends_on)
        .join(Case, Case.id == row.case_id)
        .join(Volunteer, Volunteer.id == row.volunteer_id)
        .join(asked, asked.id == row.asked_by_id)
        .where(*waits, row.asked_by_id != viewer.id, row.volunteer_id != viewer.id, full_cases(viewer))
        .order_by(row.ends_on, row.id)
    )


def found_conflicts(session: Session, viewer: Viewer) -> list[FoundConflict]:
    """For leads: conflicts nobody has checked, newest first; none of their own or on cases they are barred from."""
    if not viewer.is_lead:
        return []
    return [FoundConflict(**row._mapping) for row in session.execute(_found(viewer))]


@kept
def _found(viewer: Viewer) -> Select[*tuple[object, ...]]:
    log = AccessLog
    same = and_(log.case_id == ConflictNotice.case_id, log.actor_id == ConflictNotice.volunteer_id)

    def many(action: AuditAction) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((log.action == action, 1), else_=0)), 0)

    return (
        select(
            ConflictNotice.id,
            Case.reference,
            Volunteer.name,
            ConflictNotice.found_at,
            many(AuditAction.VIEW).label("views"),
            many(AuditAction.IDENTITY).label("identities"),
            func.max(log.at).label("last_at"),
        )
        .join(Case, Case.id == ConflictNotice.case_id)
        .join(Volunteer, Volunteer.id == ConflictNotice.volunteer_id)
        .outerjoin(log, same)
        .where(ConflictNotice.noted_at.is_(None), ConflictNotice.volunteer_id != viewer.id, counted_cases(viewer))
        .group_by(ConflictNotice.id, Case.reference, Volunteer.name, ConflictNotice.found_at)
        .order_by(ConflictNotice.found_at.desc(), ConflictNotice.id.desc())
    )
