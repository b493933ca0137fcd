"""`check-conflicts`: the nightly check for people who have become barred from a case."""

import click

from db.cli.record import on_record
from db.commands import wall
from db.commands.bodies import refresh_kin
from db.commands.drafts import tidy_all_drafts
from db.commands.enquiries import delete_lapsed_enquiries
from db.engine import Database
from db.nights import one_at_a_time
from db.rules.limits import Limits
from db.rules.words import many
from db.settings import RecordSettings


@click.command()
@on_record
def check_conflicts(database: Database) -> None:
    """End the places of people with a conflict.

    Run it every night. It tells leads. Access always ends as soon as a conflict is known; this also ends places, for
    conflicts that did not come about in the dashboard and for exceptions that have ended. It deletes drafts on cases
    that their writers may no longer read, and messages
    from somebody else about a doctor who has not agreed in time.
    """
    with one_at_a_time(database):
        click.echo(conflicts_checked(database))
        drafts_tidied(database, RecordSettings.read().limits)


def conflicts_checked(database: Database) -> str:
    with database.write() as session:
        # For organisations that were not changed by an import or the dashboard.
        refresh_kin(session)
        found, unseen = wall.check_conflicts(session)
        lapsed = delete_lapsed_enquiries(session)
    said = [f"{many(found, 'new conflict')} found."]
    if lapsed:
        said.append(f"{many(lapsed, 'message')} about a doctor who has not agreed deleted.")
    if unseen:
        said.append(f"{many(unseen, 'open case has', 'open cases have')} no lead who may see them: add another lead.")
        said.append("Run `make db ARGS=attention` to see which.")
    return "\n".join(said)


def drafts_tidied(database: Database, limits: Limits) -> str:
    with database.log() as session:
        gone = tidy_all_drafts(session, days=limits.draft_days)
    return f"{many(gone, 'draft')} deleted."
