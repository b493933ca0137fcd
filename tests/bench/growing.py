"""A demonstration made ten times as large by copies of its cases, in SQL: to generate as many would take hours.

Each copy is a case of a doctor of its own, with a reference of its own. As in the generator, fewer of many cases are
open than of few, and more people share them: otherwise each would have a caseload that nobody has.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import chain, count, cycle, islice
from typing import TypeVar

from sqlalchemy import Column, Connection, Integer, MetaData, Row, String, Table, func, insert, select, text
from sqlalchemy.engine import make_url

import db.models  # noqa: F401 - fills the tables
from db.base import Base
from db.case_reference import ALPHABET, PREFIX, RANDOM_LENGTH, check_character
from db.demo.life import how_many_open
from db.demo.people import how_many_others
from db.engine import make_engine

# What the queue, a search and the workload read of a case, parents first.
READ_BY_LISTS = (
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
# What every other page reads of one.
READ = (
    *READ_BY_LISTS,
    "case_grounds",
    "documents",
    "stage_events",
    "case_facts",
    "process_events",
    "process_outcomes",
    "fairness_answers",
    "action_moves",
)
OF_PEOPLE = ("volunteers", "affiliations", "leaves", "caps")
# Columns of `cases` that name a row without a foreign key.
POINTERS = {"next_action_id": "actions", "next_deadline_id": "deadlines"}
T = TypeVar("T")
# Coprime with the number of references there are: each number gets another.
STEP = 7_654_321

COPIES = Table(
    "bench_copies",
    MetaData(),
    Column("case_id", Integer),
    Column("doctor_id", Integer),
    Column("copy", Integer),
    # Which of the people who share the work of one person has it.
    Column("share", Integer),
    Column("reference", String),
    prefixes=["TEMPORARY"],
)


def grow(url: str, times: int, tables: Collection[str] = READ) -> None:
    """Makes `times` as many cases of those that are there, with what `tables` hold of them."""
    engine = make_engine(url)
    is_postgresql = make_url(url).get_backend_name() == "postgresql"
    with engine.begin() as connection:
        if is_postgresql:
            # As a replica: neither foreign keys nor triggers look. What is copied was right.
            connection.execute(text("SET session_replication_role = replica"))
        cases = connection.execute(select(func.count()).select_from(Base.metadata.tables["cases"])).scalar_one()
        people = max(1, round(how_many_others(cases * times) / how_many_others(cases)))
        strides = {name: _highest(connection, name) for name in (*tables, *OF_PEOPLE)}
        COPIES.create(connection)
        connection.execute(insert(COPIES), list(_copies(connection, times, people)))
        for name in OF_PEOPLE:
            for share in range(1, people):
                connection.execute(text(_copy_of_person(Base.metadata.tables[name], strides, share)))
        for name in tables:
            connection.execute(text(_copy(Base.metadata.tables[name], strides)))
        COPIES.drop(connection)
        if is_postgresql:
            _count_on(connection, (*tables, *OF_PEOPLE))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE" if is_postgresql else "ANALYZE")
    engine.dispose()


def _cases(connection: Connection) -> list[Row[tuple[int, int, str, bool]]]:
    cases = Base.metadata.tables["cases"].c
    wanted = select(cases.id, cases.doctor_id, cases.reference, cases.is_open)
    return list(connection.execute(wanted.order_by(cases.id)))


def _copies(connection: Connection, times: int, people: int) -> Iterator[dict[str, int | str]]:
    cases = _cases(connection)
    is_open, ended = [each for each in cases if each.is_open], [each for each in cases if not each.is_open]
    open_copies = round(len(is_open) * (how_many_open(len(cases) * times) / how_many_open(len(cases)) - 1))
    ended_copies = len(cases) * (times - 1) - open_copies
    # As most that are open are new, they are copied last.
    last = 1 + (ended_copies - 1) // len(ended)
    newest = ((last + 1 - copy, case) for copy, case in _again(is_open, open_copies))
    copied = chain(newest, _again(ended, ended_copies))
    references = _references({each.reference for each in cases}, first=cases[-1].id)
    for (copy, case), reference in zip(copied, references, strict=False):
        share = copy % people
        yield {"case_id": case.id, "doctor_id": case.doctor_id, "copy": copy, "share": share, "reference": reference}


def _again(cases: Sequence[T], copies: int) -> Iterator[tuple[int, T]]:
    """So many of them in turn, each with how often it has come."""
    return ((1 + at // len(cases), case) for at, case in enumerate(islice(cycle(cases), copies)))


def _highest(connection: Connection, name: str) -> int:
    key = next(iter(Base.metadata.tables[name].primary_key)).name
    return int(connection.execute(text(f'SELECT coalesce(max("{key}"), 0) FROM "{name}"')).scalar_one())


def _copy(table: Table, strides: dict[str, int]) -> str:
    values = [_value(column, strides, "copied.copy", "copied.share") for column in table.columns]
    return _insert(table, values, _rows(table))


def _rows(table: Table) -> str:
    """The rows to copy, once for each copy of the case that they are of."""
    was, copied = f"{table.name} AS was", f"{COPIES.name} AS copied"
    if table.name == "doctors":
        # Two cases may be of one doctor.
        return f"{was} JOIN (SELECT DISTINCT doctor_id, copy FROM {COPIES.name}) AS copied ON was.id = copied.doctor_id"
    if table.name == "cases":
        return f"{was} JOIN {copied} ON was.id = copied.case_id"
    if "case_id" in table.columns:
        return f"{was} JOIN {copied} ON was.case_id = copied.case_id"
    process = "case_processes AS process ON was.case_process_id = process.id"
    return f"{was} JOIN {process} JOIN {copied} ON process.case_id = copied.case_id"


def _copy_of_person(table: Table, strides: dict[str, int], share: int) -> str:
    values = [_value(column, strides, str(share), str(share)) for column in table.columns]
    return _insert(table, values, f"{table.name} AS was WHERE {_person(table)} <= {strides['volunteers']}")


def _person(table: Table) -> str:
    return "was.id" if table.name == "volunteers" else "was.volunteer_id"


def _insert(table: Table, values: list[str], rows: str) -> str:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    return f"INSERT INTO {table.name} ({names}) SELECT {', '.join(values)} FROM {rows}"


def _value(column: Column[object], strides: dict[str, int], copy: str, share: str) -> str:
    was, table = f'was."{column.name}"', column.table.name
    of = next((key.column.table.name for key in column.foreign_keys), POINTERS.get(column.name))
    if (table, column.name) == ("cases", "reference"):
        return "copied.reference"
    if (table, column.name) == ("volunteers", "username"):
        return f"{was} || '_' || (was.id + {share} * {strides[table]})"
    if column.name in {"source_key", "email"}:
        return "NULL"
    if column.name == "id" and column.primary_key:
        of = table
    if of == "volunteers":
        return f"{was} + {share} * {strides[of]}"
    return f"{was} + {copy} * {strides[of]}" if of in strides else was


def _count_on(connection: Connection, tables: Collection[str]) -> None:
    """So that what is added next has a number that none has yet."""
    for name in tables:
        if "id" in Base.metadata.tables[name].columns:
            last = f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))"
            connection.execute(text(last))


def _references(taken: Collection[str], first: int) -> Iterator[str]:
    base, every = len(ALPHABET), len(ALPHABET) ** RANDOM_LENGTH
    for number in count(first):
        left, body = number * STEP % every, ""
        for _ in range(RANDOM_LENGTH):
            left, letter = divmod(left, base)
            body += ALPHABET[letter]
        reference = PREFIX + body + check_character(body)
        if reference not in taken:
            yield reference
