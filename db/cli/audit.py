"""`verify-audit`: checks that the audit is as it was written, or says where it is not."""

import click
from tqdm import tqdm

from db.audit_check import Checked, Noted, check_audit, count_rows
from db.cli.record import on_record_as_it_is
from db.commands.record import vault_of
from db.engine import Database, schema_is_current
from db.errors import CommandRefused
from db.meeting_record import changed_since
from db.rules.words import day, many

SHOWN = 16


def _noted(_context: click.Context, _option: click.Parameter, text: str | None) -> Noted | None:
    if text is None:
        return None
    row, _, digest = text.partition(":")
    if not row.isdecimal() or len(digest) < SHOWN:
        raise click.BadParameter("Give it as this command printed it, such as 120:9f8a6c0d3b2e4f10.")
    return Noted(id=int(row), hash=digest.lower())


@click.command()
@click.option("--noted", callback=_noted, metavar="ROW:HASH", help="A row noted from an earlier check.")
# Not upgraded first: chaining an audit before checking it would make it look right.
@on_record_as_it_is
def verify_audit(database: Database, noted: Noted | None) -> None:
    """Check that no audit row or closed meeting was changed.

    Follows the chain from the first row to the last, so that a removed row is noticed too. Keep the last line it prints
    somewhere else, and give it next time with --noted: then even an older audit in place of this one is noticed.
    """
    if not schema_is_current(database.engine):
        raise CommandRefused("The database is not at this version’s schema. Run `make db ARGS=upgrade` first.")
    click.echo(audit_verified(database, noted))


def audit_verified(database: Database, noted: Noted | None = None) -> str:
    """Refuses with the first thing that is not as it was written."""
    checked = _check(database, noted)
    if checked.broken:
        raise CommandRefused(checked.broken)
    with database.read() as session:
        changed = changed_since(session)
    if changed:
        which = ", ".join(map(day, changed))
        raise CommandRefused(f"What was frozen when a meeting closed has been changed since: {which}.")
    said = f"{many(checked.rows, 'audit row is', 'audit rows are')} as written, from the first to the last."
    return f"{said}\nTo note: {checked.head.id}:{checked.head.hash[:SHOWN]}" if checked.rows else said


def _check(database: Database, noted: Noted | None) -> Checked:
    with database.read() as session:
        if database.engine.dialect.name == "postgresql":
            # So that rows added meanwhile, and the new head, are not seen. SQLite always works like this.
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        with tqdm(total=count_rows(session), desc="Audit rows", unit="row", delay=1, disable=None) as bar:
            return check_audit(session, vault_of(session), noted=noted, each=bar.update)
