"""A demonstration on PostgreSQL made many times as large: its cases again and again, in SQL, as the generator would
take hours. Each copy is a case of a doctor of its own, with a reference of its own; the people who work on them stay.
"""

from collections.abc import Iterator

import psycopg
from sqlalchemy import Column, Table
from sqlalchemy.engine import make_url

import db.models  # noqa: F401 - fills the tables
from db.base import Base
from db.case_reference import ALPHABET, PREFIX, RANDOM_LENGTH, check_character

# What the queue, a search and the workload read of a case, parents first.
COPIED = (
    "doctors",
    "cases",
    "case_processes",
    "assignments",
    "actions",
    "deadlines",
    "flags",
    "waitings",
    "entries",
    "consents",
    "findings",
    "search_texts",
)
# Columns of `cases` that name a row without a foreign key.
POINTERS = {"next_action_id": "actions", "next_deadline_id": "deadlines"}
# Coprime with the number of references there are: each number gets another.
STEP = 7_654_321


def grow(url: str, times: int) -> None:
    """Makes `times` as many cases of those that are there."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        # As a replica: neither foreign keys nor triggers look. What is copied was right.
        connection.execute("SET session_replication_role = replica")
        strides = {name: _highest(connection, name) for name in COPIED}
        for name in COPIED:
            connection.execute(_copy(Base.metadata.tables[name], strides, times).encode())
        _name_anew(connection)
        connection.execute("VACUUM ANALYZE")


def _highest(connection: "psycopg.Connection[tuple[int]]", name: str) -> int:
    key = next(iter(Base.metadata.tables[name].primary_key)).name
    row = connection.execute(f'SELECT coalesce(max("{key}"), 0) FROM "{name}"'.encode()).fetchone()
    return row[0] if row else 0


def _copy(table: Table, strides: dict[str, int], times: int) -> str:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    values = ", ".join(_value(column, strides) for column in table.columns)
    copies = f"{table.name} AS was CROSS JOIN generate_series(1, {times - 1}) AS copy"
    return f"INSERT INTO {table.name} ({names}) SELECT {values} FROM {copies}"


def _value(column: Column[object], strides: dict[str, int]) -> str:
    was, table = f'was."{column.name}"', column.table.name
    of = next((key.column.table.name for key in column.foreign_keys), POINTERS.get(column.name))
    if table == "cases" and column.name == "reference":
        # Its own is given below; until then one that no other copy has.
        return f"lpad(to_hex(was.id + copy * {strides[table]}), 10, '0')"
    if column.name == "source_key":
        return "NULL"
    if column.name == "id" and column.primary_key:
        of = table
    return f"{was} + copy * {strides[of]}" if of in strides else was


def _name_anew(connection: "psycopg.Connection[tuple[int]]") -> None:
    connection.execute("CREATE TEMP TABLE named (id int PRIMARY KEY, reference text)")
    highest = _highest(connection, "cases")
    with connection.cursor().copy("COPY named FROM STDIN") as rows:
        for number, reference in enumerate(_references(highest), start=1):
            rows.write_row((number, reference))
    connection.execute("UPDATE cases SET reference = named.reference FROM named WHERE named.id = cases.id")
    for name in COPIED:
        if "id" in Base.metadata.tables[name].columns:
            last = f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))"
            connection.execute(last.encode())


def _references(many: int) -> Iterator[str]:
    base, every = len(ALPHABET), len(ALPHABET) ** RANDOM_LENGTH
    for number in range(1, many + 1):
        left, body = number * STEP % every, ""
        for _ in range(RANDOM_LENGTH):
            left, letter = divmod(left, base)
            body += ALPHABET[letter]
        yield PREFIX + body + check_character(body)
