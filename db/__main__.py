"""`python -m db …`: the record from the command line. A refusal is one line on stderr, and exit 1."""

import argparse
import sys
from collections.abc import Sequence

from sqlalchemy.exc import DBAPIError

from db.cli import (
    accounts,
    attention,
    audit,
    backups,
    conflicts,
    demo,
    digests,
    identity,
    releases,
    rules,
    schema,
)
from db.engine import Database, make_engine, upgrade
from db.errors import CommandRefused
from db.imports import cases, organisations
from db.keys import database_url, load_vault
from db.set_up import fill_hashes

# Each module has `add(subparsers)`, which sets `func(database, args)`; one that must see the database as it
# was left also sets `upgrade_first=False`.
SUBCOMMANDS = (
    schema,
    demo,
    organisations,
    cases,
    accounts,
    conflicts,
    attention,
    digests,
    rules,
    releases,
    identity,
    audit,
    backups,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one subcommand and returns the exit code."""
    args = _parser().parse_args(arguments)
    try:
        _run(args)
    except CommandRefused as refusal:
        return _refuse(str(refusal))
    except DBAPIError as error:
        # The driver's own words only: SQLAlchemy's would repeat the statement and its values.
        return _refuse(f"The database cannot be used: {error.orig}")
    except OSError as error:
        return _refuse(f"{error.filename or 'File'}: {error.strerror or error}.")
    except KeyboardInterrupt:
        return _refuse("Stopped. Nothing half-done was kept.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m db",
        description="The casework record: the database that DATABASE_URL names, or var/casework.sqlite3.",
    )
    parser.set_defaults(upgrade_first=True)
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for module in SUBCOMMANDS:
        module.add(subparsers)
    return parser


def _run(args: argparse.Namespace) -> None:
    url = database_url()
    vault = load_vault(url)
    if args.upgrade_first:
        upgrade(url)
    database = Database(make_engine(url), vault)
    try:
        if args.upgrade_first:
            fill_hashes(database)
        args.func(database, args)
    finally:
        database.engine.dispose()


def _refuse(reason: str) -> int:
    sys.stderr.write(" ".join(reason.split()) + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
