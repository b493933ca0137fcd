"""`move-to`: from SQLite to PostgreSQL."""

import click

from db.backups.moved import move
from db.cli.record import on_record
from db.engine import Database
from db.rules.words import many
from db.settings import RecordSettings


@click.command()
@click.option("--to", required=True, envvar="MOVE_TO", metavar="URL", help="Where to; better set as MOVE_TO.")
@on_record
def move_to(database: Database, to: str) -> None:
    """Copy the record from SQLite to an empty PostgreSQL.

    Stop the dashboard first. Every row of every table is compared, the audit is followed and a sign-in tried, in one
    transaction: if anything differs, nothing is there. The SQLite file stays as it is. Then set DATABASE_URL, with the
    same keys. Set the address as MOVE_TO: others can read a command line.
    """
    url = RecordSettings.read(to).database_url
    moved = move(database, url, database.vault)
    for name, rows in moved.rows.items():
        click.echo(f"{name}: {many(rows, 'row')}, the same")
    click.echo(f"Moved: {moved.proof.text}")
