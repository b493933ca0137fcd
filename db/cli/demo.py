"""`demo`: fills an empty database with fictional cases."""

import sys

import click

from db.cli.record import on_new_record
from db.engine import Database


@click.command()
@click.option(
    "--cases", type=click.IntRange(min=0), default=300, show_default=True, metavar="N", help="How many cases."
)
@click.option("--seed", default=1, show_default=True, metavar="S", help="Random seed.")
@on_new_record
def demo(database: Database, cases: int, seed: int) -> None:
    """Fill an empty database with fictional cases.

    Everything in it is invented. On any one day, the same number and seed give the same cases. Makes the database if
    there is none, and the keys that are not set.
    """
    from db.demo import PASSWORD, SIGN_INS, build_demo

    build_demo(database, cases=cases, seed=seed, progress=sys.stderr.isatty())
    names = ", ".join(username for username, *_ in SIGN_INS)
    click.echo(f"{cases:,} fictional cases. Sign in as {names}, each with the password {PASSWORD}")
