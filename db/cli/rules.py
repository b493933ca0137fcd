"""`rules`: what changed time rules would move. `roll-reviews`: follows up missed reviews every night."""

import click

from db.cli.record import on_record, on_record_as_it_is
from db.commands import reviews
from db.engine import Database, schema_is_current
from db.errors import CommandRefused
from db.nights import one_at_a_time
from db.queries.rule_changes import RuleChange, every_rule_change
from db.reference_data import load_reference_data
from db.rules.words import day, many


@click.command()
@on_record_as_it_is
def rules(database: Database) -> None:
    """List deadlines that changed time rules would move.

    Only open deadlines. Compares db/reference/time_rules.csv with the record, and changes nothing: run it before you
    start the dashboard with changed rules. No date moves by itself: leads decide on Home.
    """
    if not schema_is_current(database.engine):
        raise CommandRefused("The database is from an older version. Run `make db ARGS=upgrade`, which moves no date.")
    with database.log() as session:
        waiting = {change.deadline_id for change in every_rule_change(session)}
        load_reference_data(session)
        changes = every_rule_change(session)
        session.rollback()
    for change in changes:
        click.echo(_line(change, asked=change.deadline_id in waiting))
    count = many(len(changes), "open deadline")
    click.echo(f"{count} would move. Leads decide on Home." if changes else "No open deadline would move.")


def _line(change: RuleChange, *, asked: bool) -> str:
    to = day(change.new_on) if change.new_on else "no rule applies to its day any more"
    marks = "".join((", changed by hand" if change.by_hand else "", ", waiting for a lead" if asked else ""))
    return f"{change.reference}  {day(change.due_on)} -> {to}  {change.rule}{marks}"


@click.command()
@on_record
def roll_reviews(database: Database) -> None:
    """Make the next review where the last one was missed.

    For every exclusion and order. Run it every night. A missed review stays missed.
    """
    with one_at_a_time(database):
        click.echo(reviews_rolled(database))


def reviews_rolled(database: Database) -> str:
    with database.write(patterns=False) as session:
        made = reviews.roll_reviews(session)
    return f"{many(made, 'review')} made."
