"""What commands would write, worked out without writing it: they run in transactions that are undone, and their rows
are kept in memory as they were. Then they are laid out as a database takes them, and all of them are written at once,
which takes a fraction of the time.

Until then nothing of it is in the database, so that nobody reads a part, and whoever is killed leaves nothing behind.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psycopg
from sqlalchemy import Column, Dialect, Integer, Table, event, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, UOWTransaction

from db import audit_chain, search_index
from db.base import Base
from db.case_reference import PROMISED
from db.engine import Database
from db.models import Audit, Case, SearchText
from db.vault import Vault, vault_of

# No row has a number as high as these: they stand for those that rows get when they are written.
FIRST = 1 << 30


class _Undo(Exception):
    """Rolls the transaction back."""


@dataclass
class Rehearsed:
    """Rows to be written, as a database takes them, by table and in order."""

    rows: dict[Table, list[list[object]]] = field(default_factory=lambda: defaultdict(list))
    audit: list[audit_chain.AuditRow] = field(default_factory=list)
    references: set[str] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(FIRST))


@contextmanager
def rehearse(database: Database, rehearsed: Rehearsed) -> Iterator[Session]:
    """A transaction whose new rows are added to those rehearsed, and which is then undone. It may change no other
    rows."""
    with suppress(_Undo), database.write() as session:
        tables: set[Table] = set()
        session.info[PROMISED] = rehearsed.references

        def number(session: Session, _context: UOWTransaction, _some: object) -> None:
            for row in session.dirty:
                assert not session.is_modified(row) or _key_of(row) >= FIRST, f"{row!r} was there before"
            assert not session.deleted, "nothing is deleted in a rehearsal"
            for row in session.new:
                table = _table_of(type(row))
                tables.add(table)
                if _is_numbered(table) and row.id is None:
                    row.id = next(rehearsed.numbers)

        event.listen(session, "before_flush", number)
        yield session
        session.flush()
        _keep(session, tables, rehearsed)
        raise _Undo


def _table_of(kind: type[Base]) -> Table:
    table = kind.__table__
    assert isinstance(table, Table)
    return table


def _is_numbered(table: Table) -> bool:
    return "id" in table.c


def _key(table: Table) -> Column[object]:
    """The number by which a row is known for one of these: its own, or its case's."""
    return next(column for column in table.primary_key if isinstance(column.type, Integer))


def _key_of(row: Base) -> int:
    key: int = getattr(row, _key(_table_of(type(row))).name)
    return key


def _keep(session: Session, tables: set[Table], rehearsed: Rehearsed) -> None:
    dialect = session.get_bind().dialect
    for table in tables:
        key = _key(table)
        found = session.execute(select(table).where(key >= FIRST).order_by(key)).all()
        rehearsed.rows[table] += as_stored(dialect, table, found)
    cases = session.execute(select(Case.id, Case.reference).where(Case.id >= FIRST)).all()
    rehearsed.references.update(case.reference for case in cases)
    words = search_index.rows_of(session, [case.id for case in cases])
    index = _table_of(SearchText)
    rehearsed.rows[index] += as_stored(dialect, index, [list(row.values()) for row in words])
    rehearsed.audit += session.info.pop(audit_chain.WAITING, [])


def as_stored(dialect: Dialect, table: Table, rows: Iterable[Sequence[object]]) -> Iterator[list[object]]:
    """The rows as the driver takes them, which is worked out here so that nobody waits for it later."""
    makers = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.c]
    for row in rows:
        yield [make(cell) if make else cell for make, cell in zip(makers, row, strict=True)]


@dataclass(frozen=True)
class Places:
    """Where rehearsed rows go: the end of the audit that they follow, and the number that each gets, by the one that
    stood for it."""

    head: audit_chain.Head
    numbers: dict[object, int]


def places(session: Session, rehearsed: Rehearsed) -> Places:
    head, numbers = audit_chain.lock_head(session), dict[object, int]()
    for table, rows in rehearsed.rows.items():
        if _is_numbered(table):
            place = list(table.c).index(table.c.id)
            new = _next_numbers(session, table, len(rows))
            numbers |= zip((row[place] for row in rows), new, strict=True)
    return Places(head, numbers)


