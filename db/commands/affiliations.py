"""Employers and links: the employers, deaneries and circles a volunteer belongs to, on which the wall is based."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, require_lead, viewer_of
from db.choices import AffiliationKind, Role
from db.commands.four_eyes import must_wait
from db.commands.people import self_or_lead
from db.commands.record import audit, limits_of
from db.commands.wall import end_barred_access, keeps_a_lead
from db.declarations import shares
from db.declared import Password, Patterns, command
from db.errors import CommandRefused
from db.models import Affiliation, CodedTerm, Organisation, Volunteer
from db.rules.four_eyes import DECLARATION_DAYS, ApprovalKind

NOT_THERE = "That link is no longer on the list."


@command(says="declared an employer or another link", patterns=Patterns.ALWAYS, password=Password.AGAIN_FOR_OTHERS)
def add_affiliation(
    session: Session,
    *,
    actor_id: int,
    volunteer_id: int,
    organisation_id: int | None = None,
    started_on: date,
    ended_on: date | None = None,
    kind: AffiliationKind = AffiliationKind.EMPLOYER,
    specialty_group: str | None = None,
    region: str | None = None,
) -> None:
    """Declares an organisation somebody belongs to, or a specialty circle in a region. Its cases vanish for that
    person, and their places on them end at once. For oneself, or for anybody by a lead. A past link still bars for
    `limits.conflict_years`. Refuses unknown codes, and nothing else.

    If it is a volunteer's second of their own within DECLARATION_DAYS, they can be given nothing there and read
    nothing in full at once, but the cards they see change only when a lead agrees (`agree_declaration`).
    """
    viewer = self_or_lead(session, actor_id, volunteer_id)
    where = _where(session, kind, organisation_id, specialty_group, region)
    if ended_on is not None and ended_on < started_on:
        raise CommandRefused("To: choose the first day or a later one.", field="ended_on")
    row = Affiliation(
        volunteer_id=volunteer_id,
        kind=kind,
        started_on=started_on,
        ended_on=ended_on,
        bars_until=bars_until(ended_on, limits_of(session).conflict_years),
        declared_by_id=viewer.id,
        declared_at=clock.now(),
        waits=volunteer_id == viewer.id and viewer.role is Role.VOLUNTEER and _has_declared_lately(session, viewer),
        **where,
    )
    with keeps_a_lead(session):
        session.add(row)
    audit(session, viewer, "add_affiliation", volunteer_id=volunteer_id, kind=kind, affiliation_id=row.id, **where)
    end_barred_access(session, viewer, volunteer_id=volunteer_id)


def _has_declared_lately(session: Session, viewer: Viewer) -> bool:
    # Locked until the end, so that two at once cannot both be the first.
    session.scalar(select(Volunteer.id).where(Volunteer.id == viewer.id).with_for_update(key_share=True))
    since = clock.now() - timedelta(days=DECLARATION_DAYS)
    own = (Affiliation.volunteer_id == viewer.id, Affiliation.declared_by_id == viewer.id)
    return session.scalar(select(Affiliation.id).where(*own, Affiliation.declared_at > since).limit(1)) is not None


@command(says="agreed to a declaration", patterns=Patterns.ALWAYS, password=Password.AGAIN)
def agree_declaration(session: Session, *, actor_id: int, affiliation_id: int) -> None:
    """A lead agrees to somebody's declaration, which from now on hides the cards there too.

    Refuses: not a lead, one that is not waiting, the lead's own, and a lead with a conflict there.
    """
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    row = session.get(Affiliation, affiliation_id)
    if row is None or not row.waits or row.volunteer_id == viewer.id or shares(session, viewer.id, row):
        raise CommandRefused("That declaration is no longer waiting.")
    row.waits = False
    audit(session, viewer, "agree_declaration", volunteer_id=row.volunteer_id, affiliation_id=row.id)
    end_barred_access(session, viewer, volunteer_id=row.volunteer_id)


def _where(
    session: Session,
    kind: AffiliationKind,
    organisation_id: int | None,
    specialty_group: str | None,
    region: str | None,
) -> dict[str, Any]:  # Any: columns of an affiliation
    if kind is not AffiliationKind.CIRCLE:
        if organisation_id is None or session.get(Organisation, organisation_id) is None:
            raise CommandRefused("Organisation: choose from the list.", field="organisation_id")
        return {"organisation_id": organisation_id}
    if specialty_group is None or session.get(CodedTerm, ("specialty_group", specialty_group)) is None:
        raise CommandRefused("Specialty group: choose from the list.", field="specialty_group")
    if region is None or session.get(CodedTerm, ("region", region)) is None:
        raise CommandRefused("Region: choose from the list.", field="region")
    return {"specialty_group": specialty_group, "region": region}


@command(
    says="ended an employer or another link", patterns=Patterns.ALWAYS, password=Password.AGAIN, keeps_refusals=True
)
def end_affiliation(session: Session, *, actor_id: int, affiliation_id: int, ended_on: date) -> bool:
    """Ends an affiliation. Returns True if that waits for a second lead: the lead's own, and an end before today, lower
    a wall, so both wait where there is one. Refuses: not a lead, not found, an end before the start, already asked.
    """
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    row = session.get(Affiliation, affiliation_id)
    if row is None:
        raise CommandRefused(NOT_THERE)
    if ended_on < row.started_on:
        raise CommandRefused("To: choose the first day or a later one.", field="ended_on")
    person = session.get_one(Volunteer, row.volunteer_id)
    was = row.ended_on.isoformat() if row.ended_on else None
    asked = {"affiliation_id": row.id, "ended_on": ended_on.isoformat(), "was": was}
    lowers = row.volunteer_id == viewer.id or ended_on < clock.today()
    if lowers and must_wait(session, viewer, ApprovalKind.END_AFFILIATION, person=person, payload=asked):
        return True
    end_on(session, viewer, row, ended_on)
    return False


def end_on(session: Session, viewer: Viewer, row: Affiliation, ended_on: date) -> None:
    """Sets the last day of an affiliation, and with it how long it still bars."""
    row.ended_on, row.bars_until = ended_on, bars_until(ended_on, limits_of(session).conflict_years)
    audit(session, viewer, "end_affiliation", volunteer_id=row.volunteer_id, affiliation_id=row.id)


def bars_until(ended_on: date | None, years: int) -> date | None:
    """The last day on which a past affiliation bars somebody; None while it lasts."""
    return None if ended_on is None else ended_on + timedelta(days=round(365.25 * years))
