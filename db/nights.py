"""What runs at night, in order: each part once a day, under a lock that every server respects."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from db import clock
from db.engine import Database
from db.errors import CommandRefused
from db.files import is_file
from db.models import NightStep

NIGHT_LOCK = 20_181_126
UNDER_WAY = "A nightly run is under way already, here or on another server."


class UnderWay(CommandRefused):
    """Somebody else has the lock."""

    def __init__(self) -> None:
        super().__init__(UNDER_WAY)


@dataclass(frozen=True)
class Step:
    """A part of the night: its code, and what it does and says."""

    code: str
    run: Callable[[Database], str]


@contextmanager
def one_at_a_time(database: Database) -> Iterator[None]:
    """Holds the lock of nightly work. Refuses if another process has it; if that one dies, the lock goes with it."""
    held = _held_by_file(database) if is_file(database.engine.url) else _held_by_server(database)
    with held as is_ours:
        if not is_ours:
            raise UnderWay
        yield


@contextmanager
def _held_by_file(database: Database) -> Iterator[bool]:
    file = os.open(f"{database.engine.url.database}.night", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(file)


@contextmanager
def _held_by_server(database: Database) -> Iterator[bool]:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        is_ours = bool(connection.scalar(select(func.pg_try_advisory_lock(NIGHT_LOCK))))
        try:
            yield is_ours
        finally:
            if is_ours:
                connection.scalar(select(func.pg_advisory_unlock(NIGHT_LOCK)))


def run_steps(database: Database, steps: list[Step], say: Callable[[str, bool], None]) -> bool:
    """Runs what has not been done today. What fails is said and noted, and the rest goes on: the next run tries it
    again, as it does what was cut off. `say` is called with a line for each, and whether it went well. Returns whether
    all did. Refuses if another run is under way."""
    well = True
    with one_at_a_time(database):
        for step in steps:
            if _is_done(database, step.code):
                say(f"{step.code}: done already today.", True)
                continue
            line, failed = _tried(database, step)
            say(f"{step.code}: {line}", not failed)
            well = well and not failed
    return well


def _tried(database: Database, step: Step) -> tuple[str, bool]:
    _note(database, step.code, has_ended=False)
    try:
        line, failed = step.run(database), ""
    except CommandRefused as refusal:
        line = failed = refusal.message
    except DBAPIError as error:
        # Only the kind of error, as with any other: its message may include words of a case.
        line = failed = f"The database could not be used ({type(error.orig).__name__})."
    except Exception as error:
        line = failed = f"It broke off ({type(error).__name__})."
    _note(database, step.code, has_ended=True, failed=failed)
    return line, bool(failed)


def _is_done(database: Database, code: str) -> bool:
    with database.read() as session:
        row = session.get(NightStep, (clock.today(), code))
        return row is not None and row.ended_at is not None and not row.failed


def _note(database: Database, code: str, *, has_ended: bool, failed: str = "") -> None:
    with database.write(patterns=False) as session:
        row = session.get(NightStep, (clock.today(), code))
        if row is None:
            row = NightStep(day=clock.today(), step=code, began_at=clock.now())
            session.add(row)
        if not has_ended:
            row.began_at = clock.now()
        row.ended_at = clock.now() if has_ended else None
        row.failed = failed or None
