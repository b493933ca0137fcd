"""`verify-audit`: whether the audit is what was written, or where it first is not."""

import click
from tqdm import tqdm

from db.audit_check import Checked, Noted, check_audit, count_rows
from db.cli.record import on_record_as_it_is
from db.commands.record import vault_of
from db.engine import Database, schema_is_current
from db.errors import CommandRefused

SHOWN = 16


def _noted(_context: click.Context, _option: click.Parameter, text: str | None) -> Noted | None:
    if text is None:
        return None
    row, _, digest = text.partition(":")
    if not row.isdecimal() or len(digest) < SHOWN:
        raise click.BadParameter("It must be as this command printed it, such as 120:9f8a6c0d3b2e4f10.")
    return Noted(id=int(row), hash=digest.lower())


@click.command()
@click.option("--noted", callback=_noted, metavar="ROW:HASH", help="A row that was written down earlier.")
# An audit that is not yet chained must not be chained, and thereby believed, by the act of checking it.
@on_record_as_it_is
def verify_audit(database: Database, noted: Noted | None) -> None:
    """Check that no audit row was changed or removed.

    Follows the chain from the first row to the last. Write down the last line it prints, away from this machine, and
    give it next time: then even a whole audit replaced by an older one is noticed.
    """
    if not schema_is_current(database.engine):
        raise CommandRefused("The database is not at the schema of this version: run `make db ARGS=upgrade` first.")
    checked = _check(database, noted)
    if checked.broken:
        raise CommandRefused(checked.broken)
    click.echo(f"{checked.rows:,} audit rows hold, from the first to the last.")
    if checked.rows:
        click.echo(f"To note: {checked.head.id}:{checked.head.hash[:SHOWN]}")


def _check(database: Database, noted: Noted | None) -> Checked:
    with database.read() as session:
        if database.engine.dialect.name == "postgresql":
            # As SQLite does by itself: rows added meanwhile are not seen, nor the head they move.
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        with tqdm(total=count_rows(session), desc="Audit rows", unit="row", delay=1, disable=None) as bar:
            return check_audit(session, vault_of(session), noted=noted, each=bar.update)
