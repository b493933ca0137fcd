"""Email to volunteers, by the campaign's own mail server. Nothing is sent until one is set in the settings."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from db.errors import CommandRefused

TIMEOUT = 20
# Passwords and addresses may only be sent unencrypted on the machine itself.
LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class MailSettings:
    """The mail server, and how to sign in to it. The password is not in the repr."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)


def letter(settings: MailSettings, *, to: str, subject: str, text: str) -> EmailMessage:
    """A plain-text email, marked as automatic so that absence notices do not answer it."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.sender, to, subject
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=settings.sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


@contextmanager
def connection(settings: MailSettings) -> Iterator[smtplib.SMTP]:
    """A connection to the mail server, with TLS unless it is this machine. Refuses in one line."""
    try:
        with smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT) as server:
            if settings.host not in LOCAL:
                server.starttls(context=ssl.create_default_context())
            if settings.user:
                server.login(settings.user, settings.password)
            yield server
    except (OSError, smtplib.SMTPException) as error:
        # Only the kind of error: the server's message may repeat addresses.
        raise CommandRefused(f"The mail server {settings.host} cannot be used: {type(error).__name__}.") from None
