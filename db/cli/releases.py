"""`close-quarter`: the nightly look whether a quarter is over. `releases`: what may be shown, for people and tools."""

import json

import click

from db import clock
from db.cli.record import on_record
from db.commands.releases import keep_release
from db.engine import Database
from db.queries.releases import is_due, ready, signed_tables
from db.rules.quarters import quarter_before, quarter_of
from db.rules.release_protect import FrozenTable
from db.rules.release_record import protected, readable


@click.command()
@on_record
def close_quarter(database: Database) -> None:
    """Compute the release of the quarter just ended, once.

    Run it every night, beside roll-reviews. Nothing is shown before a lead has reviewed it and a second one has signed
    it. A release that stands is left as it is.
    """
    quarter = quarter_before(quarter_of(clock.today()))
    with database.read() as session:
        found = ready(session, quarter) if is_due(session, quarter) else None
    if found is None:
        click.echo(f"{_words(quarter)} has been computed already.")
        return
    made = protected(found)
    with database.write(patterns=False) as session:
        keep_release(session, actor_id=None, made=made)
    if found.open_pairs:
        click.echo(
            f"{found.open_pairs:,} pairs of cases may be one doctor’s each, and count as two until a lead says so."
        )
    click.echo(f"{_words(quarter)} is computed. It waits for a lead to review it, and for a second one to sign it.")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Every table, as JSON.")
@on_record
def releases(database: Database, as_json: bool) -> None:
    """List the signed releases: what may be shown.

    Signed releases only, oldest first. With --json all of their tables, as they are shown.
    """
    with database.read() as session:
        found = signed_tables(session)
    if as_json:
        told = [
            {"period": quarter, "signed_at": at.isoformat(), "tables": [_table(table) for table in tables]}
            for quarter, at, tables in found
        ]
        click.echo(json.dumps({"releases": told}))
        return
    for quarter, at, tables in found:
        numbers, low, withheld = readable(tables)
        click.echo(
            f"{_words(quarter)}  signed {clock.london_day(at):%-d %b %Y}  {len(tables)} tables  "
            f"{numbers:,} numbers, {low:,} of none to 7, {withheld:,} withheld"
        )
    if not found:
        click.echo("No release has been signed yet.")


def _words(quarter: str) -> str:
    return f"{quarter[:4]} {quarter[4:]}"


def _table(table: FrozenTable) -> dict[str, object]:
    return {
        "dimension": table.dimension,
        "period": table.period,
        "rows": list(table.rows),
        "columns": list(table.columns),
        "cells": {
            row: dict(zip(table.columns, line, strict=True)) for row, line in zip(table.rows, table.cells, strict=True)
        },
        "row_totals": dict(zip(table.rows, table.row_totals, strict=True)),
        "column_totals": dict(zip(table.columns, table.column_totals, strict=True)),
        "total": table.total,
    }
