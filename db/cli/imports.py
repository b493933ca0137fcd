"""`import-organisations`, `import-cases` and `import-published`: public lists, cases kept elsewhere until now, and what
others published."""

from pathlib import Path

import click

from db.cli.record import on_record
from db.engine import Database
from db.errors import CommandRefused
from db.imports import cases, organisations, published
from db.imports.files import read_text
from db.imports.mapping import load_map

FILE = click.Path(path_type=Path)


@click.command()
@click.argument("file", type=FILE)
@on_record
def import_organisations(database: Database, file: Path) -> None:
    """Import a public list of organisations.

    Adds new organisations and brings names, closures, places and parents up to date; deletes nothing. Can be repeated.
    Takes the ODS list (27 columns, no heading), the NHS website's list of hospitals (22 columns separated by ¬, with a
    heading) and the ODS list of successors (5 columns, no heading).
    """
    text, _ = read_text(file)
    with database.write() as session:
        said = organisations.import_bodies(session, text)
    click.echo(said)


@click.command()
@click.argument("file", type=FILE)
@click.option("--map", "map_file", type=FILE, required=True, metavar="MAP.toml", help="Which column means what.")
@click.option("--dry-run", is_flag=True, help="Only report what would be imported.")
@click.option("--partial", is_flag=True, help="Import the good rows even if others are bad.")
@click.option("--as", "username", metavar="USERNAME", help="The lead who imports.")
@on_record
def import_cases(
    database: Database, file: Path, map_file: Path, dry_run: bool, partial: bool, username: str | None
) -> None:
    """Import cases from a CSV file with a map.

    Imports all good rows or none, and skips rows already imported. See docs/importing.md.
    """
    mapping = load_map(map_file)
    with database.read() as session:
        actor_id = cases.importer(session, username)
    report = cases.import_cases(
        database, path=file, mapping=mapping, actor_id=actor_id, dry_run=dry_run, partial=partial
    )
    click.echo(report.text)
    if report.bad and not partial:
        raise CommandRefused(f"Bad rows: {len(report.bad):,}. Correct them, or import the rest with --partial.")


@click.command()
@click.argument("file", type=FILE)
@on_record
def import_published(database: Database, file: Path) -> None:
    """Import what others published.

    Takes the NHS Staff Survey by organisation, as CSV. Kept as shares by region and kind of organisation, with year and
    source, and shown below the heatmap. Importing again replaces it.
    """
    text, _ = read_text(file)
    with database.write() as session:
        said = published.import_staff_survey(session, text)
    click.echo(said)
