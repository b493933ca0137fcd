"""A connection to PostgreSQL for whoever waits at a page.

One that does not answer is given up: libpq's own limits are those of the line, and a server that hangs keeps its line
up. Statements stay prepared: planning one that asks about the wall takes three times as long as running it.
"""

from typing import TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow

RV = TypeVar("RV")
# After how many times a statement is prepared, and how many stay so; psycopg's own 5 and 100 are for fewer than pages
# ask. Prepared, those of all pages take 70 MB of PostgreSQL for a connection.
ASKED, REMEMBERED = 1, 500


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
    connection.prepare_threshold, connection.prepared_max = ASKED, REMEMBERED
    return connection
