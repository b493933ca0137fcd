"""`add-volunteer`, `new-link`, `reset-factor`, `end-account`: accounts, when there is no second lead to agree.

The command line is the operator's: it asks nobody, and its audit rows have no name.
"""

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from db.choices import Role
from db.cli.record import on_record
from db.commands import account_changes, people, second_factor
from db.commands.accounts import LINK_DAYS
from db.engine import Database
from db.errors import CommandRefused
from db.models import Volunteer

username = click.option("--username", required=True, help="Whose account.")


@click.command(
    help=f"""Add an account and print its one-time link.

    The link sets the password. It works once, within {LINK_DAYS} days. Send it by a channel you trust."""
)
@click.option("--username", required=True, help="What the person signs in with.")
@click.option("--name", required=True, help="What others see.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]), help="What they may do.")
@click.option("--hours", type=float, default=0.0, show_default=True, help="Hours pledged a week.")
@on_record
def add_volunteer(database: Database, username: str, name: str, role: str, hours: float) -> None:
    with database.write(patterns=False) as session:
        token = people.add_volunteer(
            session,
            actor_id=None,
            username=username,
            name=name,
            role=Role(role),
            pledged_hours=hours,
        )
    click.echo(f"/set-up?token={token}")


@click.command(
    help=f"""Print a new one-time link for an account.

    For use when no second lead is left to agree. The link sets the password. It works once, within {LINK_DAYS} days.
    Give it only to the person it is for."""
)
@username
@on_record
def new_link(database: Database, username: str) -> None:
    with database.write(patterns=False) as session:
        token = people.send_link(session, actor_id=None, volunteer_id=_person(session, username).id)
    click.echo(f"/set-up?token={token}")


@click.command()
@username
@on_record
def reset_factor(database: Database, username: str) -> None:
    """Turn off two-step sign-in for an account.

    For a lead whom no other lead can help. Ends all sessions of the account. A lead sets it up again at the next
    sign-in.
    """
    with database.write(patterns=False) as session:
        found = session.scalar(select(Volunteer.id).where(Volunteer.username == username.strip().lower()))
        second_factor.reset_factor(session, actor_id=None, volunteer_id=found or 0)
    click.echo(f"{username} can sign in with the password alone, and then set up two-step sign-in again.")


@click.command()
@username
@on_record
def end_account(database: Database, username: str) -> None:
    """End an account, even if it is one of only two leads.

    Its sessions and links end at once. The person's cases wait to be handed over.
    """
    with database.write() as session:
        account_changes.end_account(session, None, _person(session, username))
    click.echo(f"The account {username} has ended.")


def _person(session: Session, username: str) -> Volunteer:
    found = session.scalar(select(Volunteer).where(Volunteer.username == username.strip().lower()))
    if found is None:
        raise CommandRefused("There is no account with that username.")
    return found
