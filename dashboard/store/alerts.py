"""Emails to leads at once, sent beside the page so that nobody waits for a mail server."""

import logging
import threading
import time

from dashboard.settings import settings
from dashboard.store.core import database
from db.alert_mail import send_alerts
from db.engine import Database
from db.mail import MailSettings

LOG = logging.getLogger(__name__)
# Then `send-alerts`, the daily email or the next flag sends what is left.
PAUSES = (0, 10, 60, 300)


def send_soon() -> None:
    """Begins sending what waits, if a mail server is set. What goes wrong is logged and tried again."""
    told = settings()
    if told.mail is not None:
        about = (database(), told.mail, told.public_url)
        threading.Thread(target=_send, args=about, name="alerts", daemon=True).start()


def _send(record: Database, mail: MailSettings, address: str) -> None:
    for pause in PAUSES:
        time.sleep(pause)
        done = send_alerts(record, mail, address)
        if not done.problems:
            return
        LOG.error("An email that a lead should have at once was not sent: %s", "; ".join(done.problems))
