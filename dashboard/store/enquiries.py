"""Messages from somebody other than the doctor: the list, and opening one."""

from dashboard.store.reads import fresh
from dashboard.store.writes import opened
from db.commands.enquiries import open_enquiry
from db.queries.enquiries import EnquiryLine
from db.queries.enquiries import enquiries as enquiries_query
from db.queries.session import Person
from db.rules.enquiries import Reach


def enquiries(person: Person) -> list[EnquiryLine]:
    return fresh(enquiries_query, person.key)


def reach(person: Person, enquiry_id: int, reason: str) -> Reach:
    """Opens who wrote and how to reach the doctor, logs it, and keeps none of it. Refuses unless the password was just
    confirmed."""
    return opened(open_enquiry, person, actor_id=person.id, enquiry_id=enquiry_id, reason=reason)
