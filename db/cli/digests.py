"""`send-digests`: once a day, to whoever asked for it, what needs them: references and dates, nothing else."""

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

SENT, EMPTY, FAILED = "sent", "had nothing to say", "not sent, to be tried again"
ELSEWHERE = "sent by another run"
NOT_KNOWN = "not known whether it arrived, and not sent again today"
HEADINGS = {1: "Now: crisis and statutory dates", 2: "Late, or waiting for you", 3: "Due soon"}
# The server said no, or cannot say yes to such an address: nothing went out.
REFUSALS = (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, smtplib.SMTPNotSupportedError)


@dataclass(frozen=True)
class Report:
    """What a run did, a line each; and what went wrong, by username: an address never stands in a log."""

    lines: list[str]
    problems: list[str]


@dataclass(frozen=True)
class _Round:
    """What is the same for everybody of one run."""

    database: Database
    settings: mail.MailSettings
    limits: Limits
    address: str
    day: date


class _Failed(Exception):
    """One person's digest went wrong. `outcome` says whether it can be tried again."""

    def __init__(self, why: str, outcome: str = FAILED) -> None:
        super().__init__(why)
        self.why, self.outcome = why, outcome


@click.command()
@on_record
def send_digests(database: Database) -> None:
    """Send today's e-mail to those who asked for it.

    Run it every morning. Needs SMTP_HOST and SMTP_FROM. Nobody gets two in a day, whatever restarts.
    """
    told = RecordSettings.read()
    send_and_tell(database, told.mail, told.limits, told.public_url)


def send_and_tell(database: Database, settings: mail.MailSettings | None, limits: Limits, address: str) -> None:
    """Prints what was done. Refuses where no mail server is named, and at the end where not everybody has theirs."""
    if settings is None:
        raise CommandRefused("No mail server is named: set SMTP_HOST and SMTP_FROM.")
    report = send(database, settings, limits, address, clock.today())
    click.echo("\n".join(report.lines))
    if report.problems:
        raise CommandRefused(f"Not everybody has theirs. {'; '.join(report.problems)}.")


def send(database: Database, settings: mail.MailSettings, limits: Limits, address: str, day: date) -> Report:
    """Sends what is due. What fails for one person stays that person's. Refuses where the server never answers."""
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
        lines.append(f"{unknown} begun earlier today and never finished: whether they arrived is not known.")
    return Report(lines, problems)


def _until_one_fails(
    this: _Round, server: smtplib.SMTP, waiting: deque[Wish], outcomes: Counter[str], problems: list[str]
) -> None:
    """Works the list off; after a failure nobody can say how the line to the server was left, so it is opened anew."""
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
            raise _Failed(f"the mail server refused it ({_code(error)}), to be tried again") from None
        except (OSError, smtplib.SMTPException) as error:
            raise _Failed(f"the mail server hung up ({type(error).__name__}), {NOT_KNOWN}", NOT_KNOWN) from None
    state = DigestState.SENT if letter else DigestState.EMPTY
    with this.database.log() as session:
        digests.settle(session, volunteer_id=wish.volunteer_id, day=this.day, state=state)
    return SENT if letter else EMPTY


def _letter(this: _Round, wish: Wish) -> EmailMessage | None:
    """What goes out, or nothing. Whatever is wrong with one list or address must not reach the next person's."""
    if not is_address(wish.email):
        raise _Failed("the address cannot be written to; a lead can mend it on the page People")
    try:
        with this.database.read() as session:
            lines = my_attention(session, viewer_of(session, wish.volunteer_id), this.day, this.limits)
        if not lines:
            return None
        return mail.letter(
            this.settings,
            to=sending_form(wish.email),
            subject=f"Your list for {this.day:%-d %B}",
            text=text(lines, this.address, this.day),
        )
    except SQLAlchemyError:
        # The record itself cannot be read: that is everybody's.
        raise
    except Exception as error:
        # Its kind only: its words may hold a case's.
        raise _Failed(f"the list could not be made ({type(error).__name__})") from None


def _code(error: Exception) -> str:
    """The server's number, without its words: they may repeat the address."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return str(next(iter(error.recipients.values()))[0])
    return str(error.smtp_code) if isinstance(error, smtplib.SMTPResponseException) else "it takes plain letters only"


def text(lines: Sequence[Attention], address: str, day: date) -> str:
    """References and dates, and nothing that anybody wrote: mail is read on shared screens and kept by others."""
    parts = [f"What needs you on {day:%-d %B %Y}:"]
    for order, heading in HEADINGS.items():
        group = [_line(line) for line in lines if line.order == order]
        if group:
            parts.append("\n".join([heading, *group]))
    if address:
        parts.append(f"Open the dashboard: {address}")
    parts.append("You get this once a day because you asked for it. To stop it: Account, Reminders.")
    return "\n\n".join(parts) + "\n"


def _line(line: Attention) -> str:
    when = f", {line.due_on:%-d %B %Y}" if line.due_on else ""
    return f"- {line.reference}: {line.what.label}{when}"
