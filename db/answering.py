"""A connection to PostgreSQL for whoever waits at a page.

One that does not answer is given up: libpq's own limits are those of the line, and a server that hangs keeps its line
up. Statements stay prepared: planning one that asks about the wall takes three times as long as running it.
"""

from time import monotonic
from typing import TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow
from sqlalchemy.exc import InvalidatePoolError

RV = TypeVar("RV")
# After how many times a statement is prepared, and how many stay so; psycopg's own 5 and 100 are for fewer than pages
# ask. Prepared, those of all pages take 70 MB of PostgreSQL for a connection.
ASKED, REMEMBERED = 1, 500
# Seconds: a page looks a dozen times, and need not ask each time whether the server is still there.
LATELY = 1.0


class Answering(psycopg.Connection[TupleRow]):
    within: float | None = None
    answered_at = 0.0

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        try:
            answer = super().wait(gen, interval, self.within if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                # An answer that still comes would be taken for that to another question.
                self.close()
            raise
        self.answered_at = monotonic()
        return answer


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


def ask_again(connection: Answering, _record: object, _taken: object) -> None:
    """Before a connection of the pool is used (`checkout`): one that has answered lately is trusted, any other asked
    first. Where it is gone so are all others, and new ones are made."""
    if monotonic() - connection.answered_at < LATELY:
        return
    try:
        connection.execute("SELECT 1")
    except psycopg.Error:
        raise InvalidatePoolError from None
