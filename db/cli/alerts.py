"""`send-alerts`: emails that leads are owed at once, where sending them from the dashboard failed."""

import click

from db.alert_mail import send_alerts as send_waiting
from db.cli.record import on_record
from db.engine import Database
from db.errors import CommandRefused
from db.mail import MailSettings
from db.settings import RecordSettings


@click.command()
@on_record
def send_alerts(database: Database) -> None:
    """Send leads the emails that failed at once.

    The dashboard sends them at once by itself. Run this every few minutes, for when the mail server was not reached
    or the dashboard stopped. Needs SMTP_HOST and SMTP_FROM.
    """
    told = RecordSettings.read()
    send_and_tell(database, told.mail, told.public_url)


def send_and_tell(database: Database, settings: MailSettings | None, address: str) -> None:
    """Prints what was done. Refuses if no mail server is set and, at the end, if any could not be sent."""
    if settings is None:
        raise CommandRefused("No mail server is set. Set SMTP_HOST and SMTP_FROM.")
    done = send_waiting(database, settings, address)
    click.echo(f"{done.sent} sent.")
    if done.problems:
        raise CommandRefused(f"Not sent, will be tried again. {'; '.join(done.problems)}.")
