"""`add-volunteer`, `new-link`, `reset-factor`, `end-account`: accounts, for what no second lead is there to agree to.

The command line is the operator's: it asks nobody, and is audited without a name.
"""

import argparse

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.choices import Role
from db.commands.account_changes import end_account
from db.commands.accounts import LINK_DAYS
from db.commands.people import add_volunteer, send_link
from db.commands.second_factor import reset_factor
from db.engine import Database
from db.errors import CommandRefused
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
    parser = subparsers.add_parser(
        "new-link",
        help="print a new link that sets an account's password, where no second lead is left to agree to one",
        description=f"The link works once, for {LINK_DAYS} days. Give it to the person and nobody else.",
    )
    parser.add_argument("--username", required=True, help="whose")
    parser.set_defaults(func=_new_link)
    parser = subparsers.add_parser(
        "end-account",
        help="end an account, such as that of one of only two leads",
        description="Every session and link of it ends at once. What the person holds waits to be handed over.",
    )
    parser.add_argument("--username", required=True, help="whose")
    parser.set_defaults(func=_end_account)


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


def _person(session: Session, args: argparse.Namespace) -> Volunteer:
    found = session.scalar(select(Volunteer).where(Volunteer.username == args.username.strip().lower()))
    if found is None:
        raise CommandRefused("There is no account of that username.")
    return found


def _new_link(database: Database, args: argparse.Namespace) -> None:
    with database.write(patterns=False) as session:
        token = send_link(session, actor_id=None, volunteer_id=_person(session, args).id)
    print(f"/set-up?token={token}")


def _end_account(database: Database, args: argparse.Namespace) -> None:
    with database.write() as session:
        end_account(session, None, _person(session, args))
    print(f"The account {args.username} has ended.")


def _reset_factor(database: Database, args: argparse.Namespace) -> None:
    with database.write(patterns=False) as session:
        found = session.scalar(select(Volunteer.id).where(Volunteer.username == args.username.strip().lower()))
        reset_factor(session, actor_id=None, volunteer_id=found or 0)
    print(f"{args.username} signs in with the password alone, and sets up a new second factor.")
