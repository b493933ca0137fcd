"""`upgrade` and `load-reference`: the newest tables, and the newest lists in them."""

import click

from db.cli.record import on_record
from db.engine import Database, bump
from db.reference_data import load_reference_data


@click.command()
@on_record
def upgrade(_database: Database) -> None:
    """Bring the database to the newest schema.

    And its reference data to that of this version. Makes the database if there is none. Safe to run on every start.
    """
    # Every command upgrades first; this one does nothing else.
    click.echo("The database is at the newest schema.")


@click.command()
@on_record
def load_reference(database: Database) -> None:
    """Load db/reference/*.csv again.

    Adds new rows and brings changed ones up to date; removes none, as cases point at them.
    """
    with database.log() as session:
        changed = load_reference_data(session)
        if changed:
            bump(session)
    click.echo(f"Reference data: {changed:,} rows added or changed.")
