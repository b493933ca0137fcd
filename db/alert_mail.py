"""Sends the emails that leads are owed because a doctor may be in danger. They say nothing about any case."""

import smtplib
from dataclasses import dataclass
from email.message import EmailMessage

from db.commands.alerts import Owed, claim_alerts, settle_alerts
from db.engine import Database
from db.errors import CommandRefused
from db.mail import MailSettings, connection, letter
from db.rules.addresses import is_address, sending_form
from db.rules.safety import AlertState

SUBJECT = "Please open the dashboard now"
TEXT = (
    "Something that a lead should see today has just been recorded.",
    "This email says nothing about it, on purpose. The dashboard shows it first on Home.",
)


@dataclass(frozen=True)
class Sent:
    """How many were sent, and what went wrong, by username because addresses must not be in logs."""

    sent: int
    problems: tuple[str, ...]


def send_alerts(database: Database, settings: MailSettings, address: str) -> Sent:
    """Sends all that wait, one to each person. What can't be sent waits for the next run."""
    with database.log() as session:
        owed = claim_alerts(session)
    sent, problems = 0, list[str]()
    for person in owed:
        state = AlertState.WAITING
        try:
            _send(settings, person, address)
        except (CommandRefused, OSError, smtplib.SMTPException, ValueError) as error:
            # Only the kind of error: the server's message may repeat addresses.
            problems.append(f"{person.username}: {type(error).__name__}")
        else:
            state, sent = AlertState.SENT, sent + 1
        finally:
            with database.log() as session:
                settle_alerts(session, volunteer_id=person.volunteer_id, state=state)
    return Sent(sent, tuple(problems))


def _send(settings: MailSettings, person: Owed, address: str) -> None:
    if not is_address(person.email):
        raise CommandRefused("The address cannot be used.")
    with connection(settings) as server:
        server.send_message(_letter(settings, person, address))


def _letter(settings: MailSettings, person: Owed, address: str) -> EmailMessage:
    parts = [*TEXT, *([f"Open the dashboard: {address}"] if address else [])]
    return letter(settings, to=sending_form(person.email), subject=SUBJECT, text="\n\n".join(parts) + "\n")
