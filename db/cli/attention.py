"""`attention`: what needs whoever runs the server, because nobody within may see or answer it."""

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
    """Say what needs whoever runs the server.

    Open cases that no lead may see, as every lead stands behind their conflict wall, by reference: add a lead who has
    no conflict there (add-volunteer). And how many requests no second lead is left to agree to: new-link,
    reset-factor and end-account do the same from here.
    """
    with database.read() as session:
        unled = session.scalars(select(Case.reference).where(Case.id.in_(unled_cases())).order_by(Case.reference)).all()
        stuck = unanswerable(session)
    if unled:
        click.echo(f"{many(len(unled), 'open case has', 'open cases have')} no lead who may see them:")
        click.echo("\n".join(unled))
    if stuck:
        click.echo(f"{many(stuck, 'request waits', 'requests wait')} for a second lead, and nobody is left to agree.")
    if not (unled or stuck):
        click.echo("Nothing needs you.")
