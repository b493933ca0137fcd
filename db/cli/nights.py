"""`nightly`: everything that runs at night, in one command."""

from functools import partial
from pathlib import Path

import click

from db import clock
from db.backups.copies import make_backup, rotate_backups
from db.cli import audit, conflicts, digests, releases, rules
from db.cli.record import Refusal, on_record
from db.commands.claim_flags import flag_what_ran_out
from db.commands.four_eyes import lapse_unanswered
from db.engine import Database
from db.errors import CommandRefused
from db.nights import Step, UnderWay, run_steps
from db.rules.words import many
from db.settings import RecordSettings


class Unfinished(Refusal):
    """Something failed, and the rest was done."""

    exit_code = 3


class Elsewhere(Refusal):
    """Another run is under way, which does it all."""

    exit_code = 4


@click.command()
@on_record
def nightly(database: Database) -> None:
    """Do all that is done at night.

    In order: conflicts, reviews, drafts, consents that ran out, digests, approvals that ran out, releases due, backup,
    rotation, audit. Each once a day; run it again and it does what is left. Needs BACKUP_TO and BACKUP_DIR. Exit
    status: 0 all done, 3 something failed and the rest was done, 4 another run is under way, 1 refused.
    """
    try:
        went_well = run_steps(database, _steps(RecordSettings.read()), _say)
    except UnderWay as refusal:
        raise Elsewhere(refusal.message) from None
    if not went_well:
        raise Unfinished("Not everything was done. What failed is tried again by the next run.")


def _say(line: str, went_well: bool) -> None:
    click.echo(line, err=not went_well)


def _steps(told: RecordSettings) -> list[Step]:
    return [
        Step("conflicts", conflicts.conflicts_checked),
        Step("reviews", rules.reviews_rolled),
        Step("drafts", lambda database: conflicts.drafts_tidied(database, told.limits)),
        Step("consents", _consents),
        Step("digests", partial(_digests, told)),
        Step("approvals", _approvals),
        Step("releases", releases.quarter_closed),
        Step("backup", partial(_backup, told)),
        Step("rotation", partial(_rotation, told)),
        Step("audit", audit.audit_verified),
    ]


def _consents(database: Database) -> str:
    with database.write(patterns=False) as session:
        marked = flag_what_ran_out(session)
    return f"{many(marked, 'sentence')} marked because a consent behind it ran out."


def _digests(told: RecordSettings, database: Database) -> str:
    if told.mail is None:
        return "No mail server is set, so none are sent."
    report = digests.send(database, told.mail, told.limits, told.public_url, clock.today())
    if report.problems:
        # Not by name: leads read this.
        raise CommandRefused(f"{' '.join(report.lines)} Not everybody got theirs.")
    return " ".join(report.lines)


def _approvals(database: Database) -> str:
    with database.write(patterns=False) as session:
        gone = lapse_unanswered(session)
    return f"{many(gone, 'request')} without an answer lapsed."


def _backup(told: RecordSettings, database: Database) -> str:
    make_backup(database, _folder(told), told.backup_to)
    return "A backup was made."


def _rotation(told: RecordSettings, _database: Database) -> str:
    return f"{many(rotate_backups(_folder(told)), 'older backup')} deleted."


def _folder(told: RecordSettings) -> Path:
    if not (told.backup_to and told.backup_dir):
        raise CommandRefused("BACKUP_TO and BACKUP_DIR are not both set, so there is no backup.")
    return Path(told.backup_dir)
