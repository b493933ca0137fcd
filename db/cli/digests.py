"""`send-digests`: once a day, to whoever asked for it, what needs them: references and dates, nothing else."""

import argparse
import os
import smtplib
from collections import Counter
from collections.abc import Sequence
from datetime import date

from db import clock, mail
from db.access import viewer_of
from db.commands import digests
from db.engine import Database
from db.errors import CommandRefused
from db.keys import SECRETS, public_url, read_secrets, told
from db.models import DigestState
from db.queries.home import Attention, my_attention
from db.rules.limits import Limits, limits_from

SENT, EMPTY, REFUSED = "sent", "had nothing to say", "refused by the mail server, to be tried again"
ELSEWHERE = "sent by another run"
HEADINGS = {1: "Now: crisis and statutory dates", 2: "Late, or waiting for you", 3: "Due soon"}
# What each line is, in words that say nothing about the case.
WHAT = {
    "crisis": "review",
    "deadline": "deadline",
    "action": "action",
    "chase": "chase",
    "update": "status update",
    "offer": "offer to answer",
    "action_offer": "an action to take over",
}


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "send-digests",
        help="send today's e-mail to those who asked for it",
        description="Run it every morning. Needs SMTP_HOST and SMTP_FROM. Nobody gets two in a day, whatever restarts.",
    )
    parser.set_defaults(func=_run)


def _run(database: Database, _args: argparse.Namespace) -> None:
    settings = mail.read_settings()
    if settings is None:
        raise CommandRefused("No mail server is named: set SMTP_HOST and SMTP_FROM.")
    limits = limits_from(read_secrets(SECRETS).get("limits", {}))
    address = public_url(told("PUBLIC_URL", os.environ, SECRETS))
    print("\n".join(send(database, settings, limits, address, clock.today())))


def send(database: Database, settings: mail.MailSettings, limits: Limits, address: str, day: date) -> list[str]:
    """Sends what is due; returns what happened, a line each."""
    with database.read() as session:
        waiting = digests.due(session, day)
        unknown = digests.not_known(session, day)
    outcomes: Counter[str] = Counter()
    if waiting:
        with mail.connection(settings) as server:
            for volunteer_id, email in waiting:
                outcomes[_send_one(database, settings, server, limits, address, day, volunteer_id, email)] += 1
    lines = [f"{outcomes[what]} {what}." for what in (SENT, EMPTY, REFUSED) if outcomes[what] or what == SENT]
    if unknown:
        lines.append(f"{unknown} begun earlier today and never finished: whether they arrived is not known.")
    return lines


def _send_one(
    database: Database, settings: mail.MailSettings, server: smtplib.SMTP, limits: Limits, address: str, day: date,
    volunteer_id: int, email: str,
) -> str:  # fmt: skip
    with database.read() as session:
        lines = my_attention(session, viewer_of(session, volunteer_id), day, limits)
    with database.log() as session:
        if not digests.claim(session, volunteer_id=volunteer_id, day=day):
            return ELSEWHERE
    outcome, state = EMPTY, DigestState.EMPTY
    if lines:
        letter = mail.letter(settings, to=email, subject=f"Your list for {day:%-d %B}", text=text(lines, address, day))
        try:
            server.send_message(letter)
        except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused):
            outcome = REFUSED
        else:
            outcome, state = SENT, DigestState.SENT
    with database.log() as session:
        if outcome == REFUSED:
            digests.give_back(session, volunteer_id=volunteer_id, day=day)
        else:
            digests.settle(session, volunteer_id=volunteer_id, day=day, state=state)
    return outcome


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
    return f"- {line.reference}: {WHAT.get(line.what, line.what)}{when}"
