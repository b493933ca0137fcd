"""What all commands share: opening the record, and refusals in one line."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any, Concatenate, ParamSpec

import click
from sqlalchemy.exc import DBAPIError

from db.engine import Database, make_engine
from db.engine import upgrade as bring_up_to_date
from db.errors import CommandRefused
from db.key_check import checked, note_keys
from db.set_up import fill_hashes, fill_search
from db.settings import HASH_FILE, RecordSettings, kept_beside

P = ParamSpec("P")


class Refusal(click.ClickException):
    """One line on stderr, without a prefix, and exit status 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(" ".join(self.message.split()), file=file, err=True)


class Record(click.Group):
    """Shows problems that a person can put right in one line. Anything else is a bug and crashes."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CommandRefused as refusal:
            raise Refusal(refusal.message) from None
        except DBAPIError as error:
            # Only the driver's message: SQLAlchemy's would repeat the statement and its values.
            raise Refusal(f"The database cannot be used: {error.orig}") from None
        except OSError as error:
            raise Refusal(f"{error.filename or 'File'}: {error.strerror or error}.") from None
        except KeyboardInterrupt:
            raise Refusal("Stopped. No unfinished work was saved.") from None


def on_record(run: Callable[Concatenate[Database, P], None]) -> Callable[P, None]:
    """Gives a command the record, at the newest schema. Refuses keys that are not the record's."""

    @functools.wraps(run)
    def command(*args: P.args, **kwargs: P.kwargs) -> None:
        with _brought_up_to_date(checked(RecordSettings.read())) as database:
            run(database, *args, **kwargs)

    return command


def on_new_record(run: Callable[Concatenate[Database, P], None]) -> Callable[P, None]:
    """The same for a command that says that it makes a record where there is none: it makes the keys too."""

    @functools.wraps(run)
    def command(*args: P.args, **kwargs: P.kwargs) -> None:
        told = RecordSettings.read()
        with _brought_up_to_date(checked(told, makes_keys=True)) as database:
            if told.missing_keys:
                folder = kept_beside(told.database_url, HASH_FILE).parent
                click.echo(f"New keys are in {folder}. Keep a copy of them somewhere else.")
            run(database, *args, **kwargs)

    return command


def on_record_as_it_is(run: Callable[Concatenate[Database, P], None]) -> Callable[P, None]:
    """Gives a command the record as it is: not upgraded, and perhaps not there. Refuses keys that are not its own."""

    @functools.wraps(run)
    def command(*args: P.args, **kwargs: P.kwargs) -> None:
        with _opened(checked(RecordSettings.read())) as database:
            run(database, *args, **kwargs)

    return command


def on_any_record(run: Callable[Concatenate[Database, P], None]) -> Callable[P, None]:
    """The same, whatever keys the record was made with: it is to be replaced."""

    @functools.wraps(run)
    def command(*args: P.args, **kwargs: P.kwargs) -> None:
        with _opened(RecordSettings.read()) as database:
            run(database, *args, **kwargs)

    return command


@contextmanager
def _brought_up_to_date(settings: RecordSettings) -> Iterator[Database]:
    bring_up_to_date(settings.database_url)
    with _opened(settings) as database:
        note_keys(database.engine, database.vault)
        fill_hashes(database)
        fill_search(database)
        yield database


@contextmanager
def _opened(settings: RecordSettings) -> Iterator[Database]:
    database = Database(make_engine(settings.database_url), settings.vault)
    try:
        yield database
    finally:
        database.engine.dispose()
