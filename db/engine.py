"""Makes the engine and its sessions, and gives one way to write."""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, func, inspect, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError

from db import audit_chain, clock, constraints, search_index
from db.base import LEAVES_NOTHING
from db.errors import CommandRefused
from db.files import is_file, keep_private, leave_nothing
from db.models import Revision
from db.reference_data import load_reference_data
from db.rules.limits import Limits
from db.settings import SettingsError
from db.vault import Vault

HERE = Path(__file__).parent
PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA journal_mode = WAL",
    # NORMAL would lose what was acknowledged since the last checkpoint when the power goes.
    "PRAGMA synchronous = FULL",
    "PRAGMA cache_size = -65536",
    "PRAGMA mmap_size = 1073741824",
    # Overwrite deleted data in the file, not only in the tables.
    "PRAGMA secure_delete = ON",
)
# Seconds: how long a write waits for another, and how long it is tried whether one could be made at all.
PATIENCE, SHORT = 15.0, 2.0
# Seconds: how much longer a PostgreSQL may take over an answer, and how long it leaves to a server of ours that hangs
# what that has locked.
ANSWER, HANGS = 5.0, 60.0
# libpq's own would wait for a server that has gone without a word for as long as a quarter of an hour.
LINE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 10_000,
}
# Compiling a plan or starting workers takes longer than any of our queries. So does planning one that asks about the
# wall: it is planned once on each connection, whoever asks and of however many cases.
# PostgreSQL thinks of disks that turn, and would sooner read all cases than a few by index: ours are in memory.
SHORT_QUERIES = {
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "plan_cache_mode": "force_generic_plan",
    "random_page_cost": "1.1",
}
# Connections kept open, and how many more at most: together as many as one pool for both would have.
COMMANDS, LOOKS, WRITES = (10, 10), (10, 2), (4, 4)
IMMEDIATE = "begin_immediate"
FIRST_INDEX = "ix_stage_events_to_stage_at"
TOO_OLD = (
    "The database was made before the first version that can be upgraded. Nothing in it was changed. Keep it, and "
    "start with a new one."
)
UPGRADE_LOCK = 20_180_724


def make_engine(url: str, *, patience: float = PATIENCE, serves: bool = False, looks: bool = False) -> Engine:
    """An engine for SQLite or PostgreSQL. Errors and logs never show a statement's parameters.

    One that `serves` people has them wait no longer than it must. A SQLite file that has gone is not made anew, empty,
    in its place; a PostgreSQL that does not answer is given up. One that `looks` serves too: it is for PostgreSQL, can
    change nothing, and spares the server what comes around a statement, as each is a transaction of its own.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return _of_server(url, patience if serves or looks else None, looks=looks)
    engine = create_engine(url, hide_parameters=True)
    if is_file(parsed):
        file = Path(str(parsed.database))
        file.parent.mkdir(parents=True, exist_ok=True)
        event.listen(engine, "do_connect", partial(_look_after, file, not serves))
    event.listen(engine, "handle_error", _refuse_unstorable)

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        # The driver must not open transactions: BEGIN below decides which kind.
        connection.isolation_level = None
        connection.create_function("london_day", 1, _london_day, deterministic=True)
        for pragma in (f"PRAGMA busy_timeout = {patience * 1000:.0f}", *PRAGMAS):
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A write takes its lock at once: a read that becomes a write half-way cannot wait for it.
        immediate = connection.get_execution_options().get(IMMEDIATE)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _look_after(file: Path, makes_file: bool, *_connecting: object) -> None:
    if not makes_file and not file.exists():
        gone = sqlite3.OperationalError("unable to open database file")
        gone.sqlite_errorcode, gone.sqlite_errorname = sqlite3.SQLITE_CANTOPEN, "SQLITE_CANTOPEN"
        raise gone
    keep_private(file)


def _london_day(stored: str | None) -> str | None:
    """`queries.days.LondonDay` for SQLite, which has no time zones."""
    if stored is None:
        return None
    return clock.london_day(datetime.fromisoformat(stored).replace(tzinfo=UTC)).isoformat()


def _of_server(url: str, patience: float | None, *, looks: bool) -> Engine:
    """For PostgreSQL. Without `patience` a statement takes as long as it takes."""
    asked = {name: value for name, value in LINE.items() if name not in make_url(url).query}
    size, more = COMMANDS if patience is None else LOOKS if looks else WRITES
    # Last in, first out: the connection used last has the most prepared statements.
    pool: dict[str, object] = {"pool_size": size, "max_overflow": more, "pool_use_lifo": True}
    # Who looks asks by itself whether a connection is still there, and not each time (`answering.ask_again`).
    pool |= {"isolation_level": "AUTOCOMMIT"} if looks else {"pool_pre_ping": True}
    engine = create_engine(url, hide_parameters=True, connect_args=asked, **pool)
    event.listen(engine, "handle_error", _refuse_unstorable)
    told = SHORT_QUERIES | ({"default_transaction_read_only": "on"} if looks else {})
    if patience is not None:
        # Here, or whoever has a file would wait for PostgreSQL's driver to be read in.
        from db import answering

        within = patience + ANSWER
        limits = {"lock": patience, "statement": within, "idle_in_transaction_session": HANGS}
        told |= {f"{name}_timeout": f"{seconds * 1000:.0f}" for name, seconds in limits.items()}
        event.listen(engine, "do_connect", partial(answering.connect, within))
        if looks:
            event.listen(engine, "checkout", answering.ask_again)
    event.listen(engine, "connect", partial(_tell, "; ".join(f"SET {name} = {value}" for name, value in told.items())))
    return engine


def _tell(settings: str, connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(settings)
    cursor.close()
    connection.commit()


def _refuse_unstorable(context: ExceptionContext) -> None:
    """A null character (PostgreSQL) or half a character (both) is a slip in typing or pasting, not a bug."""
    error = context.original_exception
    if isinstance(error, UnicodeEncodeError) or "NUL (0x00)" in str(error):
        raise CommandRefused("Something you typed has a character that can’t be saved. Please type it again.") from None


def alembic_config(url: str) -> Config:
    config = Config(HERE / "alembic.ini")
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(url: str) -> None:
    """Brings the database at `url` to the newest schema and this version's reference data."""
    engine = make_engine(url)
    try:
        with _one_at_a_time(engine):
            if not schema_is_current(engine):
                _refuse_what_came_before(engine)
                command.upgrade(alembic_config(url), "head")
                leave_nothing(engine, of_old=True)
            with Session(engine.execution_options(**{IMMEDIATE: True})) as session, session.begin():
                ensure_revision(session)
                if load_reference_data(session):
                    bump(session)
    finally:
        engine.dispose()


