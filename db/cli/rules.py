"""`rules`: what changed time rules would move. `roll-reviews`: the nightly look at missed reviews."""

import argparse

from db.commands.reviews import roll_reviews
from db.engine import Database, schema_is_current
from db.errors import CommandRefused
from db.queries.rule_changes import RuleChange, every_rule_change
from db.reference_data import load_reference_data


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "rules",
        help="list the open deadlines that changed time rules would move",
        description="Compares db/reference/time_rules.csv with the record, and changes nothing: run it before the "
        "dashboard starts with changed rules. No date moves by itself; leads decide on their home page.",
    )
    parser.set_defaults(func=_list, upgrade_first=False)
    parser = subparsers.add_parser(
        "roll-reviews",
        help="make the next review of every exclusion or order whose last review was missed",
        description="Run it every night. The missed review stays missed.",
    )
    parser.set_defaults(func=_roll)


def _list(database: Database, _args: argparse.Namespace) -> None:
    if not schema_is_current(database.engine):
        raise CommandRefused("The database is of an older version: run `python -m db upgrade`; it moves no date.")
    with database.log() as session:
        waiting = {change.deadline_id for change in every_rule_change(session)}
        load_reference_data(session)
        changes = every_rule_change(session)
        session.rollback()
    for change in changes:
        print(_line(change, asked=change.deadline_id in waiting))
    many = f"{len(changes)} open deadline{'' if len(changes) == 1 else 's'}"
    print(f"{many} would move. Leads decide on Home." if changes else "No open deadline would move.")


def _line(change: RuleChange, *, asked: bool) -> str:
    to = f"{change.new_on:%-d %b %Y}" if change.new_on else "no rule holds for its day any more"
    marks = "".join((", changed by hand" if change.by_hand else "", ", waits for a lead" if asked else ""))
    return f"{change.reference}  {change.due_on:%-d %b %Y} -> {to}  {change.rule}{marks}"


def _roll(database: Database, _args: argparse.Namespace) -> None:
    with database.write(patterns=False) as session:
        made = roll_reviews(session)
    print(f"{made} review{'' if made == 1 else 's'} made.")
