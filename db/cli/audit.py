"""`verify-audit`: whether the audit is what was written, or where it first is not."""

import argparse

from tqdm import tqdm

from db.audit_check import Checked, Noted, check_audit, count_rows
from db.commands.record import vault_of
from db.engine import Database, schema_is_current
from db.errors import CommandRefused

SHOWN = 16


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "verify-audit",
        help="check that no audit row was changed, removed or slipped in",
        description="Follows the chain from the first row to the last. Write down the last line it prints, away from "
        "this machine, and give it next time: then even a whole audit replaced by an older one is noticed.",
    )
    parser.add_argument("--noted", type=_noted, metavar="ROW:HASH", help="a row that was written down earlier")
    # An audit that is not yet chained must not be chained, and thereby believed, by the act of checking it.
    parser.set_defaults(func=_run, upgrade_first=False)


def _noted(text: str) -> Noted:
    row, _, digest = text.partition(":")
    if not row.isdecimal() or len(digest) < SHOWN:
        raise argparse.ArgumentTypeError("must be as this command printed it, such as 120:9f8a6c0d3b2e4f10")
    return Noted(id=int(row), hash=digest.lower())


def _run(database: Database, args: argparse.Namespace) -> None:
    if not schema_is_current(database.engine):
        raise CommandRefused("The database is not at the schema of this version: run `python -m db upgrade` first.")
    checked = _check(database, args.noted)
    if checked.broken:
        raise CommandRefused(checked.broken)
    print(f"{checked.rows:,} audit rows hold, from the first to the last.")
    if checked.rows:
        print(f"To note: {checked.head.id}:{checked.head.hash[:SHOWN]}")


def _check(database: Database, noted: Noted | None) -> Checked:
    with database.read() as session:
        if database.engine.dialect.name == "postgresql":
            # As SQLite does by itself: rows added meanwhile are not seen, nor the head they move.
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        with tqdm(total=count_rows(session), desc="Audit rows", unit="row", delay=1, disable=None) as bar:
            return check_audit(session, vault_of(session), noted=noted, each=bar.update)
