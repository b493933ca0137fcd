"""What waits for a second lead, what an only lead did, and recent declarations, for leads to answer or check.

Requests about a case are shown only to leads who may read it. Everybody sees requests about themselves.
"""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Row, Select, and_, bindparam, or_, select
from sqlalchemy.orm import Session, aliased

from db import clock
from db.access import Viewer, full_among
from db.base import UtcDateTime
from db.choices import AffiliationKind, PartyRole, Role
from db.declarations import shared
from db.models import Affiliation, Approval, Audit, Case, Organisation, Party, Volunteer
from db.rules.four_eyes import APPROVAL_DAYS, DECLARATION_DAYS, ApprovalKind, ApprovalOutcome
from db.second_leads import is_live, signing_leads

# The parts of an account whose change may need a second lead.
PARTS = ("name", "email", "role")
# Worked out when a statement runs, so that a cached one does not keep an old time.
LATELY = bindparam("lately", callable_=lambda: clock.now() - timedelta(days=DECLARATION_DAYS), type_=UtcDateTime)


@dataclass(frozen=True)
class Ask:
    """A request to a second lead, or something an only lead did. `name` is the person it is about; `now` and `was` are
    the parts of an account that change. `email` is where a link would go, and `email_changed_at` when that address last
    changed. `can_be_agreed` is whether anybody could agree, and `may_agree` whether the viewer could."""

    id: int
    kind: ApprovalKind
    name: str
    username: str
    role: Role | None
    email: str
    email_changed_at: datetime | None
    asked_by: str
    asked_at: datetime
    lapses_on: date
    now: dict[str, str]
    was: dict[str, str]
    ended_on: date | None
    body: "Belonging | None"
    reference: str | None
    party: PartyRole | None
    is_own: bool
    is_about_me: bool
    may_agree: bool
    can_be_agreed: bool


@dataclass(frozen=True)
class Belonging:
    """An organisation by name and code, or (`body` is None) a specialty circle in a region."""

    kind: AffiliationKind
    body: str | None
    body_code: str | None
    specialty_group: str | None
    region: str | None


@dataclass(frozen=True)
class Declaration:
    """Something a person has recently declared for themselves. `audit_id` is its change in the inbox; `waits` is true
    if it needs a lead's agreement to count in full."""

    id: int
    audit_id: int
    name: str
    what: Belonging
    at: datetime
    waits: bool
    is_new: bool


@dataclass(frozen=True)
class Desk:
    """Everything for one lead. `to_answer` is how many they can answer or check."""

    waiting: tuple[Ask, ...]
    alone: tuple[Ask, ...]
    declared: tuple[Declaration, ...]

    @property
    def to_answer(self) -> int:
        mine = sum(ask.may_agree for ask in self.waiting) + len(self.alone)
        return mine + sum(one.waits or one.is_new for one in self.declared)


def desk(session: Session, viewer: Viewer, seen: int) -> Desk:
    """What waits for leads, oldest first; nothing for anybody else. `seen` is the newest change the viewer has marked
    as read."""
    if not viewer.is_lead:
        return Desk((), (), ())
    rows = session.execute(_for_leads(), {"viewer_id": viewer.id}).all()
    # Also where there is nothing to ask: a statement more or less would tell of a case behind the wall.
    readable = full_among(session, viewer, {row.case_id for row, *_ in rows if row.case_id is not None})
    known = [row for row in rows if row[0].case_id is None or row[0].case_id in readable]
    return Desk(
        waiting=_asks(session, viewer, [row for row in known if row[0].outcome is ApprovalOutcome.WAITING]),
        alone=_asks(session, viewer, [row for row in known if row[0].outcome is ApprovalOutcome.ALONE]),
        declared=_declared(session, viewer, seen),
    )


def asked_about(session: Session, viewer: Viewer) -> tuple[Ask, ...]:
    """Requests about the viewer's own account, oldest first."""
    return _asks(session, viewer, session.execute(_about(), {"viewer_id": viewer.id}).all())


def unanswerable(session: Session) -> int:
    """How many requests are waiting that nobody is left to agree to. For the operator."""
    leads = set(session.scalars(signing_leads()))
    rows = session.execute(select(Approval.asked_by_id, Approval.volunteer_id).where(is_live()))
    return sum(not leads - {row.asked_by_id, row.volunteer_id} for row in rows)


@functools.cache
def _for_leads() -> Select[Approval, str, Volunteer, str]:
    others = Approval.asked_by_id != bindparam("viewer_id")
    alone = and_(Approval.outcome == ApprovalOutcome.ALONE, Approval.seen_at.is_(None), others)
    return _query().where(or_(is_live(), alone))


@functools.cache
def _about() -> Select[Approval, str, Volunteer, str]:
    return _query().where(is_live(), Approval.volunteer_id == bindparam("viewer_id"))


