"""`close-quarter`: computes a release when a quarter is over. `releases`: what may be shown, for people and tools."""

import json

import click

from db import clock
from db.cli.record import on_record
from db.commands.releases import keep_release
from db.engine import Database
from db.nights import one_at_a_time
from db.queries.releases import is_due, ready, signed_tables
from db.rules.disclosure import FLOOR
from db.rules.quarters import quarter_before, quarter_of
from db.rules.release_protect import FrozenTable
from db.rules.release_record import protected, readable
from db.rules.words import day, many


@click.command()
@on_record
def close_quarter(database: Database) -> None:
    """Compute the release of the quarter just ended, once.

    Run it every night, like roll-reviews. Nothing is shown until a lead has reviewed it and a second lead has signed
    it. An existing release is not changed.
    """
    with one_at_a_time(database):
        click.echo(quarter_closed(database))


def quarter_closed(database: Database) -> str:
    quarter = quarter_before(quarter_of(clock.today()))
    with database.read() as session:
        found = ready(session, quarter) if is_due(session, quarter) else None
    if found is None:
        return f"{_words(quarter)} has already been computed."
    made = protected(found)
    with database.write(patterns=False) as session:
        keep_release(session, actor_id=None, made=made)
    done = f"{_words(quarter)} has been computed. Now a lead must review it, and a second lead must sign it."
    if not found.open_pairs:
        return done
    pairs = many(found.open_pairs, "pair of cases", "pairs of cases")
    return f"{pairs} may be for the same doctor, and count as two until a lead says so.\n{done}"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Every table, as JSON.")
@on_record
def releases(database: Database, as_json: bool) -> None:
    """List the signed releases: what may be shown.

    Only signed releases, oldest first. With --json, all their tables as shown.
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
            f"{_words(quarter)}  signed {day(clock.london_day(at))}  {many(len(tables), 'table')}  "
            f"{many(numbers, 'number')}, {low:,} of none to {FLOOR - 1}, {withheld:,} withheld"
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
