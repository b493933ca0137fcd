"""Messages from somebody other than the doctor that wait for the doctor's own word."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer
from db.choices import YesNo
from db.enquiry_access import visible_enquiries
from db.models import Audit, Enquiry, Organisation, Volunteer
from db.rules.enquiries import ASK_AT_MOST, KEPT_AFTER, deleted_on


@dataclass(frozen=True)
class EnquiryLine:
    """What may be read without opening it. `owner` asks the doctor, by `ask_by`; without the doctor's word nothing is
    left on `deleted_on`. `opened` is who looked at who wrote, and when, the newest first. `version` is for the forms
    about it."""

    id: int
    relation: str
    in_danger: bool
    body: str
    received_on: date
    owner: str
    is_mine: bool
    ask_by: date
    asked_on: date | None
    deleted_on: date
    version: int
    opened: tuple[tuple[str, datetime], ...]


def enquiries(session: Session, viewer: Viewer) -> list[EnquiryLine]:
    """Those this person may see: leads all but those kept from them, volunteers what they ask. Danger first, then by
    the day to ask by."""
    query = (
        select(Enquiry, Organisation.name, Volunteer.name)
        .outerjoin(Organisation, Organisation.id == Enquiry.organisation_id)
        .join(Volunteer, Volunteer.id == Enquiry.owner_id)
        .where(visible_enquiries(viewer))
        .order_by(Enquiry.danger != YesNo.YES, Enquiry.ask_by, Enquiry.id)
    )
    rows = session.execute(query).all()
    opened = _opened(session) if rows else {}
    return [
        EnquiryLine(
            id=row.id,
            relation=row.relation,
            in_danger=row.danger is YesNo.YES,
            body=body or row.body_text or "",
            received_on=clock.london_day(row.received_at),
            owner=owner,
            is_mine=row.owner_id == viewer.id,
            ask_by=row.ask_by,
            asked_on=row.asked_on,
            deleted_on=deleted_on(row.ask_by),
            version=row.version,
            opened=tuple(opened.get(row.id, ())),
        )
        for row, body, owner in rows
    ]


def _opened(session: Session) -> dict[int, list[tuple[str, datetime]]]:
    found: dict[int, list[tuple[str, datetime]]] = {}
    looks = (
        select(Audit.details, Audit.at, Volunteer.name)
        .join(Volunteer, Volunteer.id == Audit.actor_id)
        .where(Audit.action == "open_enquiry", Audit.at >= clock.now() - ASK_AT_MOST - KEPT_AFTER)
        .order_by(Audit.id.desc())
    )
    for details, at, name in session.execute(looks):
        found.setdefault(int(details["enquiry_id"]), []).append((name, at))
    return found
