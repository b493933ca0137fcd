"""One engine for each database a test process uses: what was put into SQL for one test is ready for the next.

Making SQL of our statements takes longer than running them on a test's few rows, and an engine forgets what it
made when it goes. So SQLite databases are, like those of `tests.postgres`, the same few places again and again.
"""

import functools
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, event, update
from sqlalchemy.engine.interfaces import DBAPIConnection

from db.engine import Database, make_engine
from db.models import Revision

_spare: list[Path] = []


def engine_of(url: str) -> Engine:
    """The engine of this address, in a guise of its own: a test that listens to it hears no other test."""
    return _engine(url).execution_options()


@contextmanager
def sqlite_url(template: Path) -> Iterator[str]:
    """The address of a copy of the template, for whoever has it alone until the end."""
    path = _spare.pop() if _spare else Path(tempfile.mkdtemp(dir=template.parent)) / "casework.sqlite3"
    shutil.copy(template, path)
    url = f"sqlite:///{path}"
    try:
        yield url
    finally:
        _engine(url).dispose()
        for left in path.parent.iterdir():
            left.unlink()
        _spare.append(path)


def name_anew(database: Database) -> None:
    """Caches tell databases apart by this name, which a copy would share."""
    with database.engine.begin() as connection:
        connection.execute(update(Revision).values(database=secrets.token_hex(8)))


@functools.cache
def _engine(url: str) -> Engine:
    engine = make_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _leave_to_memory)
    return engine


def _leave_to_memory(connection: DBAPIConnection, _record: object) -> None:
    """Data that does not outlive the tests need not reach the disk."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous = OFF")
    cursor.close()
