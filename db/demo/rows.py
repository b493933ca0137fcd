"""Writing rows to the database, many at a time and parents before children."""

import json
from collections.abc import Iterator
from typing import Any, cast

from sqlalchemy import JSON, Table, func, insert, select
from sqlalchemy.orm import Session

from db.audit_chain import AuditRow, chained
from db.base import Base
from db.models import (
    AccessLog,
    Action,
    ActionMove,
    ActionOffer,
    Affiliation,
    Assignment,
    Audit,
    BodyKin,
    Caps,
    Case,
    CaseFact,
    CaseGround,
    CaseIdentity,
    CaseProcess,
    Consent,
    Deadline,
    Debrief,
    Doctor,
    DoctorAnswer,
    Document,
    Entry,
    FairnessAnswer,
    Finding,
    Flag,
    Leave,
    Organisation,
    OrganisationAlias,
    OrganisationMerger,
    ProcessEvent,
    ProcessOutcome,
    Recusal,
    StageEvent,
    Volunteer,
    Waiting,
)
from db.search_index import NO_WORDS

# We set their ids, because other rows refer to them before they are written.
KEYED: tuple[type[Base], ...] = (Organisation, Volunteer, Doctor, Case, CaseProcess, Deadline, Action)
ORDER: tuple[type[Base], ...] = (
    Organisation,
    OrganisationAlias,
    OrganisationMerger,
    BodyKin,
    Volunteer,
    Caps,
    Leave,
    Affiliation,
    Doctor,
    Case,
    CaseIdentity,
    DoctorAnswer,
    CaseProcess,
    ProcessEvent,
    ProcessOutcome,
    FairnessAnswer,
    Document,
    Deadline,
    StageEvent,
    Entry,
    Action,
    ActionMove,
    ActionOffer,
    Waiting,
    Flag,
    Assignment,
    Debrief,
    Finding,
    CaseGround,
    CaseFact,
    Consent,
    Recusal,
    Audit,
    AccessLog,
)


class Rows:
    """Collects rows and writes them: with COPY on PostgreSQL, in bulk inserts on SQLite."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._is_postgresql = session.get_bind().dialect.name == "postgresql"
        self._waiting: dict[type[Base], list[dict[str, Any]]] = {model: [] for model in ORDER}
        self._blank = {model: dict(_defaults(model)) for model in ORDER}

    def add(self, model: type[Base], **values: object) -> None:
        """Adds one row. Columns that are not named get their default or stay empty."""
        self._waiting[model].append({**self._blank[model], **values})

    def flush(self) -> None:
        """Writes the collected rows."""
        for model, rows in self._waiting.items():
            if not rows:
                continue
            if model is Audit:
                rows[:] = chained(self._session, cast("list[AuditRow]", rows))
            table = model.__table__
            assert isinstance(table, Table)
            if self._is_postgresql:
                self._copy(table, rows)
            else:
                self._session.execute(insert(table), rows, execution_options={NO_WORDS: True})
            rows.clear()

    def _copy(self, table: Table, rows: list[dict[str, object]]) -> None:
        names = list(rows[0])
        packed = {name for name in names if isinstance(table.c[name].type, JSON)}
        columns = ", ".join(f'"{name}"' for name in names)
        driver: Any = self._session.connection().connection.driver_connection
        statement = f'COPY "{table.name}" ({columns}) FROM STDIN'
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                if packed:
                    row.update({name: json.dumps(row[name]) for name in packed})
                copy.write_row(tuple(row.values()))

    def continue_numbering(self) -> None:
        """On PostgreSQL, moves the sequences past the ids we have set."""
        if not self._is_postgresql:
            return
        for model in KEYED:
            name = model.__tablename__
            last = self._session.scalar(select(func.max(model.__table__.c.id)))
            sequence = func.pg_get_serial_sequence(name, "id")
            self._session.execute(select(func.setval(sequence, last or 1, last is not None)))


def _defaults(model: type[Base]) -> Iterator[tuple[str, object]]:
    table = model.__table__
    assert isinstance(table, Table)
    for column in table.columns:
        if column.name == "id" and model not in KEYED:
            continue
        default: Any = column.default
        yield column.name, default.arg if default is not None and default.is_scalar else None