def _query() -> Select[Approval, str, Volunteer, str]:
    by, about = aliased(Volunteer), aliased(Volunteer)
    return (
        select(Approval, by.name.label("asked_by"), about, Case.reference)
        .join(by, by.id == Approval.asked_by_id)
        .outerjoin(about, about.id == Approval.volunteer_id)
        .outerjoin(Case, Case.id == Approval.case_id)
        .order_by(Approval.asked_at, Approval.id)
    )


def _asks(session: Session, viewer: Viewer, rows: Sequence[Row[Approval, str, Volunteer, str]]) -> tuple[Ask, ...]:
    leads = set(session.scalars(signing_leads())) if rows else set()
    return tuple(_ask(session, viewer, leads, *row) for row in rows)


def _ask(
    session: Session,
    viewer: Viewer,
    leads: set[int],
    row: Approval,
    asked_by: str,
    about: Volunteer | None,
    reference: str | None,
) -> Ask:
    told = row.payload
    # Not `volunteer_id`, or they would be shown a request about a case that they must not know of.
    kept_out = session.get(Volunteer, told["who"]) if "who" in told else None
    could = leads - {row.asked_by_id, row.volunteer_id, told.get("who")}
    party = session.get(Party, told["party_id"]) if "party_id" in told else None
    role = about.role if about else Role(told["role"]) if "role" in told else None
    return Ask(
        id=row.id,
        kind=row.kind,
        name=kept_out.name if kept_out else about.name if about else str(told.get("name", "")),
        username=about.username if about else str(told.get("username", "")),
        role=role,
        email=str((about.email if about else told.get("email")) or ""),
        email_changed_at=about.email_changed_at if about else None,
        asked_by=asked_by,
        asked_at=row.asked_at,
        lapses_on=clock.london_day(row.asked_at + timedelta(days=APPROVAL_DAYS)),
        now=_parts(told.get("now")),
        was=_parts(told.get("was")),
        ended_on=date.fromisoformat(told["ended_on"]) if told.get("ended_on") else None,
        body=_body_of(session, told.get("affiliation_id")),
        reference=reference,
        party=party.role if party else None,
        is_own=row.asked_by_id == viewer.id,
        is_about_me=row.volunteer_id == viewer.id,
        may_agree=viewer.id in could,
        can_be_agreed=bool(could),
    )


def _parts(told: object) -> dict[str, str]:
    return {part: str(told[part] or "") for part in PARTS if part in told} if isinstance(told, dict) else {}


def _body_of(session: Session, affiliation_id: int | None) -> Belonging | None:
    row = session.get(Affiliation, affiliation_id) if affiliation_id else None
    if row is None:
        return None
    return _belonging(row, session.get(Organisation, row.organisation_id) if row.organisation_id else None)


def _belonging(row: Affiliation, body: Organisation | None) -> Belonging:
    name, code = (body.name, body.code) if body else (None, None)
    return Belonging(row.kind, name, code, row.specialty_group, row.region)


def _declared(session: Session, viewer: Viewer, seen: int) -> tuple[Declaration, ...]:
    """Newest first: what people have recently declared for themselves, or what still waits, unless this lead has a
    conflict there."""
    rows = session.execute(_own_declarations(), {"viewer_id": viewer.id}).all()
    hidden = shared(session, viewer.id, [row for row, *_ in rows])
    told = [one for one in rows if one[0].id not in hidden]
    changes = _changes(session, (row for row, *_ in told))
    return tuple(
        Declaration(
            id=row.id,
            audit_id=changes.get(row.id, 0),
            name=name,
            what=_belonging(row, body),
            at=row.declared_at,
            waits=row.waits,
            is_new=changes.get(row.id, 0) > seen,
        )
        for row, name, body in told
        if row.declared_at is not None
    )


@functools.cache
def _own_declarations() -> Select[Affiliation, str, Organisation]:
    return (
        select(Affiliation, Volunteer.name, Organisation)
        .join(Volunteer, Volunteer.id == Affiliation.volunteer_id)
        .outerjoin(Organisation, Organisation.id == Affiliation.organisation_id)
        .where(Affiliation.declared_by_id == Affiliation.volunteer_id)
        .where(or_(Affiliation.declared_at > LATELY, Affiliation.waits))
        .where(Affiliation.volunteer_id != bindparam("viewer_id"), Volunteer.active)
        .order_by(Affiliation.declared_at.desc(), Affiliation.id.desc())
    )


def _changes(session: Session, rows: Iterable[Affiliation]) -> dict[int, int]:
    """{affiliation id: id of the change that declared it}."""
    since = min((row.declared_at for row in rows if row.declared_at), default=None)
    if since is None:
        return {}
    found = session.execute(select(Audit.id, Audit.details).where(Audit.action == "add_affiliation", Audit.at >= since))
    return {row.details["affiliation_id"]: row.id for row in found if "affiliation_id" in row.details}
