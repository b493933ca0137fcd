"""A look at the record: it changes nothing, and the next one of its kind is prepared already."""

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import InternalError

from db.engine import Database
from db.models import Revision


def number(database: Database) -> int:
    with database.read() as session:
        return session.scalars(select(Revision.number)).one()


def test_what_is_changed_during_a_look_is_refused_or_gone(database: Database) -> None:
    before = number(database)

    def change() -> None:
        with database.read() as session:
            session.execute(update(Revision).values(number=before + 1))

    if database.engine.dialect.name == "postgresql":
        with pytest.raises(InternalError, match="read-only"):
            change()
    else:
        change()
    assert number(database) == before


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_statement_asked_often_stays_prepared(database: Database) -> None:
    for _ in range(8):
        number(database)
    with database.read() as session:
        kept = session.scalars(text("SELECT statement FROM pg_prepared_statements")).all()
    assert any("revision.number" in statement for statement in kept)
