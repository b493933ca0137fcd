"""`add-volunteer`, `new-link`, `reset-factor`, `end-account`: accounts, for what no second lead is there to agree to.

The command line is the operator's: it asks nobody, and is audited without a name.
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

    The link sets the password. It works once, for {LINK_DAYS} days. Send it by a channel you trust."""
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

    For where no second lead is left to agree to one. The link sets the password. It works once, for {LINK_DAYS} days.
    Give it to the person and nobody else."""
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
    """Take two-step sign-in away from an account.

    For a lead whom no other lead can help. Ends every session of the account. A lead sets it up anew at the
    next sign-in.
    """
    with database.write(patterns=False) as session:
        found = session.scalar(select(Volunteer.id).where(Volunteer.username == username.strip().lower()))
        second_factor.reset_factor(session, actor_id=None, volunteer_id=found or 0)
    click.echo(f"{username} signs in with the password alone, and sets up two-step sign-in anew.")


@click.command()
@username
@on_record
def end_account(database: Database, username: str) -> None:
    """End an account, even that of one of only two leads.

    Every session and link of it ends at once. What the person holds waits to be handed over.
    """
    with database.write() as session:
        account_changes.end_account(session, None, _person(session, username))
    click.echo(f"The account {username} has ended.")


def _person(session: Session, username: str) -> Volunteer:
    found = session.scalar(select(Volunteer).where(Volunteer.username == username.strip().lower()))
    if found is None:
        raise CommandRefused("There is no account of that username.")
    return found
