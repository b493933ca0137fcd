"""What waits for a second lead, and how a link that was agreed to reaches whom it is for."""

import smtplib

from dashboard.store import reads
from dashboard.store.core import database
from db import mail
from db.access import Viewer
from db.commands.approvals import NewLink
from db.errors import CommandRefused
from db.queries import approvals as approval_queries
from db.queries.approvals import Ask, Desk
from db.queries.approvals import asked_about as asked_about_query
from db.queries.session import Person

SUBJECT = "Your one-time link"
# Nothing of any case, and no name: mail is read on shared screens and kept by others.
LETTER = """\
This sets the password of your account on the casework dashboard. It works once, within 7 days, and replaces any
link you had before:

{address}

You did not expect it? Do not open it, and tell a lead.
"""


def desk(person: Person) -> Desk:
    return reads.fresh(approval_queries.desk, person.key, person.seen_audit_id)


def to_answer(person: Person) -> int:
    """How much of it is this person's to answer or to look at."""
    return desk(person).to_answer if person.is_lead else 0


def asked_about(person: Person) -> tuple[Ask, ...]:
    """What leads have asked about one's own account."""
    with database().read() as session:
        return asked_about_query(session, Viewer(id=person.id, role=person.role))


def mail_link(link: NewLink, address: str) -> bool:
    """Whether the link is on its way to the person's own address: not where there is none, or no mail server, or it
    does not take it."""
    settings = mail.read_settings()
    if settings is None or not link.email:
        return False
    letter = mail.letter(settings, to=link.email, subject=SUBJECT, text=LETTER.format(address=address))
    try:
        with mail.connection(settings) as server:
            server.send_message(letter)
    except (CommandRefused, OSError, smtplib.SMTPException):
        return False
    return True
