"""`add-volunteer`, `reset-factor`: a new account with its one-time link; the way back in after a lost telephone."""

import argparse

from sqlalchemy import select

from db.choices import Role
from db.commands.accounts import LINK_DAYS
from db.commands.people import add_volunteer
from db.commands.second_factor import reset_factor
from db.engine import Database
from db.models import Volunteer


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
    parser = subparsers.add_parser(
        "reset-factor",
        help="take away an account's second factor, for a lead whom no other lead can help",
        description="Ends every session of the account. A lead sets up a new one at the next sign-in.",
    )
    parser.add_argument("--username", required=True, help="whose")
    parser.set_defaults(func=_reset_factor)


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


def _reset_factor(database: Database, args: argparse.Namespace) -> None:
    with database.write(patterns=False) as session:
        found = session.scalar(select(Volunteer.id).where(Volunteer.username == args.username.strip().lower()))
        reset_factor(session, actor_id=None, volunteer_id=found or 0)
    print(f"{args.username} signs in with the password alone, and sets up a new second factor.")
