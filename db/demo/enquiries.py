"""Two messages from somebody other than the doctor: one to ask the doctor about, one that waits for the answer."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.choices import Channel, Role, YesNo
from db.commands.enquiries import Written, note_enquiry_asked, record_enquiry
from db.demo.replayed import free_bodies
from db.demo.work import first_of
from db.models import Enquiry
from db.rules.enquiries import ASK_WITHIN

WRITERS = (("partner", "Example Partner", 2), ("colleague", "Example Colleague", 9))


def add_enquiries(session: Session) -> None:
    """Recorded by the demonstration's volunteer; about the second the doctor has been asked."""
    who = first_of(Role.VOLUNTEER)
    body = free_bodies(session, who)["employer"]
    for relation, name, days in WRITERS:
        received = clock.now() - timedelta(days=days)
        written = Written(
            received_at=received,
            channel=Channel.EMAIL,
            danger=YesNo.NO,
            relation=relation,
            writer=name,
            writer_contact=f"{relation}@example.org",
            doctor=f"Demo Doctor {relation.title()}",
            doctor_contact="07700 900456",
            ask_by=clock.london_day(received) + ASK_WITHIN,
            organisation_id=body,
        )
        record_enquiry(session, actor_id=who, written=written)
    session.flush()
    last = session.scalars(select(Enquiry).order_by(Enquiry.id.desc()).limit(1)).one()
    note_enquiry_asked(
        session, actor_id=who, enquiry_id=last.id, seen_version=last.version, asked_on=clock.today() - timedelta(days=1)
    )
