"""`upgrade` and `load-reference`: the newest tables, and the newest lists in them."""

import argparse

from db.engine import Database, bump
from db.reference_data import load_reference_data


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "upgrade",
        help="bring the database to the newest schema, with the reference data of this version",
        description="Makes the database if there is none. Safe to run on every start.",
    )
    parser.set_defaults(func=_upgraded)
    parser = subparsers.add_parser(
        "load-reference",
        help="load db/reference/*.csv again",
        description="Adds new rows and brings changed ones up to date; removes none, as cases point at them.",
    )
    parser.set_defaults(func=_load)


def _upgraded(_database: Database, _args: argparse.Namespace) -> None:
    # Every command upgrades first; this one does nothing else.
    print("The database is at the newest schema.")


def _load(database: Database, _args: argparse.Namespace) -> None:
    with database.log() as session:
        changed = load_reference_data(session)
        if changed:
            bump(session)
    print(f"Reference data: {changed:,} rows added or changed.")