def upgrade_through(connection: Connection) -> None:
    """The same in the transaction of an open connection to PostgreSQL, which the caller commits or not."""
    config = alembic_config(connection.engine.url.render_as_string(hide_password=False))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    with Session(connection, join_transaction_mode="create_savepoint") as session, session.begin():
        ensure_revision(session)
        load_reference_data(session)


def _refuse_what_came_before(engine: Engine) -> None:
    """The first migration was still changed in its first days. A database from before that would stop half-way."""
    with engine.connect() as connection:
        at_first = MigrationContext.configure(connection).get_current_heads() == ("0001",)
    if at_first and FIRST_INDEX not in {each["name"] for each in inspect(engine).get_indexes("stage_events")}:
        raise SettingsError(TOO_OLD)


@contextmanager
def _one_at_a_time(engine: Engine) -> Iterator[None]:
    """Processes that start at once on one PostgreSQL take turns. A SQLite file serves only one."""
    if engine.dialect.name != "postgresql":
        yield
        return
    with engine.connect() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(UPGRADE_LOCK)))
        yield


def schema_is_current(engine: Engine) -> bool:
    """Whether the database answers and is at the newest migration."""
    heads = set(ScriptDirectory(str(HERE / "migrations")).get_heads())
    with engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == heads


def try_a_write(engine: Engine) -> None:
    """Writes what is there already. Raises what the driver does if nothing can be saved just now: the file is locked,
    the disk full, the server gone. Waits for nobody longer than the engine's patience."""
    with engine.execution_options(**{IMMEDIATE: True}).begin() as connection:
        connection.execute(update(Revision).values(number=Revision.number))


class Database:
    """An engine and its sessions: `read()` reads, `write()` changes data and raises the revision. `looks` is the engine
    to read with, where that is another."""

    def __init__(
        self, engine: Engine, vault: Vault, limits: Limits | None = None, *, looks: Engine | None = None
    ) -> None:
        self.engine, self.vault = engine, vault
        told = {"vault": vault, "limits": limits or Limits()}
        looking = {"autoflush": False, "expire_on_commit": False}
        self._reads = sessionmaker(looks or engine.execution_options(postgresql_readonly=True), info=told, **looking)
        self._writes = sessionmaker(engine.execution_options(**{IMMEDIATE: True}), info=told)
        search_index.follow(self._writes)

    @contextmanager
    def read(self) -> Iterator[Session]:
        with self._reads() as session:
            yield session
            if self.engine.dialect.name == "postgresql":
                # A rollback would make the driver forget its prepared statements. The transaction is read-only, so
                # there is nothing to write.
                session.commit()

    @contextmanager
    def write(self, *, patterns: bool = True) -> Iterator[Session]:
        """One transaction, all or nothing. `patterns=False` if it cannot change a heatmap."""
        try:
            with self._writes.begin() as session:
                yield session
                if not audit_chain.seal(session, raised=_raised(patterns)):
                    bump(session, patterns=patterns)
                search_index.refresh(session)
        except StaleDataError:
            raise CommandRefused(
                "Somebody else has just saved this. Nothing you typed is lost: check it, then save again."
            ) from None
        except IntegrityError as error:
            words = constraints.in_words(error)
            if words is None:
                raise
            raise CommandRefused(words) from error

        if session.info.get(LEAVES_NOTHING):
            leave_nothing(self.engine)

    @contextmanager
    def log(self) -> Iterator[Session]:
        """A transaction for data that no page caches: access logs and sign-in sessions."""
        with self._writes.begin() as session:
            yield session
            audit_chain.seal(session)
            search_index.refresh(session)


def ensure_revision(session: Session) -> None:
    """Gives a new database its single revision row and a random name."""
    if session.scalar(select(Revision.id)) is None:
        session.add(Revision(id=1, number=1, patterns=1, database=secrets.token_hex(8), is_demo=False))
        session.flush()


def bump(session: Session, *, patterns: bool = True) -> None:
    """Raises the revision, so that every cached read in every process is refreshed."""
    session.flush()
    session.connection().execute(update(Revision).values(_raised(patterns)))


def _raised(patterns: bool) -> dict[str, object]:
    numbers: dict[str, object] = {"number": Revision.number + 1}
    return numbers | ({"patterns": Revision.patterns + 1} if patterns else {})


def current_revision(session: Session) -> tuple[str, int, int]:
    """(database, number, patterns): part of every cache key."""
    row = session.execute(select(Revision.database, Revision.number, Revision.patterns)).one()
    return row.database, row.number, row.patterns