Rows = list[tuple[object, ...]]


@dataclass(frozen=True)
class Laid:
    """Rows ready to be written, by table; those of the audit apart, and the end of its chain before and after them.
    `changes` are what the audit says before it is chained."""

    rows: list[tuple[Table, Rows]]
    audit: Rows
    changes: list[audit_chain.AuditRow]
    before: audit_chain.Head
    after: audit_chain.Head


def lay_out(database: Database, rehearsed: Rehearsed, where: Places) -> Laid:
    """All that can be worked out before anybody has to wait for it."""
    final = where.numbers
    laid = []
    for table in Base.metadata.sorted_tables:
        if rows := rehearsed.rows.get(table):
            whole = [isinstance(column.type, Integer) for column in table.c]
            moved = (
                tuple(final.get(cell, cell) if is_whole else cell for cell, is_whole in zip(row, whole, strict=True))
                for row in rows
            )
            laid.append((table, list(moved)))
    changes = [_moved(change, final) for change in rehearsed.audit]
    audit, after = _chained(database.engine.dialect, database.vault, where.head, changes)
    return Laid(laid, audit, changes, where.head, after)


def _chained(
    dialect: Dialect, vault: Vault, head: audit_chain.Head, changes: Sequence[audit_chain.AuditRow]
) -> tuple[Rows, audit_chain.Head]:
    linked, after = audit_chain.chain(vault, head, changes)
    audit = _table_of(Audit)
    stored = as_stored(dialect, audit, ([row[column.name] for column in audit.c] for row in linked))
    return [tuple(row) for row in stored], after


def _moved(change: audit_chain.AuditRow, final: Mapping[object, int]) -> audit_chain.AuditRow:
    case_id = final[change["case_id"]] if change["case_id"] else None
    details = {name: final.get(value, value) for name, value in change["details"].items()}
    return {**change, "case_id": case_id, "details": details}


def still_fits(session: Session, laid: Laid) -> bool:
    """Whether nobody has taken the places meanwhile. PostgreSQL gives out each number once."""
    return session.get_bind().dialect.name == "postgresql" or audit_chain.lock_head(session) == laid.before


def write_all(session: Session, laid: Laid) -> None:
    """Writes all of it: rows, and what the audit has of them."""
    for table, rows in laid.rows:
        put(session, table, rows)
    # On PostgreSQL others save until now, and wait only for the audit.
    head = audit_chain.lock_head(session)
    audit, after = laid.audit, laid.after
    if head != laid.before:
        audit, after = _chained(session.get_bind().dialect, vault_of(session), head, laid.changes)
    put(session, _table_of(Audit), audit)
    audit_chain.move_head(session, after)


def put(session: Session, table: Table, rows: Rows) -> None:
    """Adds the rows in the way that takes the driver the least time."""
    connection, names = session.connection(), ", ".join(column.name for column in table.c)
    if connection.dialect.name == "postgresql":
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        told = f"COPY {table.name} ({names}) FROM STDIN"
        try:
            with driver.cursor() as cursor, cursor.copy(told.encode()) as copy:
                for row in rows:
                    copy.write_row(row)
        except psycopg.Error as error:
            # As if SQLAlchemy had sent it: what it means is told in words.
            raise DBAPIError.instance(told, None, error, psycopg.Error, hide_parameters=True) from error
    elif rows:
        marks = ", ".join("?" for _ in table.c)
        told = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608 - names of ours
        connection.exec_driver_sql(told, rows)


def _next_numbers(session: Session, table: Table, many: int) -> Sequence[int]:
    if session.get_bind().dialect.name == "postgresql":
        counter = func.pg_get_serial_sequence(table.name, "id")
        return session.scalars(select(func.nextval(counter)).select_from(func.generate_series(1, many))).all()
    last = session.scalar(select(func.max(table.c.id))) or 0
    return range(last + 1, last + 1 + many)
