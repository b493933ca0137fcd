"""`python -m db …`: the record from the command line. A refusal is one line on stderr and exit status 1."""

import os

import click

from db.cli import (
    accounts,
    alerts,
    attention,
    audit,
    backups,
    conflicts,
    demo,
    digests,
    identity,
    imports,
    move,
    nights,
    releases,
    rules,
    schema,
)
from db.cli.record import Record

# What a shell asks by once completion is set up for a program `casework` (docs/operating.md).
COMPLETION, PROGRAM = "_CASEWORK_COMPLETE", "casework"


@click.group(cls=Record)
def record() -> None:
    """The casework record: the database that DATABASE_URL names, or var/casework.sqlite3."""


for command in (
    schema.upgrade,
    schema.load_reference,
    demo.demo,
    imports.import_organisations,
    imports.import_cases,
    imports.import_published,
    accounts.add_volunteer,
    accounts.new_link,
    accounts.reset_factor,
    accounts.end_account,
    conflicts.check_conflicts,
    attention.attention,
    alerts.send_alerts,
    digests.send_digests,
    rules.rules,
    rules.roll_reviews,
    releases.close_quarter,
    releases.releases,
    identity.rotate_identity,
    audit.verify_audit,
    nights.nightly,
    backups.backup_key,
    backups.backup,
    backups.restore,
    backups.drill,
    move.move_to,
):
    record.add_command(command)


if __name__ == "__main__":
    record(prog_name=PROGRAM if COMPLETION in os.environ else "python -m db", complete_var=COMPLETION)
