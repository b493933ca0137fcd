"""`backup DIR` and `restore FILE`, for SQLite and PostgreSQL."""

import secrets
from pathlib import Path

import click
from sqlalchemy import inspect, select, update

from db import clock
from db.cli import postgresql, sqlite
from db.cli.record import on_any_record, on_record_as_it_is
from db.engine import Database, upgrade
from db.errors import CommandRefused
from db.key_check import note_keys
from db.models import Case, Revision, Volunteer


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@on_record_as_it_is
def backup(database: Database, folder: Path) -> None:
    """Write a dated copy of the database into DIR.

    Makes the folder if need be. Safe while the dashboard runs. The copy does not include the keys: keep identity.keys
    and hash.key (or IDENTITY_KEYS and HASH_KEY) in another safe place. Without them no identity can be opened.
    """
    folder.mkdir(parents=True, exist_ok=True)
    engine = sqlite if database.engine.dialect.name == "sqlite" else postgresql
    target = folder / f"casework-{clock.now():%Y-%m-%dT%H%M%SZ}{engine.SUFFIX}"
    if target.exists():
        raise CommandRefused(f"{target} already exists.")
    draft = target.with_name(f".{target.name}.part")
    # Created first, for its owner only, whatever the folder's permissions.
    draft.touch(mode=0o600)
    try:
        engine.copy_out(database.engine.url, draft)
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)
    click.echo(target)


@click.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--replace", is_flag=True, help="Overwrite what is in the database now.")
@on_any_record
def restore(database: Database, file: Path, replace: bool) -> None:
    """Restore a backup: the FILE that `backup` wrote.

    Checks the file first, and does not overwrite cases or accounts without --replace.
    """
    if not file.is_file():
        raise CommandRefused(f"{file}: there is no such file.")
    engine = sqlite if database.engine.dialect.name == "sqlite" else postgresql
    engine.check(file)
    if engine is sqlite:
        sqlite.check_keys(file, database.vault)
    if _holds_data(database) and not replace:
        raise CommandRefused("The database has cases or accounts. Back it up, then use --replace to overwrite them.")
    database.engine.dispose()
    engine.copy_in(file, database.engine.url)
    upgrade(database.engine.url.render_as_string(hide_password=False))
    note_keys(database.engine, database.vault)
    with database.write() as session:
        # A new name, so that caches of the old data are not used.
        session.execute(update(Revision).values(database=secrets.token_hex(8)))
    click.echo(f"Restored from {file}.")


def _holds_data(database: Database) -> bool:
    if not inspect(database.engine).has_table(Case.__tablename__):
        return False
    with database.read() as session:
        return any(session.scalar(select(model.id).limit(1)) is not None for model in (Case, Volunteer))
