"""The London date of a timestamp, in SQL."""

from datetime import date

from sqlalchemy import Date
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


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
