"""`add-volunteer`: a new account, and the one-time link that sets its password."""

import argparse

from db.choices import Role
from db.commands.accounts import LINK_DAYS
from db.commands.people import add_volunteer
from db.engine import Database


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "add-volunteer",
        help="add an account and print the link that sets its password",
        description=f"The link works once, for {LINK_DAYS} days. Send it by a channel you trust.",
    )
    parser.add_argument("--username", required=True, help="what the person signs in with")
    parser.add_argument("--name", required=True, help="what others see")
    parser.add_argument("--role", required=True, choices=[role.value for role in Role])
    parser.add_argument("--hours", type=float, default=0.0, help="hours pledged a week (default: 0)")
    parser.set_defaults(func=_run)


def _run(database: Database, args: argparse.Namespace) -> None:
    with database.write(patterns=False) as session:
        token = add_volunteer(
            session,
            actor_id=None,
            username=args.username,
            name=args.name,
            role=Role(args.role),
            pledged_hours=args.hours,
        )
    print(f"/set-up?token={token}")
