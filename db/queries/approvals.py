"""What waits for a second lead, what an only lead did, and recent declarations, for leads to answer or check.

Requests about a case are shown only to leads who may read it. Everybody sees requests about themselves.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session, aliased

from db import clock
from db.access import Viewer, full_cases
from db.choices import AffiliationKind, PartyRole, Role
from db.declarations import shares
from db.models import Affiliation, Approval, Audit, Case, Organisation, Party, Volunteer
from db.rules.four_eyes import APPROVAL_DAYS, DECLARATION_DAYS, ApprovalKind, ApprovalOutcome
from db.second_leads import is_live, signing_leads

# The parts of an account whose change may need a second lead.
PARTS = ("name", "email", "role")


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
    alone = and_(
        Approval.outcome == ApprovalOutcome.ALONE, Approval.seen_at.is_(None), Approval.asked_by_id != viewer.id
    )
    known = or_(Approval.case_id.is_(None), Approval.case_id.in_(select(Case.id).where(full_cases(viewer))))
    return Desk(
        waiting=_asks(session, viewer, _query().where(is_live(), known)),
        alone=_asks(session, viewer, _query().where(alone, known)),
        declared=_declared(session, viewer, seen),
    )


def asked_about(session: Session, viewer: Viewer) -> tuple[Ask, ...]:
    """Requests about the viewer's own account, oldest first."""
    return _asks(session, viewer, _query().where(is_live(), Approval.volunteer_id == viewer.id))


def unanswerable(session: Session) -> int:
    """How many requests are waiting that nobody is left to agree to. For the operator."""
    leads = set(session.scalars(signing_leads()))
    rows = session.execute(select(Approval.asked_by_id, Approval.volunteer_id).where(is_live()))
    return sum(not leads - {row.asked_by_id, row.volunteer_id} for row in rows)


def _query() -> Select[Approval, str, Volunteer, str]:
    by, about = aliased(Volunteer), aliased(Volunteer)
    return (
        select(Approval, by.name.label("asked_by"), about, Case.reference)
        .join(by, by.id == Approval.asked_by_id)
        .outerjoin(about, about.id == Approval.volunteer_id)
        .outerjoin(Case, Case.id == Approval.case_id)
        .order_by(Approval.asked_at, Approval.id)
    )


def _asks(session: Session, viewer: Viewer, query: Select[Approval, str, Volunteer, str]) -> tuple[Ask, ...]:
    rows = session.execute(query).all()
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
    return _belonging(session, row) if row else None


def _belonging(session: Session, row: Affiliation) -> Belonging:
    body = session.get(Organisation, row.organisation_id) if row.organisation_id else None
    name, code = (body.name, body.code) if body else (None, None)
    return Belonging(row.kind, name, code, row.specialty_group, row.region)


def _declared(session: Session, viewer: Viewer, seen: int) -> tuple[Declaration, ...]:
    """Newest first: what people have recently declared for themselves, or what still waits, unless this lead has a
    conflict there."""
    lately = Affiliation.declared_at > clock.now() - timedelta(days=DECLARATION_DAYS)
    rows = session.execute(
        select(Affiliation, Volunteer.name)
        .join(Volunteer, Volunteer.id == Affiliation.volunteer_id)
        .where(Affiliation.declared_by_id == Affiliation.volunteer_id, or_(lately, Affiliation.waits))
        .where(Affiliation.volunteer_id != viewer.id, Volunteer.active)
        .order_by(Affiliation.declared_at.desc(), Affiliation.id.desc())
    ).all()
    told = [(row, name) for row, name in rows if not shares(session, viewer.id, row)]
    changes = _changes(session, (row for row, _ in told))
    return tuple(
        Declaration(
            id=row.id,
            audit_id=changes.get(row.id, 0),
            name=name,
            what=_belonging(session, row),
            at=row.declared_at,
            waits=row.waits,
            is_new=changes.get(row.id, 0) > seen,
        )
        for row, name in told
        if row.declared_at is not None
    )


def _changes(session: Session, rows: Iterable[Affiliation]) -> dict[int, int]:
    """{affiliation id: id of the change that declared it}."""
    since = min((row.declared_at for row in rows if row.declared_at), default=None)
    if since is None:
        return {}
    found = session.execute(select(Audit.id, Audit.details).where(Audit.action == "add_affiliation", Audit.at >= since))
    return {row.details["affiliation_id"]: row.id for row in found if "affiliation_id" in row.details}
