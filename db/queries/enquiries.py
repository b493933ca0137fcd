"""Messages from somebody other than the doctor that wait for the doctor's own word."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer
from db.choices import YesNo
from db.enquiry_access import visible_enquiries
from db.models import Enquiry, Organisation, Volunteer
from db.rules.enquiries import deleted_on


@dataclass(frozen=True)
class EnquiryLine:
    """What may be read without opening it. `owner` asks the doctor, by `ask_by`; without the doctor's word nothing is
    left on `deleted_on`. `version` is for the forms about it."""

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
        )
        for row, body, owner in session.execute(query)
    ]
