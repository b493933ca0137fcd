"""What waits for a second lead, and sending a link that was agreed to."""

import smtplib

from dashboard.settings import settings
from dashboard.store import reads
from dashboard.store.core import database
from db import mail
from db.access import Viewer
from db.commands.accounts import LINK_DAYS
from db.commands.approvals import NewLink
from db.errors import CommandRefused
from db.queries import approvals as approval_queries
from db.queries.approvals import Ask, Desk
from db.queries.approvals import asked_about as asked_about_query
from db.queries.session import Person
from db.rules.words import many

SUBJECT = "Your one-time link"
# No name, and nothing about a case: e-mail is read on shared screens and kept by others.
LETTER = """\
This sets the password of your account on the casework dashboard. It works once, within {within}, and replaces any
link you had before:

{address}

If you did not expect it, do not open it, and tell a lead.
"""


def desk(person: Person) -> Desk:
    return reads.fresh(approval_queries.desk, person.key, person.seen_audit_id)


def to_answer(person: Person) -> int:
    """How many of them are this person's to answer or to look at."""
    return desk(person).to_answer if person.is_lead else 0


def asked_about(person: Person) -> tuple[Ask, ...]:
    """What leads have asked about this person's own account."""
    with database().read() as session:
        return asked_about_query(session, Viewer(id=person.id, role=person.role))


def mail_link(link: NewLink, address: str) -> bool:
    """Sends the link to the person's own address. Returns whether it was sent: not if they have no address, or if there
    is no mail server or it refuses."""
    told = settings().mail
    if told is None or not link.email:
        return False
    words = LETTER.format(address=address, within=many(LINK_DAYS, "day"))
    letter = mail.letter(told, to=link.email, subject=SUBJECT, text=words)
    try:
        with mail.connection(told) as server:
            server.send_message(letter)
    except (CommandRefused, OSError, smtplib.SMTPException):
        return False
    return True
