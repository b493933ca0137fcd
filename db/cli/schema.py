"""`upgrade` and `load-reference`: the newest schema, and the newest reference data."""

import click

from db.cli.record import on_new_record, on_record
from db.engine import Database, bump
from db.reference_data import load_reference_data
from db.rules.words import many


@click.command()
@on_new_record
def upgrade(_database: Database) -> None:
    """Bring the database to the newest schema.

    Loads this version's reference data too. Makes the database if there is none, and for an empty one the
    keys that are not set. Safe to run on every start.
    """
    # Every command upgrades first; this one does nothing else.
    click.echo("The database is at the newest schema.")


@click.command()
@on_record
def load_reference(database: Database) -> None:
    """Load db/reference/*.csv again.

    Adds new rows and brings changed ones up to date; removes none, because cases refer to them.
    """
    with database.log() as session:
        changed = load_reference_data(session)
        if changed:
            bump(session)
    click.echo(f"Reference data: {many(changed, 'row')} added or changed.")
