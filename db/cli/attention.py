"""`attention`: what needs the operator, because no user may see it or is left to answer it."""

import click
from sqlalchemy import select

from db.cli.record import on_record
from db.engine import Database
from db.models import Case
from db.queries.approvals import unanswerable
from db.rules.words import many
from db.unled import unled_cases


@click.command()
@on_record
def attention(database: Database) -> None:
    """List what needs the operator.

    First, references of open cases that no lead may see, because every lead has a conflict: add a lead without one
    (add-volunteer). Then, how many requests are waiting that no second lead is left to agree to: new-link, reset-factor
    and end-account do the same from here.
    """
    with database.read() as session:
        unled = session.scalars(select(Case.reference).where(Case.id.in_(unled_cases())).order_by(Case.reference)).all()
        stuck = unanswerable(session)
    if unled:
        click.echo(f"{many(len(unled), 'open case has', 'open cases have')} no lead who may see them:")
        click.echo("\n".join(unled))
    if stuck:
        waits = many(stuck, "request is", "requests are")
        click.echo(f"{waits} waiting for a second lead, and nobody is left to agree.")
    if not (unled or stuck):
        click.echo("Nothing needs you.")
