"""A PostgreSQL that does not answer is given up.

libpq's own limits are those of the line, and a server that hangs keeps its line up: whoever asked would wait for good.
"""

from typing import TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow

RV = TypeVar("RV")


class Answering(psycopg.Connection[TupleRow]):
    within: float | None = None

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        try:
            return super().wait(gen, interval, self.within if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                # An answer that still comes would be taken for that to another question.
                self.close()
            raise


# Typed as SQLAlchemy calls it: any arguments of any driver.
def connect(
    within: float, _dialect: object, _record: object, arguments: list[str], told: dict[str, object]
) -> Answering:
    """Connects in SQLAlchemy's place (`do_connect`). Each answer comes `within` so many seconds, or none is waited
    for."""
    connection = Answering.connect(*arguments, **told)  # type: ignore[arg-type]
    connection.within = within
    return connection
