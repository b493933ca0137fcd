"""`check-conflicts`: the nightly check of who has come to stand behind the wall of a case."""

import click

from db.cli.record import on_record
from db.commands import wall
from db.commands.bodies import refresh_kin
from db.commands.drafts import tidy_all_drafts
from db.engine import Database
from db.rules.words import many


@click.command()
@on_record
def check_conflicts(database: Database) -> None:
    """End the places of people with a conflict.

    Run it every night; it tells the leads. Access ends the moment a conflict is known; this ends the places too, of
    conflicts that came about by other ways than the dashboard, and of exceptions that have run out. It also forgets
    drafts of cases their writers may not read any more.
    """
    with database.write() as session:
        # For bodies that were changed by other ways than a list or the dashboard.
        refresh_kin(session)
        found, unseen = wall.check_conflicts(session)
        tidy_all_drafts(session)
    click.echo(f"{many(found, 'conflict')} newly found.")
    if unseen:
        click.echo(f"{many(unseen, 'open case has', 'open cases have')} no lead who may see them: make another lead.")
        click.echo("`make db ARGS=attention` says which.")
