"""A database that cannot be used just now: what the trouble is, said once in the log and then counted, and when it is
over.

Locked, full, read-only or gone is no bug and no refusal: it may be over in a moment, and whoever waits loses nothing.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from time import monotonic

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from db.engine import try_a_write

LOG = logging.getLogger(__name__)
# Seconds: between two tries, and between two lines of the log while it lasts.
NEXT_TRY, NEXT_LINE = 1.0, 600.0


class Trouble(StrEnum):
    LOCKED = "locked"
    FULL = "full"
    READ_ONLY = "read-only"
    DISK = "disk error"
    DAMAGED = "damaged"
    BUSY = "no connection free"
    GONE = "gone"


# The primary result codes of SQLite (https://www.sqlite.org/rescode.html). SQLITE_ERROR is none of them: a bug.
_SQLITE = {
    5: Trouble.LOCKED,
    6: Trouble.LOCKED,
    8: Trouble.READ_ONLY,
    10: Trouble.DISK,
    11: Trouble.DAMAGED,
    13: Trouble.FULL,
    14: Trouble.GONE,
    26: Trouble.DAMAGED,
}
# How SQLSTATE of PostgreSQL begins (its manual, appendix A).
_POSTGRESQL = {
    "08": Trouble.GONE,
    "25006": Trouble.READ_ONLY,
    "40001": Trouble.LOCKED,
    "40P01": Trouble.LOCKED,
    "53100": Trouble.FULL,
    "53": Trouble.BUSY,
    "55P03": Trouble.LOCKED,
    "57": Trouble.GONE,
    "58": Trouble.DISK,
    "XX001": Trouble.DAMAGED,
    "XX002": Trouble.DAMAGED,
}


def trouble_in(error: BaseException) -> Trouble | None:
    """What keeps the database from being used, by what the driver says; None if it is something else."""
    if isinstance(error, NoConnectionFree):
        return Trouble.BUSY
    if isinstance(error, DBAPIError):
        return Trouble.GONE if error.connection_invalidated else trouble_in(error.orig) if error.orig else None
    driver = type(error).__module__.partition(".")[0]
    if driver == "sqlite3":
        return _SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    if driver == "psycopg":
        return _of_postgresql(error)
    return None


def _of_postgresql(error: BaseException) -> Trouble | None:
    import psycopg

    state = getattr(error, "sqlstate", None)
    if state is None:
        # It could not connect, or the connection broke.
        return Trouble.GONE if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) else None
    return _POSTGRESQL.get(state) or _POSTGRESQL.get(state[:2])


def driver_says(error: BaseException) -> str:
    """The driver's kind of error, without its words, which may hold values."""
    inner = error.orig if isinstance(error, DBAPIError) and error.orig else error
    code = getattr(inner, "sqlite_errorname", None) or getattr(inner, "sqlstate", None) or ""
    return f"{type(inner).__module__}.{type(inner).__qualname__} {code}".strip()


class Outage:
    """Whether the database of this process can be used. Several threads may ask and tell at once."""

    def __init__(self) -> None:
        self._lock, self._trying = threading.Lock(), threading.Lock()
        self._met: Counter[Trouble] = Counter()
        self._since = self._said = self._tried = 0.0
        # What is to be written first of all once it is over, such as what was typed meanwhile.
        self.at_the_end: Callable[[], None] = lambda: None

    @property
    def is_on(self) -> bool:
        return bool(self._met)

    def meet(self, error: BaseException) -> bool:
        """Notes an error. False if it is none of the database's troubles."""
        trouble = trouble_in(error)
        if trouble is None:
            return False
        now = monotonic()
        with self._lock:
            if not self._met:
                self._since, self._tried = now, 0.0
            is_new = trouble not in self._met
            self._met[trouble] += 1
            if is_new or now - self._said > NEXT_LINE:
                self._said = now
                counted = "" if is_new else f", for {now - self._since:.0f} s ({self._counted()})"
                LOG.error(
                    "The database cannot be used: %s (%s)%s. Pages wait for it.", trouble, driver_says(error), counted
                )
        return True

    def is_over(self, engine: Engine) -> bool:
        """Tries a write, unless that was tried a moment ago."""
        if not self.is_on:
            return True
        if not self._trying.acquire(blocking=False):
            return False
        try:
            return self._try(engine)
        finally:
            self._trying.release()

    def _try(self, engine: Engine) -> bool:
        if monotonic() - self._tried < NEXT_TRY:
            return not self.is_on
        try:
            try_a_write(engine)
            self.at_the_end()
        except Exception as error:
            self._tried = monotonic()
            if not self.meet(error):
                raise
            return False
        with self._lock:
            lasted = monotonic() - self._since
            LOG.warning("The database can be used again, after %.0f s. Errors: %s", lasted, self._counted())
            self._met.clear()
        return True

    def _counted(self) -> str:
        return ", ".join(f"{trouble} {number}" for trouble, number in self._met.items())


# Of this process: it serves one database.
OUTAGE = Outage()
