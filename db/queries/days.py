"""The London date and the hour of a timestamp, in SQL."""

from datetime import date, datetime

from sqlalchemy import Date, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from db import clock


class LondonDay(FunctionElement[date]):
    """`LondonDay(column)`: the same as `clock.london_day`."""

    type = Date()
    inherit_cache = True


@compiles(LondonDay, "sqlite")
def _sqlite(element: LondonDay, compiler: SQLCompiler, **options: object) -> str:
    # `engine.make_engine` adds this function to each connection.
    return f"london_day({compiler.process(element.clauses, **options)})"


@compiles(LondonDay, "postgresql")
def _postgresql(element: LondonDay, compiler: SQLCompiler, **options: object) -> str:
    return f"CAST(timezone('Europe/London', {compiler.process(element.clauses, **options)}) AS DATE)"


class Hour(FunctionElement[str]):
    """`Hour(column)`: “2026-11-28 14”, in UTC. Far faster than `LondonDay` where many rows are counted: London is
    whole hours away, so `london_day_of` works out the day of each hour once."""

    type = String()
    inherit_cache = True


@compiles(Hour, "sqlite")
def _sqlite_hour(element: Hour, compiler: SQLCompiler, **options: object) -> str:
    return f"substr({compiler.process(element.clauses, **options)}, 1, 13)"


@compiles(Hour, "postgresql")
def _postgresql_hour(element: Hour, compiler: SQLCompiler, **options: object) -> str:
    return f"to_char(timezone('UTC', {compiler.process(element.clauses, **options)}), 'YYYY-MM-DD HH24')"


def london_day_of(hour: str) -> date:
    return clock.london_day(datetime.fromisoformat(f"{hour}:00:00+00:00"))
