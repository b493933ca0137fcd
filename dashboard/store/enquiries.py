"""Messages from somebody other than the doctor: the list, and opening one."""

from dashboard.store.core import database
from dashboard.store.reads import fresh
from dashboard.store.writes import ADD_FACTOR, still_proved, still_signed_in
from db.commands.enquiries import open_enquiry
from db.errors import CommandRefused
from db.queries.enquiries import EnquiryLine
from db.queries.enquiries import enquiries as enquiries_query
from db.queries.session import Person
from db.rules.enquiries import Reach


def enquiries(person: Person) -> list[EnquiryLine]:
    return fresh(enquiries_query, person.key)


def reach(person: Person, enquiry_id: int, reason: str) -> Reach:
    """Opens who wrote and how to reach the doctor, logs it, and keeps none of it. Refuses unless the password was just
    confirmed."""
    with database().log() as session:
        now = still_signed_in(session, person)
        if now.must_add_factor:
            raise CommandRefused(ADD_FACTOR)
        still_proved(now)
        return open_enquiry(session, actor_id=person.id, enquiry_id=enquiry_id, reason=reason)
