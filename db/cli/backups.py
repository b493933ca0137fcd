"""`backup-key`, `backup DIR`, `restore FILE` and `drill FILE`, for SQLite and PostgreSQL."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy import inspect, select, text
from sqlalchemy.engine import URL
from sqlalchemy.schema import CreateSchema

from db.backups import sealed, sqlite
from db.backups.copies import backups_in, bring_back, make_backup, rotate_backups, whole_copy
from db.backups.postgresql import SCHEMA
from db.cli.record import on_any_record, on_record_as_it_is
from db.engine import Database, make_engine
from db.errors import CommandRefused
from db.models import Case, Volunteer
from db.rules.words import many
from db.settings import RecordSettings

FILE = click.Path(path_type=Path)
NO_KEY = "BACKUP_TO is not set. Run `make db ARGS=backup-key` once, which says what to do with what it prints."


@click.command()
def backup_key() -> None:
    """Print a new pair of keys for backups.

    The public one is a setting of the server, which can write backups with it and read none. The private one opens
    them: keep it on paper or in a password manager, apart from the backups and from the server.
    """
    private, public = sealed.new_pair()
    click.echo(f"Set on the server:         BACKUP_TO={public}")
    click.echo(f"Keep, and not on the server: BACKUP_KEY={private}")


@click.command()
@click.argument("folder", type=FILE, metavar="DIR")
@click.option("--rotate", is_flag=True, help="Then delete backups that need not be kept.")
@on_record_as_it_is
def backup(database: Database, folder: Path, rotate: bool) -> None:
    """Write an encrypted copy of the database into DIR.

    Makes the folder if need be. Safe while the dashboard runs. Needs BACKUP_TO. The copy does not include the keys:
    keep identity.keys and hash.key (or IDENTITY_KEYS and HASH_KEY) in another safe place. Without them no identity can
    be opened. With --rotate the newest of 7 days, 5 weeks and 12 months stay.
    """
    to = RecordSettings.read().backup_to
    if not to:
        raise CommandRefused(NO_KEY)
    click.echo(make_backup(database, folder, to))
    if rotate:
        click.echo(f"{many(rotate_backups(folder), 'older backup')} deleted.")


@click.command()
@click.argument("file", type=FILE, metavar="FILE")
@click.option("--replace", is_flag=True, help="Overwrite what is in the database now.")
@on_any_record
def restore(database: Database, file: Path, replace: bool) -> None:
    """Restore a backup: the FILE that `backup` wrote.

    Needs BACKUP_KEY and the keys that the copy was made with. Before anything is overwritten it reads the whole file,
    counts every table, follows the audit and signs in as a lead. It does not overwrite cases or accounts without
    --replace. Everybody is signed out. Stop the dashboard first.
    """
    copy = whole_copy(file, RecordSettings.read().backup_key)
    if _holds_data(database) and not replace:
        raise CommandRefused("The database has cases or accounts. Back it up, then use --replace to overwrite them.")
    database.engine.dispose()
    proof = bring_back(copy, database.engine.url.render_as_string(hide_password=False), database.vault)
    click.echo(f"Restored from {file}: {proof.text}")


@click.command()
@click.argument("place", type=FILE, metavar="FILE|DIR")
@on_any_record
def drill(database: Database, place: Path) -> None:
    """Try whether a backup can be restored.

    A FILE, or the newest in DIR. Does all that `restore` does, in a database of its own that is deleted again, and
    changes nothing else. Needs BACKUP_KEY and the keys that the copy was made with. On PostgreSQL it needs the right to
    create a database.
    """
    file = next(iter(backups_in(place)), None) if place.is_dir() else place
    if file is None:
        raise CommandRefused(f"{place}: there is no backup in it.")
    began = time.monotonic()
    copy = whole_copy(file, RecordSettings.read().backup_key)
    with _scratch(database.engine.url) as url:
        proof = bring_back(copy, url, database.vault)
    click.echo(f"{file} can be restored, in {time.monotonic() - began:.0f} s: {proof.text}")


@contextmanager
def _scratch(url: URL) -> Iterator[str]:
    """The address of an empty database of the same kind, for a moment."""
    if url.get_backend_name() == "sqlite":
        with sqlite.beside(url) as folder:
            yield f"sqlite:///{folder / 'casework.sqlite3'}"
        return
    name = f"drill_{secrets.token_hex(6)}"
    engine = make_engine(url.render_as_string(hide_password=False)).execution_options(isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            schema = connection.scalar(text(SCHEMA))
            connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            yield _with_schema(url.set(database=name), schema)
        finally:
            with engine.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name}"))
    finally:
        engine.dispose()


def _with_schema(url: URL, schema: str) -> str:
    """A copy comes back where it was made. What a database says of its schema, a new one does not know."""
    options = f"{url.query.get('options', '')} -csearch_path={schema}".strip()
    address = url.update_query_dict({"options": options}).render_as_string(hide_password=False)
    engine = make_engine(address)
    with engine.begin() as connection:
        connection.execute(CreateSchema(schema, if_not_exists=True))
    engine.dispose()
    return address


def _holds_data(database: Database) -> bool:
    if not inspect(database.engine).has_table(Case.__tablename__):
        return False
    with database.read() as session:
        return any(session.scalar(select(model.id).limit(1)) is not None for model in (Case, Volunteer))
