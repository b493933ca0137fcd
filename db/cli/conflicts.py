"""`check-conflicts`: the nightly check for people who have become barred from a case."""

import click

from db.cli.record import on_record
from db.commands import wall
from db.commands.bodies import refresh_kin
from db.commands.drafts import tidy_all_drafts
from db.commands.enquiries import delete_lapsed_enquiries
from db.engine import Database
from db.rules.words import many


@click.command()
@on_record
def check_conflicts(database: Database) -> None:
    """End the places of people with a conflict.

    Run it every night. It tells leads. Access always ends as soon as a conflict is known; this also ends places, for
    conflicts that did not come about in the dashboard and for exceptions that have ended. It deletes drafts on cases
    that their writers may no longer read, and messages
    from somebody else about a doctor who has not agreed in time.
    """
    with database.write() as session:
        # For organisations that were not changed by an import or the dashboard.
        refresh_kin(session)
        found, unseen = wall.check_conflicts(session)
        tidy_all_drafts(session)
        lapsed = delete_lapsed_enquiries(session)
    click.echo(f"{many(found, 'new conflict')} found.")
    if lapsed:
        click.echo(f"{many(lapsed, 'message')} about a doctor who has not agreed deleted.")
    if unseen:
        click.echo(f"{many(unseen, 'open case has', 'open cases have')} no lead who may see them: add another lead.")
        click.echo("Run `make db ARGS=attention` to see which.")
