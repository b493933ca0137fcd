"""The whole record from SQLite to an empty PostgreSQL, table by table, and compared table by table."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Table, delete, func, insert, inspect, select, text

from db.backups import proof
from db.backups.proof import Proof
from db.base import Base
from db.engine import Database, make_engine, upgrade
from db.errors import CommandRefused
from db.models import SearchText
from db.set_up import fill_search
from db.vault import Vault

AT_ONCE = 1_000
# Made anew there, in the form that PostgreSQL searches.
MADE_ANEW = SearchText.__tablename__
LINKS = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
       format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE contype = 'f' AND connamespace = quote_ident(current_schema())::regnamespace ORDER BY 2
"""


@dataclass(frozen=True)
class Moved:
    """How many rows each table has, here and there alike, and what the record there was found to hold."""

    rows: Mapping[str, int]
    proof: Proof


def move(source: Database, url: str, vault: Vault) -> Moved:
    """Copies every row, compares every row, and proves the record, in one transaction. Refuses a PostgreSQL that has
    tables already, and any difference; then it is left without rows."""
    if source.engine.dialect.name != "sqlite" or not url.startswith("postgresql"):
        raise CommandRefused("This moves a record from SQLite to PostgreSQL. For anything else use backup and restore.")
    target = make_engine(url)
    try:
        with target.connect() as connection:
            if inspect(connection).get_table_names():
                raise CommandRefused("That database has tables already. Give an empty one.")
        upgrade(url)
        with source.read() as session, target.begin() as there:
            rows = _copied(session.connection(), there)
            shown = proof.proved(there, vault)
        fill_search(Database(target, vault))
    finally:
        target.dispose()
    return Moved(rows, shown)


def _copied(here: Connection, there: Connection) -> dict[str, int]:
    links = there.execute(text(LINKS)).all()
    for drop, _ in links:
        there.execute(text(drop))
    tables = [table for table in Base.metadata.sorted_tables if table.name != MADE_ANEW]
    rows: dict[str, int] = {}
    for table in tables:
        if there.execute(select(table).limit(1)).first() is not None:
            # What the upgrade has just loaded: it is among what comes.
            there.execute(delete(table))
        for some in here.execute(select(table)).mappings().partitions(AT_ONCE):
            there.execute(insert(table), [dict(row) for row in some])
        rows[table.name] = _alike(table, here, there)
    for _, add in links:
        # Looks at every row: each refers to one that is there.
        there.execute(text(add))
    _count_on(there, tables)
    return rows


def _alike(table: Table, here: Connection, there: Connection) -> int:
    """How many rows there are. Refuses if one differs, in any column."""
    ours, theirs = _digest(table, here), _digest(table, there)
    if ours != theirs:
        raise CommandRefused(f"{table.name} did not arrive as it was: {ours[0]:,} rows here, {theirs[0]:,} there.")
    return ours[0]


def _digest(table: Table, connection: Connection) -> tuple[int, str]:
    """(how many rows, a digest of them all), whatever order a database keeps them in."""
    total, count = 0, 0
    for row in _plain_rows(table, connection):
        total, count = total ^ int.from_bytes(hashlib.sha256(row).digest(), "big"), count + 1
    return count, f"{total:x}"


def _plain_rows(table: Table, connection: Connection) -> Iterator[bytes]:
    for some in connection.execute(select(table)).partitions(AT_ONCE):
        for row in some:
            cells = [bytes(cell).hex() if isinstance(cell, bytes) else cell for cell in row]
            yield json.dumps(cells, default=str, sort_keys=True).encode()


def _count_on(there: Connection, tables: list[Table]) -> None:
    """New rows are numbered after those that came."""
    for table in tables:
        if "id" in table.c and (kept := there.scalar(select(func.pg_get_serial_sequence(table.name, "id")))):
            last = there.scalar(select(func.max(table.c.id)))
            there.execute(select(func.setval(kept, last or 1, last is not None)))
