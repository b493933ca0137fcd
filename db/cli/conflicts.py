"""`check-conflicts`: the nightly check of who has come to stand behind the wall of a case."""

import argparse

from db.commands.bodies import refresh_kin
from db.commands.drafts import tidy_all_drafts
from db.commands.wall import check_conflicts
from db.engine import Database


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "check-conflicts",
        help="end the places of people with a conflict, and tell the leads",
        description="Run it every night. Access ends the moment a conflict is known; this ends the places too, of "
        "conflicts that came about by other ways than the dashboard, and of exceptions that have run out. It also "
        "forgets drafts of cases their writers may not read any more.",
    )
    parser.set_defaults(func=_run)


def _run(database: Database, _args: argparse.Namespace) -> None:
    with database.write() as session:
        # For bodies that were changed by other ways than a list or the dashboard.
        refresh_kin(session)
        found, unseen = check_conflicts(session)
        tidy_all_drafts(session)
    print(f"{found} conflict{'' if found == 1 else 's'} newly found.")
    if unseen:
        print(f"{unseen} open case{' has' if unseen == 1 else 's have'} no lead who may see them: make another lead.")
        print("python -m db attention says which.")
