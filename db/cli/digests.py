"""`send-digests`: a daily email to everybody who wants it, with what needs them: only references and dates."""

import smtplib
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from email.message import EmailMessage

import click
from sqlalchemy.exc import SQLAlchemyError

from db import clock, mail
from db.access import viewer_of
from db.cli.record import on_record
from db.commands import digests
from db.commands.digests import Wish
from db.engine import Database
from db.errors import CommandRefused
from db.models import DigestState
from db.queries.home import Attention, my_attention
from db.rules.addresses import is_address, sending_form
from db.rules.limits import Limits
from db.settings import RecordSettings

SENT, EMPTY, FAILED = "sent", "not needed", "not sent, will be tried again"
ELSEWHERE = "sent by another run"
NOT_KNOWN = "may or may not have arrived, and will not be sent again today"
HEADINGS = {1: "Now: crisis and statutory dates", 2: "Overdue, or waiting for you", 3: "Due soon"}
# The server refused, or cannot take such an address: nothing was sent.
REFUSALS = (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, smtplib.SMTPNotSupportedError)


@dataclass(frozen=True)
class Report:
    """What a run did, one line each, and what went wrong, by username, because addresses must not be in logs."""

    lines: list[str]
    problems: list[str]


@dataclass(frozen=True)
class _Round:
    """What is the same for everybody in one run."""

    database: Database
    settings: mail.MailSettings
    limits: Limits
    address: str
    day: date


class _Failed(Exception):
    """One person's digest failed. `outcome` says whether it can be tried again."""

    def __init__(self, why: str, outcome: str = FAILED) -> None:
        super().__init__(why)
        self.why, self.outcome = why, outcome


@click.command()
@on_record
def send_digests(database: Database) -> None:
    """Send today's email to everybody who wants it.

    Run it every morning. Needs SMTP_HOST and SMTP_FROM. Nobody gets two in a day, even after a restart.
    """
    told = RecordSettings.read()
    send_and_tell(database, told.mail, told.limits, told.public_url)


def send_and_tell(database: Database, settings: mail.MailSettings | None, limits: Limits, address: str) -> None:
    """Prints what was done. Refuses if no mail server is set and, at the end, if not everybody got theirs."""
    if settings is None:
        raise CommandRefused("No mail server is set. Set SMTP_HOST and SMTP_FROM.")
    report = send(database, settings, limits, address, clock.today())
    click.echo("\n".join(report.lines))
    if report.problems:
        raise CommandRefused(f"Not everybody got theirs. {'; '.join(report.problems)}.")


def send(database: Database, settings: mail.MailSettings, limits: Limits, address: str, day: date) -> Report:
    """Sends what is due. One person's failure does not affect others. Refuses if the server never answers."""
    this = _Round(database, settings, limits, address, day)
    with database.read() as session:
        waiting = deque(digests.due(session, day))
        unknown = digests.not_known(session, day)
    outcomes: Counter[str] = Counter()
    problems: list[str] = []
    while waiting:
        try:
            with mail.connection(settings) as server:
                _until_one_fails(this, server, waiting, outcomes, problems)
        except CommandRefused as refusal:
            if not outcomes:
                raise
            problems.append(refusal.message.rstrip("."))
            break
    kinds = (SENT, EMPTY, FAILED, NOT_KNOWN)
    lines = [f"{outcomes[what]} {what}." for what in kinds if outcomes[what] or what == SENT]
    if unknown:
        lines.append(f"{unknown} started earlier today and never finished: may or may not have arrived.")
    return Report(lines, problems)


def _until_one_fails(
    this: _Round, server: smtplib.SMTP, waiting: deque[Wish], outcomes: Counter[str], problems: list[str]
) -> None:
    """Works through the list until one fails, after which the connection may be broken and is opened again."""
    while waiting:
        wish = waiting.popleft()
        try:
            outcomes[_send_one(this, server, wish)] += 1
        except _Failed as failed:
            outcomes[failed.outcome] += 1
            problems.append(f"{wish.username}: {failed.why}")
            return


def _send_one(this: _Round, server: smtplib.SMTP, wish: Wish) -> str:
    letter = _letter(this, wish)
    with this.database.log() as session:
        if not digests.claim(session, volunteer_id=wish.volunteer_id, day=this.day):
            return ELSEWHERE
    if letter:
        try:
            server.send_message(letter)
        except REFUSALS as error:
            with this.database.log() as session:
                digests.give_back(session, volunteer_id=wish.volunteer_id, day=this.day)
            raise _Failed(f"the mail server refused it ({_code(error)}), will be tried again") from None
        except (OSError, smtplib.SMTPException) as error:
            raise _Failed(f"the mail server broke off ({type(error).__name__}), {NOT_KNOWN}", NOT_KNOWN) from None
    state = DigestState.SENT if letter else DigestState.EMPTY
    with this.database.log() as session:
        digests.settle(session, volunteer_id=wish.volunteer_id, day=this.day, state=state)
    return SENT if letter else EMPTY


def _letter(this: _Round, wish: Wish) -> EmailMessage | None:
    """The email, or None if there is nothing to say. A problem here must not affect the next person."""
    if not is_address(wish.email):
        raise _Failed("the address cannot be used; a lead can correct it on the page People")
    try:
        with this.database.read() as session:
            found = my_attention(session, viewer_of(session, wish.volunteer_id), this.day, this.limits)
        lines = [line for line in found if not line.hushed]
        if not lines:
            return None
        return mail.letter(
            this.settings,
            to=sending_form(wish.email),
            subject=f"Your list for {this.day:%-d %B}",
            text=text(lines, this.address, this.day),
        )
    except SQLAlchemyError:
        # The record itself cannot be read, which affects everybody.
        raise
    except Exception as error:
        # Only the kind of error: its message may include words from a case.
        raise _Failed(f"the list could not be made ({type(error).__name__})") from None


def _code(error: Exception) -> str:
    """The server's code, without its message, which may repeat the address."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return str(next(iter(error.recipients.values()))[0])
    return str(error.smtp_code) if isinstance(error, smtplib.SMTPResponseException) else "it only takes plain letters"


def text(lines: Sequence[Attention], address: str, day: date) -> str:
    """References and dates, and nothing that anybody typed: emails are read on shared screens and kept by others."""
    parts = [f"What needs you on {day:%-d %B %Y}:"]
    for order, heading in HEADINGS.items():
        group = [_line(line) for line in lines if line.order == order]
        if group:
            parts.append("\n".join([heading, *group]))
    if address:
        parts.append(f"Open the dashboard: {address}")
    parts.append("You get this email once a day because you asked for it. To stop it, go to Account, Reminders.")
    return "\n\n".join(parts) + "\n"


def _line(line: Attention) -> str:
    when = f", {line.due_on:%-d %B %Y}" if line.due_on else ""
    return f"- {line.reference}: {line.what.label}{when}"
